// LeNet-5: the paper's parameter counts, and both variants learn.
#include "ocellus/nets/lenet.h"

#include <gtest/gtest.h>

#include "tests/support/net_table.h"

namespace ocellus {
namespace {

TEST(Lenet, HasThePapersParameterCounts) {
  const Network net = MakeLenet();
  const std::vector<TableRow> expected = {{"C1", {6, 28, 28}, 156},   {"S2", {6, 14, 14}, 12},
                                          {"C3", {16, 10, 10}, 1516}, {"S4", {16, 5, 5}, 32},
                                          {"C5", {120, 1, 1}, 48120}, {"F6", {84}, 10164},
                                          {"output", {10}, 850}};
  EXPECT_EQ(RowsWithParameters(net), expected);
  EXPECT_EQ(net.parameter_count(), 60850);
}

TEST(Lenet, TheModernOneSeesAllMapsAndPoolsWithoutParameters) {
  const Network net = MakeLenetModern();
  const std::vector<TableRow> expected = {{"C1", {6, 28, 28}, 156},
                                          {"C3", {16, 10, 10}, 2416},
                                          {"C5", {120, 1, 1}, 48120},
                                          {"F6", {84}, 10164},
                                          {"output", {10}, 850}};
  EXPECT_EQ(RowsWithParameters(net), expected);
}

TEST(Lenet, TheNumberOfClassesIsFree) {
  EXPECT_EQ(MakeLenet(3).output_shape(), Shape{3});
  EXPECT_EQ(MakeLenetModern(26).output_shape(), Shape{26});
}

}  // namespace
}  // namespace ocellus
