// Mean, spread and main colours of the pixels of a data set.
//
//   const PixelStatistics pixels = MeasurePixels(*data.train);
//   Preprocessing normalise = NormalisePixels(pixels, /*scale=*/1.0 / 255, data.train->source());
#pragma once

#include <cstdint>
#include <vector>

#include "ocellus/base/parallel.h"
#include "ocellus/data/dataset.h"
#include "ocellus/network/preprocessing.h"

namespace ocellus {

struct PixelStatistics {
  int64_t channels = 0;
  std::vector<double> mean;  // of each channel, of raw pixels
  std::vector<double> std;   // of each channel

  // Row k, channels long: the k-th principal component of the pixels' colours, most important
  // first: a unit eigenvector of the covariance matrix of the channels, times the square root of
  // its eigenvalue, which is the standard deviation of the pixels along it. The sign is such that
  // the elements' sum is not negative.
  std::vector<double> components;
};

// Measures all samples of a data set, or 100,000 evenly chosen ones of a larger one. The same for
// any number of threads. nullptr: one pool for the whole process.
PixelStatistics MeasurePixels(const Dataset& dataset, ThreadPool* pool = nullptr);

// The preprocessing after which each channel has mean 0 and standard deviation 1. Throws Error,
// beginning with `where`, if all pixels of a channel are equal.
Preprocessing NormalisePixels(const PixelStatistics& pixels, double scale, std::string_view where);

// The eigenvalues of a symmetric matrix, n x n, in descending order, and row by row the unit
// eigenvectors (Jacobi 1846, cyclic).
struct Eigensystem {
  std::vector<double> values;
  std::vector<double> vectors;
};
Eigensystem SymmetricEigensystem(std::vector<double> matrix, int64_t n);

}  // namespace ocellus
