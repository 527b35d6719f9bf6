// AdaGrad in float against the reference.
#include "ocellus/kernels/ada_grad.h"

#include <gtest/gtest.h>

#include "ocellus/reference/ada_grad_reference.h"
#include "tests/support/check_failure.h"
#include "tests/support/update_check.h"
#include "tests/support/vector_sizes.h"

namespace ocellus {
namespace {

class AdaGradTest : public testing::TestWithParam<int64_t> {};

// No constant has its default.
constexpr AdaGradStep kAdaGradStep{
    .learning_rate = 0.25, .epsilon = 0.01, .terms = {.scale = 0.5, .decay = 0.3}};

TEST_P(AdaGradTest, StepsAreThoseOfTheReference) {
  // The denominator is at least epsilon.
  ExpectUpdateOfTheReference(GetParam(), kAdaGradStep, AdaGradUpdate, reference::AdaGradUpdate,
                             /*amplification=*/kAdaGradStep.learning_rate / kAdaGradStep.epsilon);
}

INSTANTIATE_TEST_SUITE_P(Sizes, AdaGradTest, testing::ValuesIn(kVectorSizes));

TEST(AdaGrad, NothingMovesWithoutAGradient) {
  const Tensor<float> start({5}, 2.0f);
  Tensor<float> parameters({5}, 2.0f), state({5}, 0.0f);
  const Tensor<float> gradient({5}, 0.0f);
  ThreadPool pool(1);
  AdaGradUpdate({}, gradient.span(), parameters.span(), state.span(), {pool, {}});
  EXPECT_TRUE(SameBits(parameters, start));
}

TEST(AdaGrad, RefusesOperandsOfOtherSizes) {
  Tensor<float> four({4}, 0.0f), five({5}, 0.0f);
  ThreadPool pool(1);
  EXPECT_THROW(AdaGradUpdate({}, five.span(), four.span(), four.span(), {pool, {}}), CheckFailure);
  EXPECT_THROW(AdaGradUpdate({}, four.span(), five.span(), four.span(), {pool, {}}), CheckFailure);
  EXPECT_THROW(AdaGradUpdate({}, four.span(), four.span(), five.span(), {pool, {}}), CheckFailure);
}

}  // namespace
}  // namespace ocellus
