// Convolution in double: the chapter's examples, the plain formula, NumPy's gradients, and the
// identities and difference quotients that make the gradients right.
#include "ocellus/reference/convolution_reference.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>

#include "tests/support/check_failure.h"
#include "tests/support/compare.h"
#include "tests/support/convolution_cases.h"
#include "tests/support/finite_difference.h"
#include "tests/support/special_values.h"
#include "tests/support/tensor_of.h"

namespace ocellus::reference {
namespace {

// The chapter's pictures: a 4 x 4 input and a 3 x 3 filter.
Tensor<double> ChapterInput() {
  return TensorOf({1, 1, 4, 4}, {1, 2, 3, 0, 0, 1, 2, 3, 3, 0, 1, 2, 2, 3, 0, 1});
}
Tensor<double> ChapterFilter() { return TensorOf({1, 1, 3, 3}, {2, 0, 1, 0, 1, 2, 1, 0, 2}); }

Tensor<double> Forward(const ConvolutionGeometry& geometry, TensorView<const double> input,
                       TensorView<const double> weights, TensorView<const double> biases,
                       Activation activation = Activation::kNone) {
  Tensor<double> output(
      {input.shape()[0], geometry.out_channels, geometry.output.h, geometry.output.w}, kNan);
  ConvolutionForward(geometry, input, weights, biases, activation, output);
  return output;
}

TEST(ConvolutionReference, GivesTheChaptersExampleWithAndWithoutBias) {
  const auto geometry = MakeConvolutionGeometry(1, {4, 4}, 1, 1, {.size = 3}, "");
  EXPECT_TRUE(SameBits(Forward(geometry, ChapterInput(), ChapterFilter(), {}),
                       TensorOf({1, 1, 2, 2}, {15, 16, 6, 15})));
  EXPECT_TRUE(SameBits(Forward(geometry, ChapterInput(), ChapterFilter(), TensorOf({1}, {3})),
                       TensorOf({1, 1, 2, 2}, {18, 19, 9, 18})));
}

TEST(ConvolutionReference, GivesTheChaptersExampleWithPadding) {
  const auto geometry = MakeConvolutionGeometry(1, {4, 4}, 1, 1, {.size = 3, .padding = 1}, "");
  EXPECT_TRUE(
      SameBits(Forward(geometry, ChapterInput(), ChapterFilter(), {}),
               TensorOf({1, 1, 4, 4}, {7, 12, 10, 2, 4, 15, 16, 10, 10, 6, 15, 6, 8, 10, 4, 3})));
}

TEST(ConvolutionReference, GivesTheChaptersExampleWithStride) {
  // The 7 x 7 input repeats 0 1 2 3 along its diagonals, as in the picture.
  Tensor<double> input({1, 1, 7, 7});
  for (int64_t iy = 0; iy < 7; ++iy) {
    for (int64_t ix = 0; ix < 7; ++ix) {
      input.At(0, 0, iy, ix) = static_cast<double>((ix - iy + 9) % 4);
    }
  }
  const auto geometry = MakeConvolutionGeometry(1, {7, 7}, 1, 1, {.size = 3, .stride = 2}, "");
  EXPECT_TRUE(SameBits(Forward(geometry, input, ChapterFilter(), {}),
                       TensorOf({1, 1, 3, 3}, {15, 17, 15, 17, 15, 17, 15, 17, 15})));
}

// From NumPy with the chapter's Convolution, im2col, and the book's backward and col2im:
//
//   x = np.arange(1., 25.).reshape(1, 2, 3, 4); W = (np.arange(24.) % 5 - 2).reshape(2, 2, 2, 3)
//   b = np.array([10., -100.]); stride, pad = 1, 1
//   dout = (np.arange(out.size) % 5 - 2.).reshape(out.shape)
class ConvolutionReferenceNumbers : public testing::Test {
 protected:
  ConvolutionReferenceNumbers() {
    std::iota(input_.span().begin(), input_.span().end(), 1.0);
    for (int64_t i = 0; i < 24; ++i) weights_[i] = static_cast<double>(i % 5 - 2);
    for (int64_t i = 0; i < 32; ++i) d_output_[i] = static_cast<double>(i % 5 - 2);
  }

  const ConvolutionGeometry geometry_ =
      MakeConvolutionGeometry(2, {3, 4}, 2, 1, {.size = {2, 3}, .padding = 1}, "");
  Tensor<double> input_{{1, 2, 3, 4}};
  Tensor<double> weights_{{2, 2, 2, 3}};
  Tensor<double> biases_ = TensorOf({2}, {10, -100});
  Tensor<double> d_output_{{1, 2, 4, 4}};
};

TEST_F(ConvolutionReferenceNumbers, ForwardIsThatOfTheChapter) {
  const Tensor<double> expected =
      TensorOf({1, 2, 4, 4},
               {-32, -8,   -8,   19,   -31, -10, -13, 6,   -43, -22, -25, 2,   23,  -16, -19, -47,
                -87, -102, -105, -125, -84, -95, -94, -90, -72, -91, -90, -90, -73, -49, -45, -17});
  EXPECT_TRUE(SameBits(Forward(geometry_, input_, weights_, biases_), expected));
}

TEST_F(ConvolutionReferenceNumbers, ReluMakesNegativeOutputsZero) {
  const Tensor<double> plain = Forward(geometry_, input_, weights_, biases_);
  Tensor<double> expected = plain.Clone();
  for (double& element : expected.span()) element = std::max(element, 0.0);
  EXPECT_TRUE(SameBits(Forward(geometry_, input_, weights_, biases_, Activation::kRelu), expected));
}

TEST_F(ConvolutionReferenceNumbers, InputGradientIsThatOfTheBook) {
  Tensor<double> d_input(input_.shape(), kNan);
  ConvolutionInputGradient(geometry_, d_output_, weights_, d_input);
  EXPECT_TRUE(
      SameBits(d_input, TensorOf(input_.shape(), {-4, -1, -3, 1, 3,  -4, -1, 0, 5, 3,  -4, -1,
                                                  -1, 7,  2,  0, -7, -8, 7,  1, 7, -8, -8, 7})));
}

TEST_F(ConvolutionReferenceNumbers, WeightGradientIsThatOfTheBookAndIsAdded) {
  Tensor<double> d_weights(weights_.shape(), 1000.0);
  Tensor<double> d_biases({2}, 500.0);
  AccumulateConvolutionWeightGradient(geometry_, input_, d_output_, d_weights, d_biases);
  for (double& element : d_weights.span()) element -= 1000;
  EXPECT_TRUE(SameBits(
      d_weights,
      TensorOf(weights_.shape(), {-6,  -2,  33, -27, -14, -9,  -42, -2,  69,  -75, -50, -45,
                                  -27, -14, -9, -18, -11, -31, -75, -50, -45, -18, -23, -79})));
  EXPECT_TRUE(SameBits(d_biases, TensorOf({2}, {498, 499})));
}

TEST_F(ConvolutionReferenceNumbers, RefusesOperandsOfOtherShapes) {
  Tensor<double> output({1, 2, 4, 4}), small({1, 2, 3, 4});
  EXPECT_THROW(Forward(geometry_, output, weights_, biases_), CheckFailure);
  EXPECT_THROW(Forward(geometry_, input_, input_, biases_), CheckFailure);
  EXPECT_THROW(ConvolutionForward(geometry_, input_, weights_, biases_, Activation::kNone, small),
               CheckFailure);
  EXPECT_THROW(ConvolutionInputGradient(geometry_, small, weights_, small), CheckFailure);
  EXPECT_THROW(AccumulateConvolutionWeightGradient(geometry_, input_, small, weights_, biases_),
               CheckFailure);
}

class ConvolutionReferenceCase : public testing::TestWithParam<ConvolutionCase> {
 protected:
  ConvolutionReferenceCase() {
    const ConvolutionCase& c = GetParam();
    input_ = RandomTensor<double>({c.batch, c.in_channels, c.input.h, c.input.w}, 1);
    weights_ = RandomTensor<double>(
        {c.out_channels, geometry_.in_channels_per_group(), c.window.size.h, c.window.size.w}, 2);
    biases_ = RandomTensor<double>({c.out_channels}, 3);
    d_output_ =
        RandomTensor<double>({c.batch, c.out_channels, geometry_.output.h, geometry_.output.w}, 4);
  }

  // The inner product of the output with d_output: a loss whose gradient by the output is d_output.
  double Loss() const {
    return InnerProduct(Forward(geometry_, input_, weights_, biases_), d_output_);
  }

  Tensor<double> InputGradient() const {
    Tensor<double> d_input(input_.shape(), kNan);
    ConvolutionInputGradient(geometry_, d_output_, weights_, d_input);
    return d_input;
  }

  struct Gradients {
    Tensor<double> weights;
    Tensor<double> biases;
  };
  Gradients ParameterGradients() const {
    Gradients gradients{Tensor<double>(weights_.shape(), 0.0),
                        Tensor<double>(biases_.shape(), 0.0)};
    AccumulateConvolutionWeightGradient(geometry_, input_, d_output_, gradients.weights,
                                        gradients.biases);
    return gradients;
  }

  // How far the loss may be off, and sums of as many terms of the same kind: of products of
  // elements, none of which is larger than 1.
  double LossTolerance() const {
    const int64_t terms = d_output_.elements() * (geometry_.filter_elements() + 1);
    return SumBound<double>(terms, 1.0);
  }

  const ConvolutionGeometry geometry_ = GetParam().geometry();
  Tensor<double> input_, weights_, biases_, d_output_;
};

TEST_P(ConvolutionReferenceCase, FollowsItsFormula) {
  const ConvolutionGeometry& g = geometry_;
  const Window& w = g.window;
  Tensor<double> expected(d_output_.shape());
  for (int64_t n = 0; n < input_.shape()[0]; ++n)
    for (int64_t oc = 0; oc < g.out_channels; ++oc)
      for (int64_t oy = 0; oy < g.output.h; ++oy)
        for (int64_t ox = 0; ox < g.output.w; ++ox) {
          const int64_t group = oc / g.out_channels_per_group();
          double sum = biases_[oc];
          for (int64_t ic = 0; ic < g.in_channels_per_group(); ++ic)
            for (int64_t ky = 0; ky < w.size.h; ++ky)
              for (int64_t kx = 0; kx < w.size.w; ++kx) {
                const int64_t iy = oy * w.stride.h + ky * w.dilation.h - w.padding.h;
                const int64_t ix = ox * w.stride.w + kx * w.dilation.w - w.padding.w;
                if (iy < 0 || iy >= g.input.h || ix < 0 || ix >= g.input.w) continue;
                sum += weights_.At(oc, ic, ky, kx) *
                       input_.At(n, group * g.in_channels_per_group() + ic, iy, ix);
              }
          expected.At(n, oc, oy, ox) = sum;
        }
  const double tolerance = SumBound<double>(g.filter_elements() + 1, 1.0);
  EXPECT_TRUE(AllNear(Forward(g, input_, weights_, biases_), expected, tolerance));
}

// The output is linear in the input and in the weights, so the loss is the inner product of either
// with its gradient, if there are no biases.
TEST_P(ConvolutionReferenceCase, GradientsAreAdjoint) {
  biases_.Fill(0.0);
  EXPECT_NEAR(InnerProduct(input_, InputGradient()), Loss(), LossTolerance());
  EXPECT_NEAR(InnerProduct(weights_, ParameterGradients().weights), Loss(), LossTolerance());
}

TEST_P(ConvolutionReferenceCase, BiasGradientIsTheSumOfTheOutputGradient) {
  Tensor<double> expected(biases_.shape(), 0.0);
  for (int64_t n = 0; n < d_output_.shape()[0]; ++n)
    for (int64_t oc = 0; oc < geometry_.out_channels; ++oc)
      for (int64_t oy = 0; oy < geometry_.output.h; ++oy)
        for (int64_t ox = 0; ox < geometry_.output.w; ++ox)
          expected[oc] += d_output_.At(n, oc, oy, ox);
  const int64_t terms = d_output_.elements() / geometry_.out_channels;
  EXPECT_TRUE(AllNear(ParameterGradients().biases, expected, SumBound<double>(terms, 1.0)));
}

TEST_P(ConvolutionReferenceCase, WithoutBiasesTheOtherGradientsAreTheSame) {
  Tensor<double> d_weights(weights_.shape(), 0.0);
  AccumulateConvolutionWeightGradient(geometry_, input_, d_output_, d_weights, {});
  EXPECT_TRUE(SameBits(d_weights, ParameterGradients().weights));
}

INSTANTIATE_TEST_SUITE_P(Cases, ConvolutionReferenceCase, testing::ValuesIn(ConvolutionCases()),
                         ConvolutionCaseName);

// Difference quotients take a forward pass for each element, so only for the smaller cases.
class SmallConvolutionReferenceCase : public ConvolutionReferenceCase {};

TEST_P(SmallConvolutionReferenceCase, GradientsAreDifferenceQuotients) {
  const double tolerance = LossTolerance() / kDifferenceStep;
  const Tensor<double> d_input = InputGradient();
  const auto [d_weights, d_biases] = ParameterGradients();
  const auto loss = [&] { return Loss(); };
  EXPECT_TRUE(AllNear(NumericalGradient(input_, loss), d_input, tolerance));
  EXPECT_TRUE(AllNear(NumericalGradient(weights_, loss), d_weights, tolerance));
  EXPECT_TRUE(AllNear(NumericalGradient(biases_, loss), d_biases, tolerance));
}

std::vector<ConvolutionCase> SmallConvolutionCases() {
  std::vector<ConvolutionCase> cases = ConvolutionCases();
  std::erase_if(cases, [](const ConvolutionCase& c) {
    const ConvolutionGeometry g = c.geometry();
    const int64_t elements = c.batch * g.input_elements() + g.weight_elements();
    return elements * c.batch * g.output_elements() * g.filter_elements() > 2'000'000;
  });
  return cases;
}

INSTANTIATE_TEST_SUITE_P(Cases, SmallConvolutionReferenceCase,
                         testing::ValuesIn(SmallConvolutionCases()), ConvolutionCaseName);

}  // namespace
}  // namespace ocellus::reference
