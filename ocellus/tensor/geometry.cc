// Output sizes, and messages that help when they do not work out.
#include "ocellus/tensor/geometry.h"

#include <fmt/core.h>

#include "ocellus/base/checked_math.h"
#include "ocellus/base/error.h"

namespace ocellus {
namespace {

// Beyond this, products of two sizes could overflow. No image is larger.
constexpr int64_t kMaxSize = int64_t{1} << 28;

// One axis of a window and the input below it.
struct Axis {
  const char* name;  // "height" or "width"
  int64_t input;
  int64_t size;
  int64_t stride;
  int64_t padding;
  int64_t dilation;

  int64_t span() const { return dilation * (size - 1) + 1; }
  int64_t padded() const { return input + 2 * padding; }
};

void CheckRange(int64_t value, int64_t minimum, const char* option, const Axis& axis,
                std::string_view where) {
  if (value < minimum || value > kMaxSize) {
    Fail("{}: {} along the {}: expected {} to {}, found {}", where, option, axis.name, minimum,
         kMaxSize, value);
  }
}

void CheckOptions(const Axis& axis, std::string_view where) {
  CheckRange(axis.input, 1, "input size", axis, where);
  CheckRange(axis.size, 1, "window size", axis, where);
  CheckRange(axis.stride, 1, "stride", axis, where);
  CheckRange(axis.padding, 0, "padding", axis, where);
  CheckRange(axis.dilation, 1, "dilation", axis, where);
}

// What would make the stride divide: the smallest larger padding if there is one (2P changes by
// two, so an even stride may allow none), and the nearest input sizes.
std::string SuggestFit(const Axis& axis) {
  const int64_t travel = axis.padded() - axis.span();
  const int64_t rest = travel % axis.stride;
  const int64_t missing = axis.stride - rest;  // 2 * more must be this, or a stride more
  const int64_t twice_more = missing % 2 == 0 ? missing : missing + axis.stride;
  const std::string hint =
      twice_more % 2 == 0 ? fmt::format("padding {} or ", axis.padding + twice_more / 2) : "";
  if (axis.input > rest) {
    return fmt::format("{}input {} {} or {} would fit", hint, axis.name, axis.input - rest,
                       axis.input - rest + axis.stride);
  }
  return fmt::format("{}input {} {} would fit", hint, axis.name, axis.input - rest + axis.stride);
}

int64_t OutputSize(const Axis& axis, Rounding rounding, std::string_view where) {
  CheckOptions(axis, where);
  const int64_t travel = axis.padded() - axis.span();
  if (travel < 0) {
    Fail("{}: a window spanning {} does not fit into input {} {} with padding {}", where,
         axis.span(), axis.name, axis.input, axis.padding);
  }
  const int64_t floor_size = travel / axis.stride + 1;
  if (travel % axis.stride == 0 || rounding == Rounding::kFloor) return floor_size;
  if (rounding == Rounding::kCeil) {
    // The extra window must start in the input or in the padding before it (Caffe's rule).
    const bool starts_inside = floor_size * axis.stride < axis.input + axis.padding;
    return starts_inside ? floor_size + 1 : floor_size;
  }
  Fail(
      "{}: ({} + 2*{} - {}) / {} is not a whole number along the {}; {}; or choose rounding floor "
      "or ceil",
      where, axis.input, axis.padding, axis.span(), axis.stride, axis.name, SuggestFit(axis));
}

}  // namespace

std::string Extent::ToString() const { return fmt::format("{}x{}", h, w); }

Extent OutputExtent(Extent input, const Window& window, std::string_view where) {
  const Axis height{"height",        input.h,          window.size.h,
                    window.stride.h, window.padding.h, window.dilation.h};
  const Axis width{"width",         input.w,          window.size.w,
                   window.stride.w, window.padding.w, window.dilation.w};
  return {OutputSize(height, window.rounding, where), OutputSize(width, window.rounding, where)};
}

ConvolutionGeometry MakeConvolutionGeometry(int64_t in_channels, Extent input, int64_t out_channels,
                                            int64_t groups, const Window& window,
                                            std::string_view where) {
  if (out_channels < 1) Fail("{}: filters: expected 1 or more, found {}", where, out_channels);
  if (groups < 1) Fail("{}: groups: expected 1 or more, found {}", where, groups);
  if (in_channels % groups != 0 || out_channels % groups != 0) {
    Fail("{}: groups: expected a divisor of {} input channels and of {} filters, found {}", where,
         in_channels, out_channels, groups);
  }
  return {.in_channels = in_channels,
          .out_channels = out_channels,
          .groups = groups,
          .input = input,
          .output = OutputExtent(input, window, where),
          .window = window};
}

namespace {

// Whether every window sees at least one element of the input along this axis.
bool EveryWindowSeesInput(int64_t input, int64_t output, int64_t size, int64_t stride,
                          int64_t padding, int64_t dilation) {
  for (int64_t position = 0; position < output; ++position) {
    const int64_t begin = position * stride - padding;
    const int64_t first = begin < 0 ? CeilDivide(-begin, dilation) : 0;  // not before the input
    if (first >= size || begin + first * dilation >= input) return false;
  }
  return true;
}

}  // namespace

PoolingGeometry MakePoolingGeometry(int64_t channels, Extent input, const Window& window,
                                    std::string_view where) {
  const Extent output = OutputExtent(input, window, where);
  const bool sees_input = EveryWindowSeesInput(input.h, output.h, window.size.h, window.stride.h,
                                               window.padding.h, window.dilation.h) &&
                          EveryWindowSeesInput(input.w, output.w, window.size.w, window.stride.w,
                                               window.padding.w, window.dilation.w);
  if (!sees_input) {
    Fail("{}: padding {} is so large that a window of {} with dilation {} would see nothing else",
         where, window.padding.ToString(), window.size.ToString(), window.dilation.ToString());
  }
  return {.channels = channels, .input = input, .output = output, .window = window};
}

}  // namespace ocellus
