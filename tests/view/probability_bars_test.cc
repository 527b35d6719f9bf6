// Which classes get a bar, in which order, and how long.
#include "ocellus/view/probability_bars.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/support/picture_pixels.h"
#include "tests/support/picture_text.h"

namespace ocellus {
namespace {

TEST(ClassName, IsTheNumberIfThereIsNoName) {
  const std::vector<std::string> names = {"ape", "bee"};
  EXPECT_EQ(ClassName(names, 0), "ape");
  EXPECT_EQ(ClassName(names, 1), "bee");
  EXPECT_EQ(ClassName(names, 2), "2");
  EXPECT_EQ(ClassName({}, 0), "0");
}

TEST(ProbabilityBars, HasTheMostProbableClassesFirst) {
  const std::vector<std::string> names = {"ape", "bee", "cat"};
  const std::vector<float> probabilities = {0.25f, 0.125f, 0.5f, 0.125f};
  const Block bars = ProbabilityBars(probabilities, names, /*top=*/3);
  EXPECT_EQ(bars.height, 3 * 26);
  const Image page = DrawPage("", {}, bars);
  const auto first = FindText(page, "cat", page::kCaption);
  const auto second = FindText(page, "ape", page::kCaption);
  const auto third = FindText(page, "bee", page::kCaption);  // the first of equal ones
  ASSERT_TRUE(first && second && third);
  EXPECT_LT(first->y, second->y);
  EXPECT_LT(second->y, third->y);
  EXPECT_FALSE(ShowsText(page, "3", page::kCaption));
  for (const char* number : {"50.00%", "25.00%", "12.50%"}) {
    EXPECT_TRUE(ShowsText(page, number, page::kCaption)) << number;
  }
  const Rectangle all{.x = 0,
                      .y = 0,
                      .width = static_cast<double>(page.width),
                      .height = static_cast<double>(page.height)};
  const auto length = [&](Colour colour) {
    return static_cast<double>(CountColour(page, all, colour)) / 18;
  };
  EXPECT_NEAR(length(colours::kBlue), 0.5 * 280, 1);
  EXPECT_NEAR(length(colours::kPaleBlue), (0.25 + 0.125) * 280, 1);
}

}  // namespace
}  // namespace ocellus
