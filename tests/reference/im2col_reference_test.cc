// im2col and col2im: the numbers of the chapter's and the book's NumPy functions, and the identity
// that makes them a pair.
#include "ocellus/reference/im2col_reference.h"

#include <gtest/gtest.h>

#include <numeric>

#include "tests/support/compare.h"
#include "tests/support/convolution_cases.h"
#include "tests/support/error_text.h"
#include "tests/support/finite_difference.h"
#include "tests/support/tensor_of.h"

namespace ocellus::reference {
namespace {

// np.arange(1., 1 + elements).reshape(shape)
Tensor<double> Counting(const Shape& shape) {
  Tensor<double> tensor(shape);
  std::iota(tensor.span().begin(), tensor.span().end(), 1.0);
  return tensor;
}

// The literals of the next four tests come from NumPy, with im2col as printed in the chapter and
// col2im as printed in the book:
//
//   x = np.arange(1., 25.).reshape(1, 2, 3, 4)
//   c = im2col(x, 2, 3);                      print(c)
//   print(col2im(c, x.shape, 2, 3))
//   x = np.arange(1., 31.).reshape(2, 1, 3, 5)
//   c = im2col(x, 2, 3, stride=2, pad=1);     print(c)
//   w = (np.arange(c.size) % 7 - 3.).reshape(c.shape)
//   print(col2im(w, x.shape, 2, 3, 2, 1))

TEST(Im2col, GivesTheNumbersOfTheChapter) {
  EXPECT_TRUE(SameBits(Im2col(Counting({1, 2, 3, 4}), 2, 3),
                       TensorOf({4, 12}, {1, 2, 3, 5,  6,  7,  13, 14, 15, 17, 18, 19,  //
                                          2, 3, 4, 6,  7,  8,  14, 15, 16, 18, 19, 20,  //
                                          5, 6, 7, 9,  10, 11, 17, 18, 19, 21, 22, 23,  //
                                          6, 7, 8, 10, 11, 12, 18, 19, 20, 22, 23, 24})));
}

TEST(Im2col, GivesTheNumbersOfTheChapterWithStrideAndPad) {
  // (5 + 2 - 2) / 2 is no whole number: like the chapter's, it leaves out what is not reached.
  EXPECT_TRUE(SameBits(
      Im2col(Counting({2, 1, 3, 5}), 2, 3, /*stride=*/2, /*pad=*/1),
      TensorOf({12, 6}, {0, 0,  0,  0, 1,  2,  0,  0,  0,  2,  3,  4,  0,  0,  0, 4,  5,  0,
                         0, 6,  7,  0, 11, 12, 7,  8,  9,  12, 13, 14, 9,  10, 0, 14, 15, 0,
                         0, 0,  0,  0, 16, 17, 0,  0,  0,  17, 18, 19, 0,  0,  0, 19, 20, 0,
                         0, 21, 22, 0, 26, 27, 22, 23, 24, 27, 28, 29, 24, 25, 0, 29, 30, 0})));
}

TEST(Col2im, AddsWhatOverlapsAsInTheBook) {
  const Tensor<double> x = Counting({1, 2, 3, 4});
  EXPECT_TRUE(SameBits(Col2im(Im2col(x, 2, 3), x.shape(), 2, 3),
                       TensorOf(x.shape(), {1,  4,  6,  4,  10, 24, 28, 16, 9,  20, 22, 12,
                                            13, 28, 30, 16, 34, 72, 76, 40, 21, 44, 46, 24})));
}

TEST(Col2im, GivesTheNumbersOfTheBookWithStrideAndPad) {
  Tensor<double> col({12, 6});
  for (int64_t i = 0; i < col.elements(); ++i) col[i] = static_cast<double>(i % 7 - 3);
  EXPECT_TRUE(
      SameBits(Col2im(col, {2, 1, 3, 5}, 2, 3, /*stride=*/2, /*pad=*/1),
               TensorOf({2, 1, 3, 5}, {1, 1, 0, -1, -1, 2, 3,  1, 1, 0, -2, 2,  -3, 0, 3,
                                       2, 3, 1, 1,  0,  3, -2, 2, 3, 1, -1, -3, -2, 2, -3})));
}

TEST(Im2col, FollowsItsFormulaForEveryWindow) {
  for (const ConvolutionCase& c : ConvolutionCases()) {
    SCOPED_TRACE(c.name);
    const ConvolutionGeometry g = c.geometry();
    const auto input = RandomTensor<double>({c.batch, c.in_channels, c.input.h, c.input.w}, 1);
    const Window& w = c.window;
    Tensor<double> col({c.batch, g.output.h, g.output.w, c.in_channels, w.size.h, w.size.w});
    int64_t i = 0;
    for (int64_t n = 0; n < c.batch; ++n)
      for (int64_t oy = 0; oy < g.output.h; ++oy)
        for (int64_t ox = 0; ox < g.output.w; ++ox)
          for (int64_t ic = 0; ic < c.in_channels; ++ic)
            for (int64_t ky = 0; ky < w.size.h; ++ky)
              for (int64_t kx = 0; kx < w.size.w; ++kx, ++i) {
                const int64_t iy = oy * w.stride.h + ky * w.dilation.h - w.padding.h;
                const int64_t ix = ox * w.stride.w + kx * w.dilation.w - w.padding.w;
                const bool inside = iy >= 0 && iy < c.input.h && ix >= 0 && ix < c.input.w;
                col[i] = inside ? input.At(n, ic, iy, ix) : 0.0;
              }
    const Shape matrix{c.batch * g.output.area(), c.in_channels * w.size.area()};
    EXPECT_TRUE(SameBits(Im2col(input, w), col.view().Reshape(matrix)));
  }
}

TEST(Col2im, IsTheAdjointOfIm2colForEveryWindow) {
  for (const ConvolutionCase& c : ConvolutionCases()) {
    SCOPED_TRACE(c.name);
    const auto x = RandomTensor<double>({c.batch, c.in_channels, c.input.h, c.input.w}, 1);
    const Tensor<double> col = Im2col(x, c.window);
    const auto y = RandomTensor<double>(col.shape(), 2);
    const double tolerance = SumBound<double>(col.elements(), 1.0);
    EXPECT_NEAR(InnerProduct(col, y), InnerProduct(x, Col2im(y, x.shape(), c.window)), tolerance);
  }
}

TEST(Im2col, TakesTheMeaningOfTheChapterAsAWindow) {
  const auto x = RandomTensor<double>({2, 3, 8, 6}, 1);
  const Window window{.size = {3, 2}, .stride = 2, .padding = 1, .rounding = Rounding::kFloor};
  const Tensor<double> col = Im2col(x, 3, 2, 2, 1);
  EXPECT_TRUE(SameBits(col, Im2col(x, window)));
  EXPECT_TRUE(SameBits(Col2im(col, x.shape(), 3, 2, 2, 1), Col2im(col, x.shape(), window)));
}

TEST(Im2col, RefusesWhatIsNotABatchOfImagesOrDoesNotFit) {
  const Tensor<double> plane({3, 4}, 0.0), image({1, 1, 3, 4}, 0.0);
  EXPECT_EQ(ErrorText([&] { Im2col(plane, 2, 2); }),
            "im2col: expected an input with axes N, C, H, W, found shape 3x4");
  EXPECT_EQ(ErrorText([&] { Im2col(image, 4, 2); }),
            "im2col: a window spanning 4 does not fit into input height 3 with padding 0");
  EXPECT_EQ(ErrorText([&] { Im2col(image, 2, 2, 0); }),
            "im2col: stride along the height: expected 1 to 268435456, found 0");
}

TEST(Col2im, RefusesAMatrixOfAnotherShape) {
  const Tensor<double> col({6, 4}, 0.0), transposed({4, 6}, 0.0);
  EXPECT_NO_THROW(Col2im(col, {1, 1, 3, 4}, 2, 2));
  EXPECT_EQ(ErrorText([&] {
              Col2im(transposed, {1, 1, 3, 4}, 2, 2);
            }),
            "col2im: expected a matrix of shape 6x4, found 4x6");
}

}  // namespace
}  // namespace ocellus::reference
