// Data sets: numbered samples, each an image with a label.
//
//   const DataSplits data = LoadData("mnist");
//   Tensor<float> images({2, 1, 28, 28});
//   std::array<int32_t, 2> labels;
//   data.train->Read(std::array<int64_t, 2>{7, 42}, images, labels);
//
// Images are raw: pixels from 0 to 255. What a network wants instead is told by its Preprocessing.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <vector>

#include "ocellus/base/sha256.h"
#include "ocellus/tensor/tensor.h"

namespace ocellus {

class Dataset {
 public:
  Dataset() = default;
  virtual ~Dataset() = default;
  Dataset(const Dataset&) = delete;
  Dataset& operator=(const Dataset&) = delete;

  // The number of samples, at least 1.
  virtual int64_t size() const = 0;

  // C, H, W.
  virtual const Shape& image_shape() const = 0;

  // What the labels 0, 1, ... stand for.
  virtual const std::vector<std::string>& class_names() const = 0;

  // Overwrites `images`, {n, C, H, W}, and `labels`, n, with the samples of the n given numbers,
  // each from 0 to size() - 1. Allocates nothing unless reads_slowly(). Throws Error, naming the
  // file, if one cannot be read. May be called from several threads.
  virtual void Read(std::span<const int64_t> samples, TensorView<float> images,
                    std::span<int32_t> labels) const = 0;

  // Whether Read takes its time, as for files that it decodes, so that it is worth doing ahead, in
  // the background.
  virtual bool reads_slowly() const { return false; }

  // Where the samples came from, for people to read.
  virtual std::string source() const = 0;

  // What people know a sample by: "no. 42", or the name of its file.
  virtual std::string SampleName(int64_t sample) const;

  // The SHA-256 in hexadecimal of all samples in their order, as they are stored: pixels in bytes,
  // numbers, or files. Equal for equal samples, whatever they are a part of and however they are
  // resized for a network. May take a moment the first time. May be called from several threads.
  virtual std::string sha256() const;

  // The SHA-256 of one sample, image and label, of which sha256() is made. May be called from
  // several threads.
  virtual Sha256Digest SampleSha256(int64_t sample) const;

 private:
  mutable std::once_flag sha256_once_;
  mutable std::string sha256_;
};

// What a network learns from, and what it is judged by.
struct DataSplits {
  std::unique_ptr<Dataset> train;
  std::unique_ptr<Dataset> test;
  bool is_random =
      false;  // whether chance decided which sample is in which, by a fraction and seed
};

}  // namespace ocellus
