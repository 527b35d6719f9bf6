// Worked examples: the chapter's numbers, and that all numbers are right.
#include "ocellus/view/explain_convolution.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <sstream>

#include "ocellus/reference/convolution_reference.h"
#include "tests/support/error_text.h"
#include "tests/support/tensor_of.h"

namespace ocellus {
namespace {

using testing::HasSubstr;
using testing::Not;

ConvolutionExample ChapterExample() {
  return {.input = TensorOf({1, 1, 4, 4}, {1, 2, 3, 0, 0, 1, 2, 3, 3, 0, 1, 2, 2, 3, 0, 1}),
          .weights = TensorOf({1, 1, 3, 3}, {2, 0, 1, 0, 1, 2, 1, 0, 2}),
          .biases = TensorOf({1}, {3}),
          .window = {.size = 3}};
}

TEST(ExplainConvolution, WorksOutTheChaptersExample) {
  EXPECT_EQ(ExplainConvolution(ChapterExample(), {0, 1}),
            R"(convolution: input 1x4x4, 1 filter of 1x3x3, stride 1x1, padding 0x0
In [brackets]: what belongs to place (0,1) of the output.

input
 1 [2][3][0]
 0 [1][2][3]
 3 [0][1][2]
 2  3  0  1

filters
 filter 0, bias 3
 2  0  1
 0  1  2
 1  0  2

size of the output: (input + 2*padding - filter) / stride + 1
 OH = (4 + 2*0 - 3) / 1 + 1 = 2
 OW = (4 + 2*0 - 3) / 1 + 1 = 2

im2col: each place that the filter is applied to becomes a row: 4 x 9
   (0,0)  1  2  3  0  1  2  3  0  1
   (0,1) [2][3][0][1][2][3][0][1][2]
   (1,0)  0  1  2  3  0  1  2  3  0
   (1,1)  1  2  3  0  1  2  3  0  1

times the filters, each written out as a column: 9 x 1
  2
  0
  1
  0
  1
  2
  1
  0
  2

their product, with the biases added: 4 x 1
   (0,0)  18
   (0,1) [19]
   (1,0)   9
   (1,1)  18
 (0,1) with filter 0:
   2*2 + 3*0 + 0*1 + 1*0 + 2*1 + 3*2 + 0*1 + 1*0 + 2*2
   + bias 3 = 19

output: each column of the product is a map of 2x2
 map 0
 18 [19]
  9  18
)");
}

// Its numbers were checked by hand at three places.
TEST(ExplainConvolution, WorksOutUnequalHeightAndWidthWithEveryOption) {
  const ConvolutionExample example = MakeConvolutionExample(
      {.channels = 2,
       .input = {3, 5},
       .filters = 2,
       .window = {.size = 2, .stride = {1, 2}, .padding = {0, 1}, .dilation = {1, 2}}},
      /*seed=*/1);
  EXPECT_EQ(ExplainConvolution(example, {1, 2}),
            R"(convolution: input 2x3x5, 2 filters of 2x2x2, stride 1x2, padding 0x1, dilation 1x2
In [brackets]: what belongs to place (1,2) of the output.

input; a dot is padding and counts as 0
 channel 0               channel 1
 .  8  5  6  4  2  .     .  5  8  9  2  8  .
 .  7  7  1 [2] 6 [.]    .  2  2  6 [2] 4 [.]
 .  1  1  4 [6] 4 [.]    .  1  3  7 [7] 1 [.]

filters
 filter 0, bias -1
  0   1  | -1  -2
  1  -1  |  1   0
 filter 1, bias 3
 -2  -2  | -1  -1
  1   0  | -2   2

size of the output: (input + 2*padding - filter) / stride + 1
 OH = (3 + 2*0 - 2) / 1 + 1 = 2
 OW = (5 + 2*1 - 3) / 2 + 1 = 3

im2col: each place that the filter is applied to becomes a row: 6 x 8
   (0,0)  0  5  0  7  | 0  8  0  2
   (0,1)  5  4  7  2  | 8  2  2  2
   (0,2)  4  0  2  0  | 2  0  2  0
   (1,0)  0  7  0  1  | 0  2  0  3
   (1,1)  7  2  1  6  | 2  2  3  7
   (1,2) [2][0][6][0] |[2][0][7][0]

times the filters, each written out as a column: 8 x 2
   0  -2
   1  -2
   1   1
  -1   0
  -1  -1
  -2  -1
   1  -2
   0   2

their product, with the biases added: 6 x 2
   (0,0)  -19  -11
   (0,1)   -2  -18
   (0,2)    1   -9
   (1,0)    1   -7
   (1,1)   -7  -10
   (1,2) [ 10][-11]
 (1,2) with filter 0:
   2*0 + 0*1 + 6*1 + 0*(-1) + 2*(-1) + 0*(-2) + 7*1 + 0*0
   + bias -1 = 10

output: each column of the product is a map of 2x3
 map 0             map 1
 -19   -2    1     -11  -18   -9
   1   -7 [ 10]     -7  -10 [-11]
)");
}

// All numbers behind the last heading, map by map.
std::vector<double> OutputNumbers(const std::string& text, int64_t maps, Extent size) {
  std::string body = text.substr(text.find("\noutput:"));
  body = body.substr(body.find('\n', 1) + 1);
  body = body.substr(body.find('\n') + 1);  // the names of the maps
  std::ranges::replace(body, '[', ' ');
  std::ranges::replace(body, ']', ' ');
  std::istringstream stream(body);
  std::vector<double> values(static_cast<size_t>(maps * size.area()));
  for (int64_t y = 0; y < size.h; ++y) {
    for (int64_t m = 0; m < maps; ++m) {
      for (int64_t x = 0; x < size.w; ++x) {
        stream >> values[static_cast<size_t>(m * size.area() + y * size.w + x)];
      }
    }
  }
  return values;
}

TEST(ExplainConvolution, EndsWithWhatTheConvolutionComputes) {
  const std::vector<ConvolutionSizes> cases = {
      {},
      {.channels = 2, .input = {5, 6}, .filters = 3, .window = {.size = {2, 3}}},
      {.channels = 3, .input = {4, 7}, .window = {.size = 3, .stride = {1, 2}, .padding = 1}},
      {.input = {7, 5}, .filters = 2, .window = {.size = {2, 1}, .padding = {0, 1}, .dilation = 3}},
      {.input = 1, .window = {.size = 1}}};
  for (const ConvolutionSizes& sizes : cases) {
    const ConvolutionExample example = MakeConvolutionExample(sizes, 11);
    const ConvolutionGeometry geometry = MakeConvolutionGeometry(
        sizes.channels, sizes.input, sizes.filters, 1, sizes.window, "test");
    Tensor<double> expected({1, sizes.filters, geometry.output.h, geometry.output.w});
    reference::ConvolutionForward(geometry, example.input, example.weights, example.biases,
                                  Activation::kNone, expected);
    const GridPoint last{geometry.output.h - 1, geometry.output.w - 1};
    const std::string text = ExplainConvolution(example, last);
    EXPECT_THAT(OutputNumbers(text, sizes.filters, geometry.output),
                testing::ElementsAreArray(expected.span()))
        << text;
  }
}

TEST(ExplainConvolution, MarksPaddingAndChannels) {
  const ConvolutionExample example = MakeConvolutionExample(
      {.channels = 2,
       .input = 3,
       .window = {.size = 2, .stride = 2, .padding = {1, 0}, .rounding = Rounding::kFloor}},
      1);
  const std::string text = ExplainConvolution(example);
  EXPECT_THAT(text, HasSubstr("a dot is padding and counts as 0"));
  EXPECT_THAT(text, HasSubstr("channel 1"));
  EXPECT_THAT(text, HasSubstr("[.][.]"));
  EXPECT_THAT(ExplainConvolution(ChapterExample()), Not(HasSubstr("channel")));
}

TEST(ExplainConvolution, CountsTheGapsOfDilationInTheSize) {
  const std::string text = ExplainConvolution(
      MakeConvolutionExample({.input = {9, 8}, .window = {.size = 3, .dilation = {3, 2}}}, 1));
  EXPECT_THAT(text, HasSubstr(" OH = (9 + 2*0 - 7) / 1 + 1 = 3\n"));
  EXPECT_THAT(text, HasSubstr(" OW = (8 + 2*0 - 5) / 1 + 1 = 4\n"));
}

TEST(MakeConvolutionExample, IsAFunctionOfItsSeed) {
  const auto text = [](uint64_t seed) {
    return ExplainConvolution(MakeConvolutionExample({.channels = 2}, seed));
  };
  EXPECT_EQ(text(1), text(1));
  EXPECT_NE(text(1), text(2));
}

TEST(ExplainConvolution, RefusesWhatCannotBeRead) {
  const auto make = [](const ConvolutionSizes& sizes) {
    return ErrorText([&] { MakeConvolutionExample(sizes, 1); });
  };
  EXPECT_THAT(make({.input = {33, 4}}), HasSubstr("input height: expected 1 to 32, found 33"));
  EXPECT_THAT(make({.input = 12, .window = {.size = 2}}),
              HasSubstr("places of the output: expected 1 to 100, found 121"));
  EXPECT_THAT(make({.channels = 8, .window = {.size = 3}}),
              HasSubstr("weights of a filter: expected 1 to 64, found 72"));
  EXPECT_THAT(make({.filters = 0}), HasSubstr("filters: expected 1 to 16, found 0"));
  EXPECT_THAT(make({.window = {.size = 5}}), HasSubstr("does not fit"));
  EXPECT_THAT(make({.window = {.size = 3, .stride = 2}}), HasSubstr("is not a whole number"));
  EXPECT_THAT(
      ErrorText([] {
        ExplainConvolution(ChapterExample(), {0, 2});
      }),
      HasSubstr("place: expected rows 0 to 1 and columns 0 to 1 of the output, found 0, 2"));
  EXPECT_THAT(ErrorText([] { ExplainConvolution(ChapterExample(), {}, 30); }),
              HasSubstr("the im2col matrix would be 36 characters wide, a line has 30; take a"));
}

}  // namespace
}  // namespace ocellus
