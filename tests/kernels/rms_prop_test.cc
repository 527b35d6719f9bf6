// RMSProp in float against the reference.
#include "ocellus/kernels/rms_prop.h"

#include <gtest/gtest.h>

#include "ocellus/reference/rms_prop_reference.h"
#include "tests/support/check_failure.h"
#include "tests/support/update_check.h"
#include "tests/support/vector_sizes.h"

namespace ocellus {
namespace {

class RmsPropTest : public testing::TestWithParam<int64_t> {};

// No constant has its default.
constexpr RmsPropStep kRmsPropStep{.learning_rate = 0.25,
                                   .decay_rate = 0.8,
                                   .epsilon = 0.01,
                                   .terms = {.scale = 0.5, .decay = 0.3}};

TEST_P(RmsPropTest, StepsAreThoseOfTheReference) {
  // The denominator is at least epsilon.
  ExpectUpdateOfTheReference(GetParam(), kRmsPropStep, RmsPropUpdate, reference::RmsPropUpdate,
                             /*amplification=*/kRmsPropStep.learning_rate / kRmsPropStep.epsilon);
}

INSTANTIATE_TEST_SUITE_P(Sizes, RmsPropTest, testing::ValuesIn(kVectorSizes));

TEST(RmsProp, NothingMovesWithoutAGradient) {
  const Tensor<float> start({5}, 2.0f);
  Tensor<float> parameters({5}, 2.0f), state({5}, 0.0f);
  const Tensor<float> gradient({5}, 0.0f);
  ThreadPool pool(1);
  RmsPropUpdate({}, gradient.span(), parameters.span(), state.span(), {pool, {}});
  EXPECT_TRUE(SameBits(parameters, start));
}

TEST(RmsProp, RefusesOperandsOfOtherSizes) {
  Tensor<float> four({4}, 0.0f), five({5}, 0.0f);
  ThreadPool pool(1);
  EXPECT_THROW(RmsPropUpdate({}, five.span(), four.span(), four.span(), {pool, {}}), CheckFailure);
  EXPECT_THROW(RmsPropUpdate({}, four.span(), five.span(), four.span(), {pool, {}}), CheckFailure);
  EXPECT_THROW(RmsPropUpdate({}, four.span(), four.span(), five.span(), {pool, {}}), CheckFailure);
}

}  // namespace
}  // namespace ocellus
