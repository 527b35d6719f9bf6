// What is done to an image before a network sees it.
//
//   Preprocessing preprocessing{.scale = 1.0 / 255};
//   preprocessing.Apply(batch);
//
//   value = (raw * scale - mean[channel]) / std[channel]
//
// and before that, how a picture of another size than the network's input is brought to it.
//
// It travels in the model file, so that a prediction treats images as the training did.
#pragma once

#include <string_view>
#include <vector>

#include "ocellus/base/json_fwd.h"
#include "ocellus/tensor/tensor.h"

namespace ocellus {

struct Preprocessing {
  double scale = 1.0;
  std::vector<double> mean = {};  // one for each channel; empty: 0
  std::vector<double> std = {};   // one for each channel; empty: 1

  // 0: height and width are each changed to the network's. Otherwise the shorter side of a picture
  // is changed to so many pixels and the centre is cut out (Krizhevsky 2012: 256, and 227 of them);
  // at least the shorter side of the network's input.
  int64_t crop_from = 0;

  // Throws Error, beginning with `where`, if a number is not finite, scale is 0, a standard
  // deviation is not positive, mean or std have neither no nor `channels` elements, or crop_from is
  // negative.
  void Validate(int64_t channels, std::string_view where) const;

  // Overwrites the raw values of `batch`, {N, C, ...}. Must be valid for C channels. May be called
  // from several threads for different batches. T is float or double.
  template <typename T>
  void Apply(TensorView<T> batch) const;

  friend bool operator==(const Preprocessing&, const Preprocessing&) = default;
};

// The crop_from with which pictures keep their proportions and lose least: the shorter side of the
// network's input. 0 if that is no image.
int64_t LeastCropFrom(const Shape& input_shape);

// {"scale": 0.00392156862745098, "mean": [0.13], "std": [0.31], "crop_from": 256}.
// PreprocessingFromJson throws Error, beginning with `where`, if a name is unknown or a value is
// not of this form; a missing one has its default.
Json ToJson(const Preprocessing& preprocessing);
Preprocessing PreprocessingFromJson(const Json& json, std::string_view where);

}  // namespace ocellus
