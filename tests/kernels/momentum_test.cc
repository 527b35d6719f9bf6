// Momentum and Nesterov's form of it in float against the references.
#include "ocellus/kernels/momentum.h"

#include <gtest/gtest.h>

#include "ocellus/reference/momentum_reference.h"
#include "tests/support/check_failure.h"
#include "tests/support/update_check.h"
#include "tests/support/vector_sizes.h"

namespace ocellus {
namespace {

class MomentumTest : public testing::TestWithParam<int64_t> {};

// No constant has its default.
constexpr MomentumStep kMomentumStep{
    .learning_rate = 0.25, .momentum = 0.7, .terms = {.scale = 0.5, .decay = 0.3}};

TEST_P(MomentumTest, StepsAreThoseOfTheReference) {
  ExpectUpdateOfTheReference(GetParam(), kMomentumStep, MomentumUpdate, reference::MomentumUpdate,
                             /*amplification=*/3);
}

TEST_P(MomentumTest, NesterovsStepsAreThoseOfTheReference) {
  ExpectUpdateOfTheReference(GetParam(), kMomentumStep, NesterovUpdate, reference::NesterovUpdate,
                             /*amplification=*/3);
}

INSTANTIATE_TEST_SUITE_P(Sizes, MomentumTest, testing::ValuesIn(kVectorSizes));

TEST(Momentum, RefusesOperandsOfOtherSizes) {
  Tensor<float> four({4}, 0.0f), five({5}, 0.0f);
  ThreadPool pool(1);
  for (const auto update : {MomentumUpdate, NesterovUpdate}) {
    EXPECT_THROW(update({}, five.span(), four.span(), four.span(), {pool, {}}), CheckFailure);
    EXPECT_THROW(update({}, four.span(), five.span(), four.span(), {pool, {}}), CheckFailure);
    EXPECT_THROW(update({}, four.span(), four.span(), five.span(), {pool, {}}), CheckFailure);
  }
}

}  // namespace
}  // namespace ocellus
