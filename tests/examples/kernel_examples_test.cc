// The C++ at the beginning of the headers of ocellus/kernels/, as it stands there.
#include <fmt/core.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "ocellus/kernels/convolution_filters.h"
#include "ocellus/kernels/machine_limits.h"
#include "ocellus/kernels/simd_target.h"

namespace ocellus {
namespace {

TEST(KernelExamples, ConvolutionFilters) {
  const ConvolutionGeometry g =
      MakeConvolutionGeometry(2, {5, 6}, 3, 1, {.size = 3, .padding = 1}, "example");
  const Tensor<float> weights({3, 2, 3, 3}), input({1, 2, 5, 6}), d_output({1, 3, 5, 6});
  Tensor<float> output({1, 3, 5, 6}), d_input({1, 2, 5, 6});
  std::vector<bool> flipped;
  const auto Run = [&](const ConvolutionGeometry& geometry, TensorView<const float> from,
                       const ConvolutionFilters& filters, TensorView<float> to) {
    EXPECT_EQ(from.shape()[1], geometry.in_channels);
    EXPECT_EQ(to.shape()[1], geometry.out_channels);
    flipped.push_back(filters.flipped);
  };
  Run(g, input, ForwardFilters(g, weights), output);
  Run(InputGradientGeometry(g), d_output, InputGradientFilters(g, weights), d_input);
  EXPECT_EQ(flipped, std::vector<bool>({false, true}));
}

TEST(KernelExamples, MachineLimits) {
  ThreadPool pool(2);
  const double peak = MeasureFmaPeak(pool);                     // GFLOP/s of 2 threads
  const double memory = MeasureReadBandwidth(pool, 256 << 20);  // GB/s from memory
  EXPECT_GT(peak, 0);
  EXPECT_GT(memory, 0);
}

TEST(KernelExamples, SimdTarget) {
  const std::vector<std::string> supported = SupportedSimdTargets();
  if (std::ranges::find(supported, "avx2") == supported.end()) {
    GTEST_SKIP() << "this processor has no AVX2";
  }
  testing::internal::CaptureStdout();
  ocellus::SetSimdTarget("avx2");
  fmt::print("kernels use {}\n", ocellus::CurrentSimdTarget());
  ocellus::SetSimdTarget("");  // the best again
  EXPECT_EQ(testing::internal::GetCapturedStdout(), "kernels use avx2\n");
  EXPECT_EQ(CurrentSimdTarget(), supported[0]);
}

}  // namespace
}  // namespace ocellus
