// The hint after an unknown name.
#include "ocellus/base/did_you_mean.h"

#include <gtest/gtest.h>

#include <vector>

namespace ocellus {
namespace {

TEST(EditDistance, CountsTheFourKindsOfMistake) {
  EXPECT_EQ(EditDistance("lenet", "lenet"), 0);
  EXPECT_EQ(EditDistance("lnet", "lenet"), 1);
  EXPECT_EQ(EditDistance("leenet", "lenet"), 1);
  EXPECT_EQ(EditDistance("lemet", "lenet"), 1);
  EXPECT_EQ(EditDistance("elnet", "lenet"), 1);
  EXPECT_EQ(EditDistance("", "abc"), 3);
}

TEST(DidYouMean, NamesTheClosestOrElseAll) {
  const std::vector<std::string> known = {"train", "eval", "predict"};
  EXPECT_EQ(DidYouMean("Trian", known), "; did you mean 'train'?");
  EXPECT_EQ(DidYouMean("fly", known), "; known: train, eval, predict");
  EXPECT_EQ(DidYouMean("fly", {}), "");
}

}  // namespace
}  // namespace ocellus
