// Numbers and blocks of lines as text.
#include "ocellus/view/text_lines.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/error_text.h"

namespace ocellus {
namespace {

using testing::ElementsAre;

TEST(Cell, PutsANumberAtTheRightOfItsWidth) {
  EXPECT_EQ(Number(-2), "-2");
  EXPECT_EQ(Number(0.123456), "0.1235");
  const std::vector<double> values = {3, -10, 0.5};
  EXPECT_EQ(NumberWidth(values), 3);
  EXPECT_EQ(NumberWidth({}), 1);
  EXPECT_EQ(Cell("3", 3, Mark::kNone), "   3 ");
  EXPECT_EQ(Cell("3", 3, Mark::kBrackets), "[  3]");
}

TEST(Beside, FillsShorterBlocksUp) {
  EXPECT_THAT(Beside({{"ab", "c"}, {"d"}, {"e", "fg", "h"}}, "|"),
              ElementsAre("ab|d|e ", "c | |fg", "  | |h "));
  EXPECT_THAT(Beside({{"ab"}}, "|"), ElementsAre("ab"));
  EXPECT_TRUE(Beside({}, "|").empty());
}

TEST(NarrowText, CutsSpacesAndRefusesWideLines) {
  NarrowText text("here", 5);
  text.Add("a title of any width  ");
  text.Add();
  text.Add(Lines{"12345", " 3   "}, "the part", "take less");
  EXPECT_EQ(text.text(), "a title of any width\n\n12345\n 3\n");
  EXPECT_EQ(ErrorText([&] { text.Add(Lines{"123456"}, "the part", "take less"); }),
            "here: the part would be 6 characters wide, a line has 5; take less");
}

}  // namespace
}  // namespace ocellus
