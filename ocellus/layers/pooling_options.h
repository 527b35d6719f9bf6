// What the options of all pooling layers have in common. Options is MaxPooling or AveragePooling.
#pragma once

#include <span>
#include <string_view>

#include "ocellus/base/json.h"
#include "ocellus/layers/layer.h"
#include "ocellus/layers/option_reader.h"
#include "ocellus/tensor/geometry.h"

namespace ocellus {

// Checks the one input and works out all sizes.
template <typename Options>
PoolingGeometry PreparePooling(const Options& options, std::string_view where,
                               std::span<const Shape> inputs) {
  ExpectInputCount(where, inputs, 1);
  ExpectImage(where, inputs[0]);
  const bool stride_is_window = options.stride == Options().stride;
  const Window window{.size = options.window,
                      .stride = stride_is_window ? options.window : options.stride,
                      .padding = options.padding,
                      .dilation = options.dilation,
                      .rounding = options.rounding};
  return MakePoolingGeometry(inputs[0][0], {inputs[0][1], inputs[0][2]}, window, where);
}

template <typename Options>
Json PoolingOptionsToJson(const Options& options) {
  const Options defaults;
  Json json = {{"window", ToJson(options.window)}};
  if (options.stride != defaults.stride) json["stride"] = ToJson(options.stride);
  if (options.padding != defaults.padding) json["padding"] = ToJson(options.padding);
  if (options.dilation != defaults.dilation) json["dilation"] = ToJson(options.dilation);
  if (options.rounding != defaults.rounding) json["rounding"] = ToJson(options.rounding);
  return json;
}

template <typename Options>
Options PoolingOptionsFromJson(OptionReader& reader) {
  Options options;
  options.window = reader.ExtentOf("window");
  options.stride = reader.ExtentOr("stride", options.stride);
  options.padding = reader.ExtentOr("padding", options.padding);
  options.dilation = reader.ExtentOr("dilation", options.dilation);
  options.rounding = reader.RoundingOr("rounding", options.rounding);
  return options;
}

}  // namespace ocellus
