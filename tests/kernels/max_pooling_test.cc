// Max pooling kernels: the same bits as the reference, whose operations on floats are exact.
#include "ocellus/kernels/max_pooling.h"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "ocellus/kernels/simd_target.h"
#include "ocellus/reference/max_pooling_reference.h"
#include "tests/support/compare.h"
#include "tests/support/kernel_run.h"

namespace ocellus {
namespace {

struct Case {
  int64_t batch;
  int64_t channels;
  Extent input;
  Window window;
};

const Case kCases[] = {
    {1, 1, {2, 2}, {.size = 2, .stride = 2}},
    {3, 5, {24, 24}, {.size = 2, .stride = 2}},
    {2, 3, {6, 34}, {.size = 2, .stride = 2}},
    {2, 3, {4, 62}, {.size = 2, .stride = 2}},
    {1, 2, {7, 9}, {.size = 2, .stride = 2, .rounding = Rounding::kFloor}},
    {2, 2, {13, 15}, {.size = 3, .stride = 2}},
    {2,
     3,
     {7, 8},
     {.size = {3, 2}, .stride = {2, 3}, .padding = {1, 1}, .rounding = Rounding::kCeil}},
    {1, 2, {9, 11}, {.size = {2, 3}, .stride = 1, .padding = {0, 2}, .dilation = {3, 2}}},
};

TEST(MaxPoolingKernels, MatchTheReferenceBitByBitOnEveryTargetAndNumberOfThreads) {
  for (const Case& c : kCases) {
    SCOPED_TRACE(c.input.ToString());
    const PoolingGeometry geometry = MakePoolingGeometry(c.channels, c.input, c.window, "test");
    const Shape input_shape{c.batch, c.channels, c.input.h, c.input.w};
    const Shape output_shape{c.batch, c.channels, geometry.output.h, geometry.output.w};
    Tensor<float> input = RandomTensor(input_shape, 1);  // with equal zeros, so with ties
    input[input.elements() / 2] = std::nanf("");
    const Tensor<float> d_output = RandomTensor(output_shape, 2);
    Tensor<double> expected(output_shape), d_expected(input_shape);
    std::vector<int32_t> winners(static_cast<size_t>(output_shape.elements()));
    reference::MaxPoolingForward(geometry, ConvertTo<double>(input.view()), expected, winners);
    reference::MaxPoolingInputGradient(geometry, ConvertTo<double>(d_output.view()), winners,
                                       d_expected);
    for (const std::string& target : SupportedSimdTargets()) {
      SetSimdTarget(target);
      SCOPED_TRACE(target);
      for (const int threads : {1, 3}) {
        ThreadPool pool(threads);
        GuardedTensor output(output_shape), unkept(output_shape), d_input(input_shape);
        std::vector<int32_t> found(winners.size(), -1);
        RunKernel(pool, 0, [&](const KernelContext& context) {
          MaxPoolingForward(geometry, input, output.view(), found, context);
          MaxPoolingForward(geometry, input, unkept.view(), {}, context);
          MaxPoolingInputGradient(geometry, d_output, found, d_input.view(), context);
        });
        EXPECT_EQ(found, winners);
        EXPECT_TRUE(SameBits(unkept.span(), output.span()));
        for (int64_t i = 0; i < expected.elements(); ++i) {
          const auto value = static_cast<float>(expected[i]);
          EXPECT_TRUE(std::isnan(value) ? std::isnan(output.span()[static_cast<size_t>(i)])
                                        : output.span()[static_cast<size_t>(i)] == value);
        }
        EXPECT_TRUE(AllNear(d_input.span(), d_expected.span(), {.terms = 9, .magnitude = 9}));
        EXPECT_TRUE(output.GuardsAreIntact() && unkept.GuardsAreIntact() &&
                    d_input.GuardsAreIntact());
      }
    }
    SetSimdTarget("");
  }
}

}  // namespace
}  // namespace ocellus
