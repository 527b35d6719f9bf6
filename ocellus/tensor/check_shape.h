// The check that every operation begins with: its operands have the shapes that its sizes say.
// Layers have settled all shapes before, so a failure is a defect of the library.
//
//   CheckShape("d_output", d_output.shape(), InputShape(geometry, batch));
#pragma once

#include <cstdint>

#include "ocellus/base/check.h"
#include "ocellus/tensor/geometry.h"
#include "ocellus/tensor/shape.h"

namespace ocellus {

// Fails, naming the operand, unless the two shapes are the same. Allocates nothing if they are.
inline void CheckShape(const char* operand, const Shape& found, const Shape& expected) {
  OCELLUS_CHECK(found == expected, "{}: expected shape {}, found {}", operand, expected.ToString(),
                found.ToString());
}

// The shapes that belong to a geometry, for a batch of so many samples.
inline Shape InputShape(const ConvolutionGeometry& geometry, int64_t batch) {
  return {batch, geometry.in_channels, geometry.input.h, geometry.input.w};
}
inline Shape OutputShape(const ConvolutionGeometry& geometry, int64_t batch) {
  return {batch, geometry.out_channels, geometry.output.h, geometry.output.w};
}
inline Shape WeightShape(const ConvolutionGeometry& geometry) {
  return {geometry.out_channels, geometry.in_channels_per_group(), geometry.window.size.h,
          geometry.window.size.w};
}
inline Shape InputShape(const PoolingGeometry& geometry, int64_t batch) {
  return {batch, geometry.channels, geometry.input.h, geometry.input.w};
}
inline Shape OutputShape(const PoolingGeometry& geometry, int64_t batch) {
  return {batch, geometry.channels, geometry.output.h, geometry.output.w};
}

}  // namespace ocellus
