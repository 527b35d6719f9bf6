// Output sizes and the messages when they do not work out.
#include "ocellus/tensor/geometry.h"

#include <gtest/gtest.h>

#include <string>

#include "ocellus/base/error.h"
#include "tests/support/error_text.h"

namespace ocellus {
namespace {

std::string ErrorOf(Extent input, const Window& window) {
  return ErrorText([&] { OutputExtent(input, window, "conv1 (Convolution)"); });
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

// The smallest padding, and one is found if there is one, as trying all of them says.
TEST(OutputExtent, SuggestsTheSmallestPaddingThatFits) {
  for (int64_t input = 3; input < 16; ++input) {
    for (int64_t stride = 2; stride <= 6; ++stride) {
      for (int64_t padding = 0; padding < 3; ++padding) {
        const auto error = [&](int64_t p) {
          return ErrorOf({input, 3}, {.size = 3, .stride = {stride, 1}, .padding = {p, 0}});
        };
        const std::string message = error(padding);
        if (message == "no error") continue;
        int64_t fits = padding + 1;
        while (fits <= padding + stride && error(fits) != "no error") ++fits;
        const std::string hint = "padding " + std::to_string(fits) + " or input";
        EXPECT_EQ(message.find(hint) != std::string::npos, fits <= padding + stride) << message;
      }
    }
  }
}

// A description from outside may say anything; the answer must not take longer for it.
TEST(OutputExtent, AnswersAtOnceForSizesThatNobodyHas) {
  constexpr int64_t kHuge = int64_t{1} << 28;
  EXPECT_EQ(ErrorOf({28, 3}, {.size = {1, 1}, .stride = {kHuge - 2, 1}, .padding = {200000000, 0}}),
            "conv1 (Convolution): (28 + 2*200000000 - 1) / 268435454 is not a whole number along "
            "the height; input height 136870909 would fit; or choose rounding floor or ceil");
  const PoolingGeometry pooling = MakePoolingGeometry(
      1, {30000, 30000}, {.size = kHuge, .stride = 1, .padding = kHuge / 2, .dilation = 1}, "pool");
  EXPECT_EQ(pooling.output, Extent(30001, 30001));
}

TEST(ConvolutionGeometry, NeedsGroupsThatDivideTheChannels) {
  const auto error = [](int64_t in_channels, int64_t out_channels, int64_t groups) {
    return ErrorText([&] {
      MakeConvolutionGeometry(in_channels, {5, 5}, out_channels, groups, {.size = 3}, "conv");
    });
  };
  EXPECT_EQ(error(4, 6, 2), "no error");
  EXPECT_EQ(error(3, 6, 2),
            "conv: groups: expected a divisor of 3 input channels and of 6 filters, found 2");
  EXPECT_EQ(error(4, 5, 2),
            "conv: groups: expected a divisor of 4 input channels and of 5 filters, found 2");
  EXPECT_EQ(error(4, 6, 0), "conv: groups: expected 1 or more, found 0");
  EXPECT_EQ(error(4, 0, 1), "conv: filters: expected 1 or more, found 0");
}

// Whether a window that is pushed along sees the input, as looking at each of its elements says.
TEST(PoolingGeometry, RefusesExactlyTheWindowsThatSeeOnlyPadding) {
  int refused = 0, taken = 0;
  for (int64_t input = 1; input <= 4; ++input) {
    for (int64_t size = 1; size <= 4; ++size) {
      for (int64_t padding = 0; padding <= 5; ++padding) {
        for (int64_t dilation = 1; dilation <= 4; ++dilation) {
          const int64_t output = input + 2 * padding - dilation * (size - 1);
          if (output < 1) continue;
          bool all_see = true;
          for (int64_t position = 0; position < output; ++position) {
            bool sees = false;
            for (int64_t k = 0; k < size; ++k) {
              const int64_t i = position + k * dilation - padding;
              sees = sees || (i >= 0 && i < input);
            }
            all_see = all_see && sees;
          }
          const std::string message = ErrorText([&] {
            MakePoolingGeometry(1, {input, 1},
                                {.size = {size, 1},
                                 .stride = 1,
                                 .padding = {padding, 0},
                                 .dilation = {dilation, 1}},
                                "pool");
          });
          EXPECT_EQ(message == "no error", all_see) << message;
          ++(all_see ? taken : refused);
        }
      }
    }
  }
  EXPECT_GT(refused, 50);
  EXPECT_GT(taken, 50);
  // Only the first one, where the padding behind is not reached.
  EXPECT_NE(ErrorText([] {
              MakePoolingGeometry(
                  1, {1, 1}, {.size = 1, .stride = 3, .padding = 1, .rounding = Rounding::kFloor},
                  "pool");
            }),
            "no error");
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
