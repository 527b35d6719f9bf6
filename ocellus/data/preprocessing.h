// What is done to an image before a network sees it.
//
//   Preprocessing preprocessing{.scale = 1.0f / 255.0f};
//   preprocessing.Apply(batch);
//
//   value = (raw * scale - mean[channel]) / std[channel]
//
// It travels in the model file, so that a prediction treats images as the training did.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string_view>
#include <vector>

#include "ocellus/tensor/tensor.h"

namespace ocellus {

struct Preprocessing {
  float scale = 1.0f;
  std::vector<float> mean;  // one for each channel; empty: 0
  std::vector<float> std;   // one for each channel; empty: 1

  // Throws Error, beginning with `where`, if a number is not finite, scale is 0, a standard
  // deviation is not positive, or mean or std have neither no nor `channels` elements.
  void Validate(int64_t channels, std::string_view where) const;

  // Overwrites the raw values of `batch`, {N, C, H, W}. Must be valid for C channels. May be called
  // from several threads for different batches.
  void Apply(TensorView<float> batch) const;

  // {"scale": 0.003921569, "mean": [0.13], "std": [0.31]}. FromJson throws Error, beginning with
  // `where`, if a name is unknown or a value is not of this form; a missing one has its default.
  nlohmann::json ToJson() const;
  static Preprocessing FromJson(const nlohmann::json& json, std::string_view where);

  friend bool operator==(const Preprocessing&, const Preprocessing&) = default;
};

}  // namespace ocellus
