// How large a region can be.
#include "ocellus/kernels/image_region.h"

namespace ocellus {
namespace {

// How many groups of `group` neighbours the most unfortunate `count` neighbours touch.
int64_t GroupsTouched(int64_t count, int64_t group) {
  return count < 2 ? count : (count - 2) / group + 2;
}

}  // namespace

int64_t ImageRegionElements(const ConvolutionGeometry& geometry, int64_t elements, int64_t pixels) {
  const Window& window = geometry.window;
  const int64_t channels =
      std::min(GroupsTouched(elements, window.size.area()), geometry.in_channels_per_group());
  const int64_t output_rows = GroupsTouched(pixels, geometry.output.w);
  const int64_t samples = GroupsTouched(pixels, geometry.output.area());
  // A sample's output rows need `stride` input rows each, and the last one the rest of its window.
  const int64_t rows = output_rows * window.stride.h +
                       samples * std::max<int64_t>(0, window.span().h - window.stride.h);
  // Packing reads complete vectors, the last of which may begin at the last element.
  constexpr int64_t kBehind = 16;
  const int64_t row_elements = ImageRegion(geometry, {0, 1}).row_elements();
  const int64_t padded_rows = window.stride.w > 1 ? PaddedRowsElements(geometry) : 0;
  return padded_rows + RoundUp(channels * rows * row_elements + kBehind, 16);
}

}  // namespace ocellus
