// Stochastic gradient descent in float against the reference.
#include "ocellus/kernels/sgd.h"

#include <gtest/gtest.h>

#include "ocellus/reference/sgd_reference.h"
#include "tests/support/check_failure.h"
#include "tests/support/compare.h"
#include "tests/support/kernel_run.h"
#include "tests/support/vector_sizes.h"

namespace ocellus {
namespace {

class SgdTest : public testing::TestWithParam<int64_t> {};

TEST_P(SgdTest, StepIsThatOfTheReference) {
  constexpr SgdStep kStep{.learning_rate = 0.25, .terms = {.scale = 0.5, .decay = 0.3}};
  const Tensor<float> gradient = RandomTensor({GetParam()}, 1);
  const Tensor<float> start = RandomTensor({GetParam()}, 2);
  Tensor<double> expected = ConvertTo<double>(start.view());
  reference::SgdUpdate(kStep, ConvertTo<double>(gradient.view()).span(), expected.span());
  const double tolerance = SumBound<float>(5, std::max(Largest(start), Largest(gradient)));
  const GuardedTensor guarded_gradient(gradient);
  RunEverywhere(
      kNoScratch,
      [&](const KernelContext& context) {
        GuardedTensor parameters(start);
        SgdUpdate(kStep, guarded_gradient.view().span(), parameters.span(), context);
        return parameters;
      },
      [&](TensorView<const float> parameters) { return AllNear(parameters, expected, tolerance); });
}

INSTANTIATE_TEST_SUITE_P(Sizes, SgdTest, testing::ValuesIn(kVectorSizes));

TEST(Sgd, RefusesOperandsOfOtherSizes) {
  Tensor<float> four({4}, 0.0f), five({5}, 0.0f);
  ThreadPool pool(1);
  EXPECT_THROW(SgdUpdate({}, four.span(), five.span(), {pool, {}}), CheckFailure);
}

}  // namespace
}  // namespace ocellus
