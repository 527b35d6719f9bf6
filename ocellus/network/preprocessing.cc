// Scaling and normalisation of a batch.
#include "ocellus/network/preprocessing.h"

#include <algorithm>
#include <cmath>

#include "ocellus/base/check.h"
#include "ocellus/base/error.h"
#include "ocellus/base/json.h"
#include "ocellus/layers/option_reader.h"

namespace ocellus {
namespace {

void CheckChannels(const std::vector<double>& values, const char* name, int64_t channels,
                   std::string_view where) {
  if (!values.empty() && static_cast<int64_t>(values.size()) != channels) {
    Fail("{}: preprocessing: {}: expected {} values, one for each channel, found {}", where, name,
         channels, values.size());
  }
  for (const double value : values) {
    if (!std::isfinite(value)) {
      Fail("{}: preprocessing: {}: expected finite numbers, found {}", where, name, value);
    }
  }
}

}  // namespace

void Preprocessing::Validate(int64_t channels, std::string_view where) const {
  if (!std::isfinite(scale) || scale == 0) {
    Fail("{}: preprocessing: scale: expected a finite number other than 0, found {}", where, scale);
  }
  CheckChannels(mean, "mean", channels, where);
  CheckChannels(std, "std", channels, where);
  for (const double value : std) {
    if (!(value > 0)) {
      Fail("{}: preprocessing: std: expected positive numbers, found {}", where, value);
    }
  }
  if (crop_from < 0) {
    Fail("{}: preprocessing: crop_from: expected 0 or more, found {}", where, crop_from);
  }
}

template <typename T>
void Preprocessing::Apply(TensorView<T> batch) const {
  if (scale == 1 && mean.empty() && std.empty()) return;
  const int64_t samples = batch.shape()[0];
  const int64_t channels = batch.shape()[1];
  const int64_t pixels = batch.elements() / samples / channels;
  OCELLUS_CHECK(mean.empty() || static_cast<int64_t>(mean.size()) == channels,
                "{} means, {} channels", mean.size(), channels);
  T* plane = batch.data();
  for (int64_t n = 0; n < samples; ++n) {
    for (int64_t c = 0; c < channels; ++c, plane += pixels) {
      // One multiplication and one addition: raw * factor + offset. The factor is rounded to T
      // only here, so that 1 / 255 is as exact as T can hold it.
      const double deviation = std.empty() ? 1.0 : std[static_cast<size_t>(c)];
      const auto factor = static_cast<T>(scale / deviation);
      const auto offset =
          static_cast<T>(mean.empty() ? 0.0 : -mean[static_cast<size_t>(c)] / deviation);
      for (int64_t i = 0; i < pixels; ++i) plane[i] = plane[i] * factor + offset;
    }
  }
}

template void Preprocessing::Apply(TensorView<float>) const;
template void Preprocessing::Apply(TensorView<double>) const;

int64_t LeastCropFrom(const Shape& input_shape) {
  return input_shape.rank() == 3 ? std::min(input_shape[1], input_shape[2]) : 0;
}

Json ToJson(const Preprocessing& preprocessing) {
  Json json = {{"scale", preprocessing.scale}};
  if (!preprocessing.mean.empty()) json["mean"] = preprocessing.mean;
  if (!preprocessing.std.empty()) json["std"] = preprocessing.std;
  if (preprocessing.crop_from != 0) json["crop_from"] = preprocessing.crop_from;
  return json;
}

Preprocessing PreprocessingFromJson(const Json& json, std::string_view where) {
  OptionReader reader(json, std::string(where) + ": preprocessing");
  Preprocessing preprocessing;
  preprocessing.scale = reader.NumberOr("scale", preprocessing.scale);
  preprocessing.mean = reader.NumbersOr("mean", {});
  preprocessing.std = reader.NumbersOr("std", {});
  preprocessing.crop_from = reader.IntegerOr("crop_from", preprocessing.crop_from);
  reader.RefuseUnknown();
  return preprocessing;
}

}  // namespace ocellus
