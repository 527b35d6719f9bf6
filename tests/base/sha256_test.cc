// SHA-256: the examples of FIPS 180-4.
#include "ocellus/base/sha256.h"

#include <fmt/ranges.h>
#include <gtest/gtest.h>

#include <string>

namespace ocellus {
namespace {

TEST(Sha256, AgreesWithTheStandardsExamples) {
  EXPECT_EQ(Sha256().Hexadecimal(),
            "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  Sha256 two_pieces;
  two_pieces.Update("a");
  two_pieces.Update("bc");
  EXPECT_EQ(two_pieces.Hexadecimal(),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  Sha256 as_bytes;
  as_bytes.Update("abc");
  EXPECT_EQ(fmt::format("{:02x}", fmt::join(as_bytes.Digest(), "")),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  Sha256 two_blocks;  // 56 bytes: the padding needs a second block
  two_blocks.Update("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq");
  EXPECT_EQ(two_blocks.Hexadecimal(),
            "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
  Sha256 long_text;
  for (int i = 0; i < 1000; ++i) long_text.Update(std::string(1000, 'a'));
  EXPECT_EQ(long_text.Hexadecimal(),
            "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

}  // namespace
}  // namespace ocellus
