// Strict reading: every kind of value, and what is said about a wrong one.
#include "ocellus/layers/option_reader.h"

#include <gtest/gtest.h>

#include "ocellus/base/json.h"
#include "tests/support/error_text.h"

namespace ocellus {
namespace {

TEST(OptionReader, ReadsEveryKindOfValue) {
  const Json json = Json::parse(R"({"i": -3, "one": 5, "two": [5, 3], "x": 0.5, "b": true,
                                    "t": "text", "r": "ceil", "l": [[1, 2], []], "n": [1, 0.5], "w": {"normal": 0.25}})");
  OptionReader reader(json, "here");
  EXPECT_EQ(reader.Integer("i"), -3);
  EXPECT_EQ(reader.ExtentOf("one"), (Extent{5, 5}));
  EXPECT_EQ(reader.ExtentOf("two"), (Extent{5, 3}));
  EXPECT_EQ(reader.IntegerListsOr("l", {}), (std::vector<std::vector<int64_t>>{{1, 2}, {}}));
  EXPECT_EQ(reader.NumberOr("x", 1), 0.5);
  EXPECT_EQ(reader.NumbersOr("n", {}), (std::vector<double>{1, 0.5}));
  EXPECT_TRUE(reader.BooleanOr("b", false));
  EXPECT_EQ(reader.TextOr("t", ""), "text");
  EXPECT_EQ(reader.RoundingOr("r", Rounding::kExact), Rounding::kCeil);
  EXPECT_EQ(reader.InitializerOr("w", He()), Normal(0.25));
  reader.RefuseUnknown();
}

TEST(OptionReader, LeavesTheDefaultWhereNothingIsSaid) {
  const Json json = Json::object();
  OptionReader reader(json, "here");
  EXPECT_EQ(reader.IntegerOr("i", 7), 7);
  EXPECT_EQ(reader.ExtentOr("e", {2, 3}), (Extent{2, 3}));
  EXPECT_EQ(reader.IntegerListsOr("l", {{3}}), (std::vector<std::vector<int64_t>>{{3}}));
  EXPECT_EQ(reader.NumberOr("x", 0.5), 0.5);
  EXPECT_EQ(reader.NumbersOr("n", {3}), std::vector<double>{3});
  EXPECT_TRUE(reader.BooleanOr("b", true));
  EXPECT_EQ(reader.TextOr("t", "text"), "text");
  EXPECT_EQ(reader.RoundingOr("r", Rounding::kFloor), Rounding::kFloor);
  EXPECT_EQ(reader.ChoiceOr("c", {"a", "b"}, 1), 1u);
  EXPECT_EQ(reader.InitializerOr("w", Xavier()), Xavier());
}

TEST(OptionReader, SaysWhichValueIsOfTheWrongKind) {
  const Json json = {{"v", 1.5},
                     {"big", UINT64_MAX},
                     {"three", {1, 2, 3}},
                     {"mixed", Json::array({1, "2"})},
                     {"nested", Json::array({Json::array({1.5})})},
                     {"word", "celi"},
                     {"long", std::string(70, 'x')}};
  OptionReader reader(json, "conv1");
  EXPECT_EQ(ErrorText([&] { reader.Integer("none"); }), "conv1: 'none' is missing");
  EXPECT_EQ(ErrorText([&] { reader.Integer("v"); }),
            "conv1: 'v': expected a whole number, found 1.5");
  EXPECT_EQ(ErrorText([&] { reader.Integer("big"); }),
            "conv1: 'big': expected a whole number, found 18446744073709551615");
  EXPECT_EQ(ErrorText([&] { reader.ExtentOf("three"); }),
            "conv1: 'three': expected a whole number or [height, width], found [1,2,3]");
  EXPECT_EQ(ErrorText([&] { reader.ExtentOf("mixed"); }),
            "conv1: 'mixed': expected a whole number, found \"2\"");
  EXPECT_EQ(ErrorText([&] { reader.IntegerListsOr("three", {}); }),
            "conv1: 'three': expected lists of whole numbers such as [[0, 1, 2], [3]], found "
            "[1,2,3]");
  EXPECT_EQ(ErrorText([&] { reader.IntegerListsOr("v", {}); }),
            "conv1: 'v': expected lists of whole numbers such as [[0, 1, 2], [3]], found 1.5");
  EXPECT_EQ(ErrorText([&] { reader.IntegerListsOr("nested", {}); }),
            "conv1: 'nested': expected a whole number, found 1.5");
  EXPECT_EQ(ErrorText([&] { reader.NumberOr("word", 0); }),
            "conv1: 'word': expected a number, found \"celi\"");
  EXPECT_EQ(ErrorText([&] { reader.NumbersOr("v", {}); }),
            "conv1: 'v': expected a list of numbers such as [0.5, 2], found 1.5");
  EXPECT_EQ(ErrorText([&] { reader.NumbersOr("mixed", {}); }),
            "conv1: 'mixed': expected a list of numbers such as [0.5, 2], found [1,\"2\"]");
  EXPECT_EQ(ErrorText([&] { reader.BooleanOr("v", true); }),
            "conv1: 'v': expected true or false, found 1.5");
  EXPECT_EQ(ErrorText([&] { reader.TextOr("v", ""); }), "conv1: 'v': expected a text, found 1.5");
  EXPECT_EQ(ErrorText([&] { reader.RoundingOr("word", Rounding::kExact); }),
            "conv1: 'word': unknown value 'celi'; did you mean 'ceil'?");
  EXPECT_EQ(ErrorText([&] { reader.Integer("long"); }),
            "conv1: 'long': expected a whole number, found \"" + std::string(56, 'x') + "...");
}

TEST(OptionReader, RefusesWhatNobodyAskedFor) {
  const Json json = {{"stride", 2}, {"paddding", 1}};
  OptionReader reader(json, "conv1");
  reader.IntegerOr("stride", 1);
  reader.IntegerOr("padding", 0);
  EXPECT_EQ(ErrorText([&] { reader.RefuseUnknown(); }),
            "conv1: unknown option 'paddding'; did you mean 'padding'?");
  const Json list = Json::array({1});
  EXPECT_EQ(ErrorText([&] { OptionReader(list, "layers[2]"); }),
            "layers[2]: expected an object, found [1]");
}

}  // namespace
}  // namespace ocellus
