// Memory: its alignment, its ends, and huge pages.
#include "ocellus/base/aligned_buffer.h"

#include <gtest/gtest.h>

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <limits>
#include <string>
#include <utility>

#include "ocellus/base/error.h"

namespace ocellus {
namespace {

constexpr int64_t kSizes[] = {1,
                              63,
                              64,
                              65,
                              kMinHugeBytes - 1,
                              kMinHugeBytes,
                              kHugePageBytes - 1,
                              kHugePageBytes,
                              kHugePageBytes + 1,
                              kHugePageBytes + kMinHugeBytes,
                              5 * kHugePageBytes + 12345};

bool IsAligned(const void* pointer, int64_t alignment) {
  return reinterpret_cast<uintptr_t>(pointer) % static_cast<uintptr_t>(alignment) == 0;
}

TEST(AlignedBuffer, IsAlignedAndUsableToItsEnd) {
  for (const int64_t size : kSizes) {
    SCOPED_TRACE(size);
    AlignedBuffer<std::byte> buffer(size);
    EXPECT_EQ(buffer.size(), size);
    EXPECT_TRUE(IsAligned(buffer.data(), kAlignmentBytes));
    if (size >= kMinHugeBytes) {
      EXPECT_TRUE(IsAligned(buffer.data(), kHugePageBytes));
    }
    buffer[0] = std::byte{1};
    buffer[size - 1] = std::byte{2};
    EXPECT_EQ(buffer[size - 1], std::byte{2});
  }
}

TEST(AlignedBuffer, OfNothingHoldsNothing) {
  const AlignedBuffer<float> buffer(0);
  EXPECT_EQ(buffer.data(), nullptr);
  EXPECT_TRUE(buffer.span().empty());
}

TEST(AlignedBuffer, MovesLeaveNothingBehind) {
  AlignedBuffer<float> from(10);
  const float* const data = from.data();
  AlignedBuffer<float> to;
  to = std::move(from);
  EXPECT_EQ(to.data(), data);
  EXPECT_EQ(to.size(), 10);
  EXPECT_EQ(from.data(), nullptr);  // NOLINT(bugprone-use-after-move)
  EXPECT_EQ(from.size(), 0);
}

TEST(AlignedBuffer, RefusesSizesThatOverflow) {
  constexpr int64_t kMost = std::numeric_limits<int64_t>::max();
  EXPECT_THROW(AlignedBuffer<double>(kMost / 4), Error);
  EXPECT_THROW(AlignedBuffer<std::byte>(kMost - 10), Error);
}

// The flags of the mapping that the address lies in, as Linux lists them; empty if it does not.
std::string MappingFlags(const void* pointer) {
  const auto address = reinterpret_cast<uintptr_t>(pointer);
  std::ifstream smaps("/proc/self/smaps");
  bool is_here = false;
  for (std::string line; std::getline(smaps, line);) {
    unsigned long begin = 0;
    unsigned long end = 0;
    if (std::sscanf(line.c_str(), "%lx-%lx ", &begin, &end) == 2) {
      is_here = begin <= address && address < end;
    } else if (is_here && line.starts_with("VmFlags:")) {
      return line;
    }
  }
  return {};
}

TEST(AlignedBuffer, AsksForHugePagesWhereItIsLarge) {
  if (!std::filesystem::exists("/sys/kernel/mm/transparent_hugepage")) {
    GTEST_SKIP() << "this system has no huge pages that can be asked for";
  }
  const AlignedBuffer<std::byte> large(5 * kHugePageBytes);
  const std::string flags = MappingFlags(large.data());
  EXPECT_NE(flags.find(" hg"), std::string::npos) << flags;
  EXPECT_NE(MappingFlags(large.data() + large.size() - 1).find(" hg"), std::string::npos);
}

}  // namespace
}  // namespace ocellus
