// The squared length against the reference.
#include "ocellus/kernels/sum_of_squares.h"

#include <gtest/gtest.h>

#include "ocellus/reference/sum_of_squares_reference.h"
#include "tests/support/check_failure.h"
#include "tests/support/compare.h"
#include "tests/support/kernel_run.h"
#include "tests/support/vector_sizes.h"

namespace ocellus {
namespace {

class SumOfSquaresTest : public testing::TestWithParam<int64_t> {};

TEST_P(SumOfSquaresTest, IsThatOfTheReference) {
  const int64_t size = GetParam();
  const Tensor<float> values = RandomTensor({size}, 1);
  const double expected = reference::SumOfSquares(ConvertTo<double>(values.view()).span());
  // Each of the reference's additions is off by at most half an epsilon of the sum.
  const double bound =
      std::numeric_limits<double>::epsilon() / 2 * static_cast<double>(size) * expected;
  const GuardedTensor guarded(values);
  RunEverywhere([&](int) { return SumOfSquaresScratchBytes(size); },
                [&](const KernelContext& context) {
                  const double sum = SumOfSquares(guarded.view().span(), context);
                  EXPECT_TRUE(std::abs(sum - expected) <= bound) << sum << " and " << expected;
                  // The bits of the sum, for the comparison between numbers of threads.
                  GuardedTensor bits({2});
                  std::memcpy(bits.span().data(), &sum, sizeof(sum));
                  return bits;
                },
                [](TensorView<const float>) { return testing::AssertionSuccess(); });
}

INSTANTIATE_TEST_SUITE_P(Sizes, SumOfSquaresTest, testing::ValuesIn(kVectorSizes));

TEST(SumOfSquares, DoesNotOverflowAndLosesNothing) {
  ThreadPool pool(1);
  alignas(kAlignmentBytes) std::byte scratch[8];
  const KernelContext context{pool, scratch};
  const Tensor<float> large({3}, 3e38f), small({100}, 1e-30f);
  EXPECT_DOUBLE_EQ(SumOfSquares(large.span(), context), 3 * double{3e38f} * double{3e38f});
  EXPECT_DOUBLE_EQ(SumOfSquares(small.span(), context), 100 * double{1e-30f} * double{1e-30f});
  EXPECT_TRUE(std::isnan(SumOfSquares(Tensor<float>({40}, std::nanf("")).span(), context)));
  EXPECT_EQ(SumOfSquares({}, context), 0);
}

TEST(SumOfSquares, ChecksItsScratchMemory) {
  ThreadPool pool(1);
  const Tensor<float> values({16385}, 1.0f);
  EXPECT_EQ(SumOfSquaresScratchBytes(16385), 16);
  alignas(kAlignmentBytes) std::byte scratch[8];
  EXPECT_THROW(SumOfSquares(values.span(), {pool, scratch}), CheckFailure);
}

}  // namespace
}  // namespace ocellus
