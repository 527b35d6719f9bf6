// Control characters are shown, everything else stays.
#include "ocellus/base/printable.h"

#include <gtest/gtest.h>

#include <string_view>

namespace ocellus {
namespace {

TEST(Printable, ShowsControlCharactersAsNumbers) {
  EXPECT_EQ(Printable("\x1b[31mred"), "\\x1b[31mred");
  EXPECT_EQ(Printable(std::string_view("a\0b\n\x1f\x7f", 6)), "a\\x00b\\x0a\\x1f\\x7f");
}

TEST(Printable, LeavesWhatIsAllowed) { EXPECT_EQ(Printable("a\nb\tc\r", "\n\t"), "a\nb\tc\\x0d"); }

TEST(Printable, LeavesAllOthersAlone) {
  EXPECT_EQ(Printable(""), "");
  EXPECT_EQ(Printable(" ~conv1.weights"), " ~conv1.weights");
  EXPECT_EQ(Printable("\xe5\x8d\xb7"), "\xe5\x8d\xb7");
}

}  // namespace
}  // namespace ocellus
