// IDX files, good and bad, plain and compressed.
#include "ocellus/data/idx.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "ocellus/base/error.h"
#include "ocellus/base/random.h"
#include "tests/support/error_text.h"
#include "tests/support/idx_bytes.h"
#include "tests/support/mutate.h"
#include "tests/support/temporary_folder.h"

namespace ocellus {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

constexpr std::string_view kElements(
    "\x00\x01\x02\xfd\xfe\xff"
    "abcdef",
    12);

Tensor<uint8_t> Parse(std::string_view bytes, int rank) {
  return ParseIdx({reinterpret_cast<const uint8_t*>(bytes.data()), bytes.size()}, rank, "a.idx");
}

std::string ErrorOf(std::string_view bytes, int rank = 3) {
  return ErrorText([&] { Parse(bytes, rank); });
}

TEST(Idx, ReadsImagesPlainOrCompressedWhateverTheirName) {
  const TemporaryFolder folder;
  const std::string plain = IdxBytes({2, 3, 2}, kElements);
  for (const std::string& bytes : {plain, GzipBytes(plain)}) {
    for (const char* name : {"images", "images.gz"}) {
      const Tensor<uint8_t> images = ReadIdx(WriteBytes(folder / name, bytes), 3);
      EXPECT_EQ(images.shape(), (Shape{2, 3, 2}));
      EXPECT_THAT(images.span(),
                  testing::ElementsAre(0, 1, 2, 253, 254, 255, 'a', 'b', 'c', 'd', 'e', 'f'));
    }
  }
}

TEST(Idx, ReadsLabels) {
  const Tensor<uint8_t> labels = Parse(IdxBytes({3}, "\x07\x01\x09"), 1);
  EXPECT_EQ(labels.shape(), (Shape{3}));
  EXPECT_THAT(labels.span(), testing::ElementsAre(7, 1, 9));
}

TEST(Idx, ReadsMoreThanOneBlockOfZlib) {
  std::string elements(100'000, '\0');
  Random random(/*seed=*/3, /*stream=*/0);
  for (char& element : elements) element = static_cast<char>(random.Below(256));
  const Tensor<uint8_t> values = Parse(GzipBytes(IdxBytes({10, 100, 100}, elements)), 3);
  EXPECT_EQ(std::string(values.span().begin(), values.span().end()), elements);
}

TEST(Idx, ReadsSeveralGzipMembersAsOneFile) {
  const std::string plain = IdxBytes({2, 3, 2}, kElements);
  const std::string nothing = GzipBytes("");
  for (size_t cut = 0; cut <= plain.size(); ++cut) {
    const std::string members =
        GzipBytes(plain.substr(0, cut)) + nothing + GzipBytes(plain.substr(cut));
    const Tensor<uint8_t> images = Parse(members, 3);
    EXPECT_THAT(images.span(), testing::ElementsAreArray(Parse(plain, 3).span())) << cut;
    EXPECT_EQ(ErrorOf(members + "!"), "a.idx: 1 bytes follow the end of the gzip data");
    EXPECT_EQ(ErrorOf(members.substr(0, members.size() - 1)), "a.idx: the gzip data is truncated");
  }
  EXPECT_EQ(ErrorOf(GzipBytes(plain) + GzipBytes("!")),
            "a.idx: expected 12 bytes for 2x3x2 elements, found 13; something follows the last "
            "element");
}

TEST(Idx, NamesTheFileThatCannotBeRead) {
  const TemporaryFolder folder;
  const auto error_of = [&](const char* name) {
    return ErrorText([&] { ReadIdx(folder / name, 3); });
  };
  const std::string path = (folder / "").string();
  EXPECT_EQ(error_of("missing"), path + "missing: cannot be read: No such file or directory");
  WriteBytes(folder / "empty", "");
  EXPECT_EQ(error_of("empty"), path + "empty: the file is empty");
  EXPECT_EQ(error_of("."), path + ".: expected a file, found a folder");
}

TEST(Idx, RefusesAnotherFormatTypeOrRank) {
  const std::string good = IdxBytes({2, 3, 2}, kElements);
  ASSERT_EQ(ErrorOf(good), "no error");
  EXPECT_EQ(ErrorOf("\x89PNG and more"),
            "a.idx: expected magic number 0x00000803 (unsigned bytes, 3 axes), found 0x89504e47; "
            "this is not an IDX file");
  std::string floats = good;
  floats[2] = 0x0d;
  EXPECT_EQ(ErrorOf(floats),
            "a.idx: expected magic number 0x00000803 (unsigned bytes, 3 axes), found 0x00000d03");
  EXPECT_EQ(ErrorOf(good, 1),
            "a.idx: expected magic number 0x00000801 (unsigned bytes, 1 axis), found 0x00000803");
}

TEST(Idx, RefusesTruncatedAndOversizedFiles) {
  EXPECT_EQ(ErrorOf(std::string("\0", 1)),
            "a.idx: offset 0: the magic number needs 2 bytes, 1 are left");
  EXPECT_EQ(ErrorOf(IdxBytes({2, 3, 2}, "").substr(0, 14)),
            "a.idx: offset 12: the size of an axis needs 4 bytes, 2 are left");
  const std::string short_file = IdxBytes({2, 3, 2}, kElements.substr(1));
  const std::string long_file = IdxBytes({2, 3, 2}, std::string(kElements) + "!");
  const std::string short_error =
      "a.idx: expected 12 bytes for 2x3x2 elements, found 11; the file is truncated";
  const std::string long_error =
      "a.idx: expected 12 bytes for 2x3x2 elements, found 13; something follows the last element";
  EXPECT_EQ(ErrorOf(short_file), short_error);
  EXPECT_EQ(ErrorOf(long_file), long_error);
  EXPECT_EQ(ErrorOf(GzipBytes(short_file)), short_error);
  EXPECT_EQ(ErrorOf(GzipBytes(long_file)), long_error);
}

TEST(Idx, RefusesDeclaredSizesThatTheFileCannotHold) {
  constexpr uint32_t kHuge = 0xffffffff;
  EXPECT_THAT(ErrorOf(IdxBytes({kHuge, kHuge, kHuge}, kElements)),
              HasSubstr("a.idx: shape 4294967295x4294967295x4294967295: expected at most 2^58"));
  EXPECT_THAT(ErrorOf(IdxBytes({0, 3, 2}, "")), HasSubstr("every size must be at least 1"));
  const std::string huge = IdxBytes({1, kHuge, kHuge >> 8}, kElements);
  EXPECT_EQ(ErrorOf(huge),
            "a.idx: expected 72057589726183425 bytes for 1x4294967295x16777215 "
            "elements, found 12; the file is truncated");
  EXPECT_THAT(ErrorOf(GzipBytes(huge)),
              HasSubstr("a.idx: expected 72057589726183425 bytes for 1x4294967295x16777215 "
                        "elements, which a file of "));
}

// Ends the process, which has 500 MB, after writing the error to stderr.
[[noreturn]] void ParseWithLittleMemory(std::string_view file) {
  const rlimit limit{.rlim_cur = 500'000'000, .rlim_max = 500'000'000};
  if (setrlimit(RLIMIT_AS, &limit) != 0) std::_Exit(1);
  std::fputs(ErrorOf(file).c_str(), stderr);
  std::_Exit(0);
}

TEST(Idx, TakesMemoryOnlyForWhatIsThere) {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  GTEST_SKIP() << "sanitizers need more address space than the test allows";
#endif
  std::string elements(1'000'000, '\0');  // random, so that the file is as long
  Random random(/*seed=*/4, /*stream=*/0);
  for (char& element : elements) element = static_cast<char>(random.Below(256));
  const std::string file = GzipBytes(IdxBytes({1, 1000, 1'000'000}, elements));
  EXPECT_EXIT(ParseWithLittleMemory(file), testing::ExitedWithCode(0),
              "a.idx: expected 1000000000 bytes for 1x1000x1000000 elements, found 1000000; the "
              "file is truncated");
}

TEST(Idx, StopsToUnpackAFileThatGoesOnAndOn) {
  const std::string bomb = GzipBytes(IdxBytes({2, 3, 2}, std::string(40'000'000, '\0')));
  ASSERT_LT(bomb.size(), 50'000u);
  EXPECT_EQ(ErrorOf(bomb),
            "a.idx: expected 12 bytes for 2x3x2 elements, found at least 16777228; "
            "something follows the last element");
}

TEST(Idx, RefusesDamagedGzip) {
  const std::string good = GzipBytes(IdxBytes({2, 3, 2}, kElements));
  ASSERT_EQ(ErrorOf(good), "no error");
  for (size_t size = 2; size < good.size(); ++size) {
    EXPECT_EQ(ErrorOf(good.substr(0, size)), "a.idx: the gzip data is truncated") << size;
  }
  std::string wrong_checksum = good;
  ++wrong_checksum[good.size() - 8];
  EXPECT_EQ(ErrorOf(wrong_checksum), "a.idx: the gzip data is damaged: incorrect data check");
  std::string wrong_length = good;
  ++wrong_length[good.size() - 4];
  EXPECT_EQ(ErrorOf(wrong_length), "a.idx: the gzip data is damaged: incorrect length check");
  EXPECT_EQ(ErrorOf(good + "!"), "a.idx: 1 bytes follow the end of the gzip data");
  EXPECT_EQ(ErrorOf("\x1f\x8b\x07 and more"),
            "a.idx: the gzip data is damaged: unknown compression method");
}

// Whatever happens to a file, it loads or there is an Error that names it.
TEST(Idx, LoadsOrThrowsErrorAfterAnyDamage) {
  const std::string plain = IdxBytes({2, 3, 2}, kElements);
  int loaded = 0;
  int refused = 0;
  Random random(/*seed=*/2, /*stream=*/0);
  for (const std::string& bytes : {plain, GzipBytes(plain)}) {
    for (int i = 0; i < 3000; ++i) {
      std::string damaged = bytes.substr(0, bytes.size() - random.Below(2) * random.Below(9));
      for (uint64_t changes = 1 + random.Below(3); changes > 0; --changes) {
        damaged[random.Below(damaged.size())] = static_cast<char>(random.Below(256));
      }
      const std::string error = ErrorOf(damaged);
      if (error == "no error") {
        ++loaded;
      } else {
        ++refused;
        ASSERT_THAT(error, StartsWith("a.idx: "));
      }
    }
  }
  EXPECT_GT(loaded, 0);  // an element is as good as another
  EXPECT_GT(refused, 1000);
}

// Damaged in any way it is read or refused, and nothing else happens; under the sanitizers this
// also says that no byte outside of the file is touched.
TEST(Idx, IsReadOrRefusedHoweverItIsDamaged) {
  const std::string plain = IdxBytes({2, 3, 2}, kElements);
  for (const std::string& good : {plain, GzipBytes(plain)}) {
    Random random(/*seed=*/1, /*stream=*/0);
    int read = 0, refused = 0;
    for (int i = 0; i < 3000; ++i) {
      const std::vector<uint8_t> bad = Mutate({good.begin(), good.end()}, random);
      try {
        EXPECT_LE(ParseIdx(bad, 3, "a.idx").elements(), 1000);
        ++read;
      } catch (const Error& error) {
        EXPECT_THAT(error.what(), StartsWith("a.idx: "));
        ++refused;
      }
    }
    EXPECT_GT(read, 0);
    EXPECT_GT(refused, 1000);
  }
}

}  // namespace
}  // namespace ocellus
