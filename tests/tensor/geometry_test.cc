// Output sizes and the messages when they do not work out.
#include "ocellus/tensor/geometry.h"

#include <gtest/gtest.h>

#include "ocellus/base/error.h"

namespace ocellus {
namespace {

std::string ErrorOf(Extent input, const Window& window) {
  try {
    OutputExtent(input, window, "conv1 (Convolution)");
  } catch (const Error& error) {
    return error.what();
  }
  return "no error";
}

TEST(OutputExtent, FollowsTheFormulaAlongEachAxis) {
  EXPECT_EQ(OutputExtent({28, 28}, {.size = 5}, ""), Extent(24, 24));
  EXPECT_EQ(OutputExtent({4, 4}, {.size = 3, .padding = 1}, ""), Extent(4, 4));
  EXPECT_EQ(OutputExtent({227, 227}, {.size = 11, .stride = 4}, ""), Extent(55, 55));
  EXPECT_EQ(OutputExtent({9, 12}, {.size = {3, 2}, .stride = {2, 5}, .padding = {0, 0}}, ""),
            Extent(4, 3));
  EXPECT_EQ(OutputExtent({11, 8}, {.size = {3, 2}, .padding = {1, 2}, .dilation = {2, 3}}, ""),
            Extent(9, 9));
}

TEST(OutputExtent, RefusesAStrideThatDoesNotDivideAndSaysWhatWouldFit) {
  EXPECT_EQ(ErrorOf({28, 28}, {.size = 5, .stride = {1, 2}}),
            "conv1 (Convolution): (28 + 2*0 - 5) / 2 is not a whole number along the width; input "
            "width 27 or 29 would fit; or choose rounding floor or ceil");
  EXPECT_EQ(ErrorOf({28, 28}, {.size = 3, .stride = {3, 1}}),
            "conv1 (Convolution): (28 + 2*0 - 3) / 3 is not a whole number along the height; "
            "padding 1 or input height 27 or 30 would fit; or choose rounding floor or ceil");
}

TEST(OutputExtent, SuggestsOnlyWhatFits) {
  for (int64_t input = 3; input < 20; ++input) {
    for (int64_t stride = 1; stride <= 5; ++stride) {
      const std::string message = ErrorOf({input, 3}, {.size = 3, .stride = {stride, 1}});
      int padding = 0;
      const size_t at = message.find("padding ");
      if (at != std::string::npos && sscanf(message.c_str() + at, "padding %d", &padding) == 1) {
        EXPECT_EQ(ErrorOf({input, 3}, {.size = 3, .stride = {stride, 1}, .padding = {padding, 0}}),
                  "no error");
      }
      int smaller = 0;
      const size_t height = message.find("height ", message.find(';'));
      if (height != std::string::npos &&
          sscanf(message.c_str() + height, "height %d", &smaller) == 1) {
        EXPECT_EQ(ErrorOf({smaller, 3}, {.size = 3, .stride = {stride, 1}}), "no error");
      }
    }
  }
}

TEST(OutputExtent, RoundsDownWhenAsked) {
  EXPECT_EQ(OutputExtent({28, 13}, {.size = 5, .stride = 2, .rounding = Rounding::kFloor}, ""),
            Extent(12, 5));
}

TEST(OutputExtent, RoundsUpButNoWindowStartsInThePaddingBehind) {
  EXPECT_EQ(OutputExtent({6, 6}, {.size = 3, .stride = 2, .rounding = Rounding::kCeil}, ""),
            Extent(3, 3));
  // Windows start at -1, 1, 3; a fourth would start at 5, behind the input.
  EXPECT_EQ(
      OutputExtent({5, 4}, {.size = 2, .stride = 2, .padding = 1, .rounding = Rounding::kCeil}, ""),
      Extent(3, 3));
}

TEST(OutputExtent, RefusesAWindowLargerThanItsInput) {
  EXPECT_EQ(
      ErrorOf({4, 9}, {.size = 3, .dilation = 2}),
      "conv1 (Convolution): a window spanning 5 does not fit into input height 4 with padding "
      "0");
}

TEST(OutputExtent, RefusesOptionsOutOfRange) {
  EXPECT_EQ(ErrorOf({4, 4}, {.size = 3, .stride = {1, 0}}),
            "conv1 (Convolution): stride along the width: expected 1 to 268435456, found 0");
  EXPECT_EQ(ErrorOf({4, 4}, {.size = 3, .padding = {-1, 0}}),
            "conv1 (Convolution): padding along the height: expected 0 to 268435456, found -1");
}

TEST(ConvolutionGeometry, RefusesGroupsThatDoNotDivide) {
  try {
    MakeConvolutionGeometry(4, {5, 5}, 6, 4, {.size = 3}, "conv2 (Convolution)");
    FAIL();
  } catch (const Error& error) {
    EXPECT_STREQ(error.what(),
                 "conv2 (Convolution): groups: expected a divisor of 4 input channels and of 6 "
                 "filters, found 4");
  }
}

TEST(PoolingGeometry, RefusesPaddingAsLargeAsTheWindow) {
  EXPECT_THROW(MakePoolingGeometry(1, {8, 8}, {.size = 2, .stride = 2, .padding = 2}, "pool1"),
               Error);
  EXPECT_NO_THROW(MakePoolingGeometry(1, {8, 8}, {.size = 2, .stride = 2, .padding = 1}, "pool1"));
}

}  // namespace
}  // namespace ocellus
