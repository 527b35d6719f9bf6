// The expectations of the ways to convolve.
#include "tests/support/convolution_kernels.h"

#include <limits>

#include "ocellus/reference/convolution_reference.h"
#include "tests/support/guarded.h"
#include "tests/support/kernel_run.h"

namespace ocellus {

void ConvolutionKernelsTest::ExpectForwardOfTheReference(const ConvolutionKernels& kernels) const {
  const GuardedTensor guarded_input(input_);
  for (const bool with_biases : {false, true}) {
    const Activation activation = with_biases ? Activation::kRelu : Activation::kNone;
    const Tensor<double> biases = ConvertTo<double>(biases_.view());
    Tensor<double> expected(output_shape_);
    reference::ConvolutionForward(
        g_, ConvertTo<double>(input_.view()), ConvertTo<double>(weights_.view()),
        with_biases ? biases.view() : TensorView<const double>(), activation, expected);
    const double bound = SumBound<float>(g_.filter_elements() + 1, kernels.largest_term);
    RunEverywhere([&](int threads) { return kernels.forward_scratch_bytes(g_, batch_, threads); },
                  [&](const KernelContext& context) {
                    GuardedTensor output(output_shape_);
                    kernels.forward(g_, guarded_input.view(), weights_,
                                    with_biases ? biases_.view() : TensorView<const float>(),
                                    activation, output.view(), context, /*packed=*/nullptr);
                    return output;
                  },
                  [&](TensorView<const float> output) { return AllNear(output, expected, bound); });
  }
}

void ConvolutionKernelsTest::ExpectInputGradientOfTheReference(
    const ConvolutionKernels& kernels) const {
  const GuardedTensor guarded_d_output(d_output_);
  Tensor<double> expected(input_shape_);
  reference::ConvolutionInputGradient(g_, ConvertTo<double>(d_output_.view()),
                                      ConvertTo<double>(weights_.view()), expected);
  const double bound =
      SumBound<float>(g_.out_channels_per_group() * g_.window.size.area(), kernels.largest_term);
  RunEverywhere(
      [&](int threads) { return kernels.input_gradient_scratch_bytes(g_, batch_, threads); },
      [&](const KernelContext& context) {
        GuardedTensor d_input(input_shape_);
        kernels.input_gradient(g_, guarded_d_output.view(), weights_, d_input.view(), context);
        return d_input;
      },
      [&](TensorView<const float> d_input) { return AllNear(d_input, expected, bound); });
}

void ConvolutionKernelsTest::ExpectWeightGradientOfTheReference(
    const ConvolutionKernels& kernels) const {
  const GuardedTensor guarded_input(input_), guarded_d_output(d_output_);
  Tensor<double> expected = ConvertTo<double>(weights_.view());  // to be added to
  reference::AccumulateConvolutionWeightGradient(g_, ConvertTo<double>(input_.view()),
                                                 ConvertTo<double>(d_output_.view()), expected, {});
  const double bound = SumBound<float>(batch_ * g_.output.area() + 1, kernels.largest_term);
  RunEverywhere(
      [&](int threads) { return kernels.weight_gradient_scratch_bytes(g_, batch_, threads); },
      [&](const KernelContext& context) {
        GuardedTensor d_weights(weights_);
        kernels.weight_gradient(g_, guarded_input.view(), guarded_d_output.view(), d_weights.view(),
                                context);
        return d_weights;
      },
      [&](TensorView<const float> d_weights) { return AllNear(d_weights, expected, bound); });
}

void ConvolutionKernelsTest::ExpectTheSameBitsOfPackedWeights(
    const ConvolutionKernels& kernels) const {
  const int64_t elements = kernels.packed_elements(g_);
  if (elements == 0) return;
  const Tensor<float> nothing(weights_.shape(), std::numeric_limits<float>::quiet_NaN());
  RunEverywhere([&](int threads) { return kernels.forward_scratch_bytes(g_, batch_, threads); },
                [&](const KernelContext& context) {
                  Tensor<float> expected(output_shape_);
                  kernels.forward(g_, input_, weights_, biases_, Activation::kRelu, expected,
                                  context, /*packed=*/nullptr);
                  GuardedTensor packed({elements}), output(output_shape_);
                  kernels.pack(g_, weights_, packed.view().data(), context.pool);
                  EXPECT_TRUE(packed.GuardsAreIntact());
                  kernels.forward(g_, input_, nothing, biases_, Activation::kRelu, output.view(),
                                  context, packed.view().data());
                  EXPECT_TRUE(SameBits(output.view().span(), expected.span()));
                  return output;
                },
                [](TensorView<const float>) { return testing::AssertionSuccess(); });
}

void ConvolutionKernelsTest::ExpectTheSameBitsInAnyBatch(const ConvolutionKernels& kernels) const {
  ThreadPool pool(2);
  const auto forward = [&](TensorView<const float> input) {
    const int64_t n = input.shape()[0];
    Tensor<float> output(OutputShape(g_, n));
    RunKernel(pool, kernels.forward_scratch_bytes(g_, n, 2), [&](const KernelContext& context) {
      kernels.forward(g_, input, weights_, biases_, Activation::kNone, output, context,
                      /*packed=*/nullptr);
    });
    return output;
  };
  const auto input_gradient = [&](TensorView<const float> d_output) {
    const int64_t n = d_output.shape()[0];
    Tensor<float> d_input(InputShape(g_, n));
    RunKernel(pool, kernels.input_gradient_scratch_bytes(g_, n, 2),
              [&](const KernelContext& context) {
                kernels.input_gradient(g_, d_output, weights_, d_input, context);
              });
    return d_input;
  };
  const Tensor<float> output = forward(input_);
  for (int64_t n = 0; n < batch_; ++n) {
    const Tensor<float> one = forward(input_.view().Samples(n, 1));
    EXPECT_TRUE(SameBits(one.span(), output.view().Sample(n).span())) << n;
  }
  if (kernels.input_gradient == nullptr) return;
  const Tensor<float> d_input = input_gradient(d_output_);
  for (int64_t n = 0; n < batch_; ++n) {
    const Tensor<float> one = input_gradient(d_output_.view().Samples(n, 1));
    EXPECT_TRUE(SameBits(one.span(), d_input.view().Sample(n).span())) << n;
  }
}

void ConvolutionKernelsTest::ExpectScratchMemoryThatDoesNotShrink(
    const ConvolutionKernels& kernels) const {
  for (auto* const scratch_bytes :
       {kernels.forward_scratch_bytes, kernels.input_gradient_scratch_bytes,
        kernels.weight_gradient_scratch_bytes}) {
    if (scratch_bytes == nullptr) continue;
    for (const int threads : {1, 3}) {
      int64_t before = 0;
      for (int64_t batch = 1; batch <= 60; ++batch) {
        const int64_t bytes = scratch_bytes(g_, batch, threads);
        EXPECT_GE(bytes, before) << batch;
        before = bytes;
      }
    }
  }
}

}  // namespace ocellus
