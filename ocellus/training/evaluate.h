// How good a network is on a data set.
//
//   Evaluation result = Evaluate(model.network, *data.test,
//                                {.preprocessing = model.preprocessing});
//   result.accuracy();
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "ocellus/data/dataset.h"
#include "ocellus/network/network.h"
#include "ocellus/network/preprocessing.h"

namespace ocellus {

struct EvaluationOptions {
  Preprocessing preprocessing = {};
  int64_t batch_size = 100;
  ThreadPool* pool = nullptr;  // nullptr: one pool for the whole process
};

struct Evaluation {
  int64_t samples = 0;
  int64_t correct = 0;
  double loss = 0;  // mean over all samples of -log(probability of the right class)
  // confusion[label * classes + predicted]: how often.
  int64_t classes = 0;
  std::vector<int64_t> confusion;
  double seconds = 0;  // of the whole evaluation, reading included

  double accuracy() const { return static_cast<double>(correct) / static_cast<double>(samples); }
};

// Runs every sample of the data set through the network, the last partial batch too. T is float or
// double. Throws Error if the images do not fit the network, a label has no output, or an option is
// out of range.
template <typename T>
Evaluation Evaluate(const BasicNetwork<T>& network, const Dataset& dataset,
                    const EvaluationOptions& options);

// Throws Error unless a data set can be used with a network: image shape and number of classes.
void CheckFits(const Dataset& dataset, const Shape& input_shape, const Shape& output_shape);

// The class with the largest score, the first of equal ones; -1 if a score is NaN.
template <typename T>
int64_t PredictedClass(std::span<const T> scores);

}  // namespace ocellus
