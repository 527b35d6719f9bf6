// Guarded memory notices one byte on either side.
#include "tests/support/guarded.h"

#include <gmock/gmock.h>

#include <cmath>

#include "ocellus/base/aligned_buffer.h"

namespace ocellus {
namespace {

uintptr_t Address(const void* pointer) { return reinterpret_cast<uintptr_t>(pointer); }

TEST(GuardedBytes, NoticesAByteBeforeAndAByteBehind) {
  GuardedBytes bytes(5, 0);
  std::ranges::fill(bytes.span(), std::byte{0});
  EXPECT_TRUE(bytes.GuardsAreIntact());

  bytes.span().data()[5] = std::byte{0};
  EXPECT_FALSE(bytes.GuardsAreIntact());
  EXPECT_STREQ(bytes.GuardsAreIntact().message(), "byte 1 behind the memory changed");

  GuardedBytes other(5, 0);
  other.span().data()[-1] = std::byte{0};
  EXPECT_FALSE(other.GuardsAreIntact());
  EXPECT_STREQ(other.GuardsAreIntact().message(), "byte 1 before the memory changed");
}

TEST(GuardedBytes, NoticesTheFarEndsOfItsGuards) {
  GuardedBytes bytes(64, 4);
  bytes.span().data()[64 + GuardedBytes::kGuardBytes - 1] = std::byte{0};
  EXPECT_FALSE(bytes.GuardsAreIntact());
  GuardedBytes other(64, 4);
  other.span().data()[-GuardedBytes::kGuardBytes] = std::byte{0};
  EXPECT_FALSE(other.GuardsAreIntact());
}

TEST(GuardedBytes, GuardsNothingAtAllToo) {
  GuardedBytes bytes(0, 0);
  EXPECT_TRUE(bytes.span().empty());
  EXPECT_TRUE(bytes.GuardsAreIntact());
  bytes.span().data()[0] = std::byte{1};
  EXPECT_FALSE(bytes.GuardsAreIntact());
}

TEST(GuardedBytes, BeginsWhereItShould) {
  GuardedBytes aligned(100, 0), behind(100, 4);
  EXPECT_EQ(Address(aligned.span().data()) % kAlignmentBytes, 0u);
  EXPECT_EQ(Address(behind.span().data()) % kAlignmentBytes, 4u);
}

TEST(GuardedTensor, StartsAsNanAndIsNotAligned) {
  GuardedTensor tensor({2, 3});
  for (const float element : tensor.span()) EXPECT_TRUE(std::isnan(element));
  EXPECT_TRUE(std::isnan(tensor.view().data()[-1])) << "reading too far shows";
  EXPECT_TRUE(std::isnan(tensor.view().data()[6]));
  EXPECT_EQ(Address(tensor.view().data()) % kAlignmentBytes, sizeof(float));
  Guarded<int32_t> integers({2});
  EXPECT_EQ(integers.span()[1], -1);
}

TEST(GuardedTensor, CopiesContentsAndNoticesOneElementTooMany) {
  const Tensor<double> contents({3}, 7.0);
  Guarded<double> tensor(contents);
  EXPECT_THAT(tensor.span(), testing::Each(7.0));
  EXPECT_TRUE(tensor.GuardsAreIntact());
  tensor.view().data()[3] = 7.0;
  EXPECT_FALSE(tensor.GuardsAreIntact());
}

TEST(GuardedTensor, KeepsItsGuardsWhenMoved) {
  GuardedTensor tensor({4});
  GuardedTensor moved = std::move(tensor);
  EXPECT_TRUE(moved.GuardsAreIntact());
  moved.view().data()[4] = 0;
  EXPECT_FALSE(moved.GuardsAreIntact());
}

}  // namespace
}  // namespace ocellus
