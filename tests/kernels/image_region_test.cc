// The layout of image regions, and that they fit into the memory that is taken for them.
#include "ocellus/kernels/image_region.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>

#include "tests/support/convolution_cases.h"

namespace ocellus {
namespace {

class ImageRegionTest : public testing::TestWithParam<ConvolutionCase> {
 protected:
  ConvolutionGeometry geometry_ = GetParam().geometry();
  int64_t pixels_ = GetParam().batch * geometry_.output.area();
};

TEST_P(ImageRegionTest, FitsIntoItsMemoryForAnyElementsAndPixels) {
  const int64_t area = geometry_.window.size.area();
  for (int64_t pixels = 1; pixels <= pixels_; pixels = pixels * 2 + 1) {
    for (int64_t begin = 0; begin + pixels <= pixels_; begin += std::max<int64_t>(1, pixels / 3)) {
      const ImageRegion region(geometry_, {begin, begin + pixels});
      for (int64_t elements = 1; elements <= geometry_.filter_elements();
           elements += 1 + area / 2) {
        const int64_t channels =
            std::min((elements + area - 2) / area + 1, geometry_.in_channels_per_group());
        EXPECT_LE(channels * region.plane_elements(),
                  ImageRegionElements(geometry_, elements, pixels))
            << elements << " elements, pixels " << begin << " to " << begin + pixels;
      }
    }
  }
}

TEST_P(ImageRegionTest, HasARunForEveryPixelAndNoneOutside) {
  const Range pixels{pixels_ / 3, pixels_};
  const ImageRegion region(geometry_, pixels);
  const int64_t area = geometry_.window.size.area();
  int32_t last_offset = 0;
  region.WriteOffsets({area - 1, area}, &last_offset);
  int64_t expected_before = 0;
  region.ForEachRun({pixels.begin + pixels.size() / 5, pixels.end},
                    [&](int64_t from, int64_t before, int64_t count) {
                      EXPECT_EQ(before, expected_before);
                      expected_before += count;
                      EXPECT_GE(from, 0);
                      EXPECT_LE(from + count + last_offset, region.plane_elements());
                    });
  EXPECT_EQ(expected_before, pixels.size() - pixels.size() / 5);
}

INSTANTIATE_TEST_SUITE_P(Cases, ImageRegionTest, testing::ValuesIn(ConvolutionCases()),
                         ConvolutionCaseName);

TEST(ImageRegion, SortsARowByItsPositionModuloStride) {
  const ConvolutionGeometry geometry = MakeConvolutionGeometry(
      1, {7, 8}, 1, 1,
      {.size = {2, 3}, .stride = {2, 3}, .padding = {1, 0}, .rounding = Rounding::kFloor}, "");
  const ImageRegion region(geometry, {0, geometry.output.area()});  // 4 x 2
  EXPECT_EQ(region.phase_elements(), 2);                            // columns 0 3 | 1 4 | 2 5
  EXPECT_EQ(region.row_elements(), 6);
  EXPECT_EQ(region.InputRows(0).begin, -1);
  EXPECT_EQ(region.InputRows(0).end, 7);
  std::array<int32_t, 7> offsets{};
  region.WriteOffsets({0, 7}, offsets.data());
  EXPECT_EQ(offsets, (std::array<int32_t, 7>{0, 2, 4, 6, 8, 10, 8 * 6}));
  region.WriteOffsets({4, 5}, offsets.data());
  EXPECT_EQ(offsets[0], 8);
}

}  // namespace
}  // namespace ocellus
