// Addition in float: exactly the rounded sums.
#include "ocellus/kernels/add.h"

#include <gtest/gtest.h>

#include "tests/support/check_failure.h"
#include "tests/support/compare.h"
#include "tests/support/kernel_run.h"
#include "tests/support/vector_sizes.h"

namespace ocellus {
namespace {

class AddTest : public testing::TestWithParam<int64_t> {};

TEST_P(AddTest, AddsToWhatIsThere) {
  const Tensor<float> term = RandomTensor({GetParam()}, 1);
  const Tensor<float> start = RandomTensor({GetParam()}, 2);
  Tensor<float> expected = start.Clone();
  for (int64_t i = 0; i < expected.elements(); ++i) expected[i] += term[i];
  const GuardedTensor guarded_term(term);
  RunEverywhere(
      kNoScratch,
      [&](const KernelContext& context) {
        GuardedTensor sum(start);
        AccumulateAdd(guarded_term.view(), sum.view(), context);
        return sum;
      },
      [&](TensorView<const float> sum) { return SameBits(sum, expected); });
}

TEST_P(AddTest, OverwritesTheSumAlsoInPlace) {
  const Tensor<float> a = RandomTensor({GetParam()}, 1), b = RandomTensor({GetParam()}, 2);
  Tensor<float> expected = a.Clone();
  for (int64_t i = 0; i < expected.elements(); ++i) expected[i] += b[i];
  const GuardedTensor guarded_a(a), guarded_b(b);
  const auto check = [&](TensorView<const float> sum) { return SameBits(sum, expected); };
  RunEverywhere(
      kNoScratch,
      [&](const KernelContext& context) {
        GuardedTensor sum(a.view().shape());
        AddForward(guarded_a.view(), guarded_b.view(), sum.view(), context);
        return sum;
      },
      check);
  RunEverywhere(
      kNoScratch,
      [&](const KernelContext& context) {
        GuardedTensor sum(a);
        AddForward(sum.view(), guarded_b.view(), sum.view(), context);
        return sum;
      },
      check);
}

INSTANTIATE_TEST_SUITE_P(Sizes, AddTest, testing::ValuesIn(kVectorSizes));

TEST(Add, RefusesOperandsOfOtherShapes) {
  Tensor<float> a({2, 2}, 0.0f), b({4}, 0.0f);
  ThreadPool pool(1);
  EXPECT_THROW(AccumulateAdd(a, b, {pool, {}}), CheckFailure);
  EXPECT_THROW(AddForward(b, a, a, {pool, {}}), CheckFailure);
  EXPECT_THROW(AddForward(a, b, a, {pool, {}}), CheckFailure);
}

}  // namespace
}  // namespace ocellus
