// Average pooling kernels against the reference.
#include "ocellus/kernels/average_pooling.h"

#include <gtest/gtest.h>

#include "ocellus/reference/average_pooling_reference.h"
#include "tests/support/compare.h"
#include "tests/support/kernel_run.h"

namespace ocellus {
namespace {

TEST(AveragePoolingKernels, MatchTheReferenceWhicheverWayPaddingCounts) {
  const Window windows[] = {
      {.size = 1},
      {.size = 2, .stride = 2},
      {.size = {3, 2}, .stride = {2, 3}, .padding = {1, 1}, .rounding = Rounding::kCeil},
      {.size = {3, 4}, .stride = {1, 2}, .padding = {2, 1}, .rounding = Rounding::kFloor},
      {.size = {2, 3}, .padding = {1, 2}, .dilation = {2, 2}},
  };
  for (const Window& window : windows) {
    const PoolingGeometry geometry = MakePoolingGeometry(3, {10, 8}, window, "test");
    const Shape input_shape{2, 3, 10, 8};
    const Shape output_shape{2, 3, geometry.output.h, geometry.output.w};
    const Tensor<float> input = RandomTensor(input_shape, 1);
    const Tensor<float> d_output = RandomTensor(output_shape, 2);
    for (const PaddingCount count : {PaddingCount::kExclude, PaddingCount::kInclude}) {
      Tensor<double> expected(output_shape), d_expected(input_shape);
      reference::AveragePoolingForward(geometry, count, ConvertTo<double>(input.view()), expected);
      reference::AveragePoolingInputGradient(geometry, count, ConvertTo<double>(d_output.view()),
                                             d_expected);
      for (const int threads : {1, 2, 7}) {
        ThreadPool pool(threads);
        GuardedTensor output(output_shape), d_input(input_shape);
        RunKernel(pool, 0, [&](const KernelContext& context) {
          AveragePoolingForward(geometry, count, input, output.view(), context);
          AveragePoolingInputGradient(geometry, count, d_output, d_input.view(), context);
        });
        EXPECT_TRUE(AllNear(output.span(), expected.span(), {.terms = 12, .magnitude = 1}));
        EXPECT_TRUE(AllNear(d_input.span(), d_expected.span(), {.terms = 12, .magnitude = 12}));
        EXPECT_TRUE(output.GuardsAreIntact() && d_input.GuardsAreIntact());
      }
    }
  }
}

}  // namespace
}  // namespace ocellus
