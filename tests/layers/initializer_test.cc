// Initial values: their distribution, their reproducibility, their JSON.
#include "ocellus/layers/initializer.h"

#include <gtest/gtest.h>

#include <cmath>

#include "ocellus/base/json.h"
#include "tests/support/compare.h"
#include "tests/support/error_text.h"

namespace ocellus {
namespace {

constexpr int64_t kCount = 40000;

Tensor<double> Drawn(const Initializer& initializer, const Fans& fans) {
  Tensor<double> values({kCount});
  Initialize(initializer, fans, Random(7, 3), values.view());
  return values;
}

// The bounds are five standard deviations of what is estimated from kCount values: s / sqrt(n) for
// the mean, s / sqrt(2 n) for the standard deviation.
void ExpectNormal(const Initializer& initializer, const Fans& fans, double deviation) {
  EXPECT_DOUBLE_EQ(StandardDeviation(initializer, fans), deviation);
  double sum = 0, sum_of_squares = 0;
  const Tensor<double> values = Drawn(initializer, fans);
  for (const double value : values.span()) {
    sum += value;
    sum_of_squares += value * value;
  }
  const double root = std::sqrt(static_cast<double>(kCount));
  EXPECT_NEAR(sum / kCount, 0, 5 * deviation / root);
  EXPECT_NEAR(std::sqrt(sum_of_squares / kCount), deviation, 5 * deviation / root / std::sqrt(2));
}

TEST(Initialize, DrawsWithTheRightStandardDeviation) {
  ExpectNormal(Normal(0.01), {.in = 50, .out = 7}, 0.01);
  ExpectNormal(He(), {.in = 50, .out = 7}, 0.2);
  ExpectNormal(Xavier(), {.in = 25, .out = 7}, 0.2);
  ExpectNormal(Glorot(), {.in = 30, .out = 20}, 0.2);
}

TEST(Initialize, DrawsTheStreamInOrderHoweverItIsCut) {
  const Tensor<double> values = Drawn(Normal(0.5), {.in = 1});
  Random random(7, 3);
  for (int64_t i = 0; i < kCount; ++i) ASSERT_EQ(values[i], 0.5 * random.Normal()) << i;
}

TEST(Initialize, ConstantFillsEverything) {
  EXPECT_EQ(StandardDeviation(Constant(3), {.in = 5}), 0);
  const Tensor<double> values = Drawn(Constant(-1.5), {.in = 5});
  for (const double value : values.span()) EXPECT_EQ(value, -1.5);
}

TEST(Initialize, FloatGetsTheRoundedValuesOfDouble) {
  Tensor<float> values({kCount});
  Initialize(He(), {.in = 10}, Random(7, 3), values.view());
  EXPECT_TRUE(SameBits(values.span(), ConvertTo<float>(Drawn(He(), {.in = 10}).view()).span()));
  Tensor<float> other({kCount});
  Initialize(He(), {.in = 10}, Random(7, 4), other.view());
  EXPECT_FALSE(SameBits(values.span(), other.span()));
}

TEST(InitializerJson, RoundTripKeepsEverything) {
  for (const Initializer& initializer :
       {Constant(0), Constant(-2.5), Normal(0.01), He(), Xavier(), Glorot()}) {
    EXPECT_EQ(InitializerFromJson(ToJson(initializer), "x"), initializer) << ToJson(initializer);
  }
  EXPECT_EQ(ToJson(Normal(0.5)).dump(), R"({"normal":0.5})");
  EXPECT_EQ(ToJson(He()).dump(), R"("he")");
  EXPECT_EQ(ToJson(Glorot()).dump(), R"("glorot")");
}

TEST(InitializerJson, KnowsTheOtherNamesOfHe) {
  for (const char* name : {"kaiming", "msra"}) EXPECT_EQ(InitializerFromJson(name, "x"), He());
  EXPECT_EQ(ErrorText([] { InitializerFromJson(Json::parse(R"({"msra": 1})"), "x"); }),
            "x: he takes no number, found 1");
}

TEST(InitializerJson, ReadsTheTextsOfTheCommandLine) {
  EXPECT_EQ(InitializerFromJson("normal:0.01", "x"), Normal(0.01));
  EXPECT_EQ(InitializerFromJson("constant:-2", "x"), Constant(-2));
}

TEST(InitializerJson, SaysWhatIsWrong) {
  const auto parse = [](const char* text) {
    return ErrorText([&] { InitializerFromJson(Json::parse(text), "conv1: 'weight_init'"); });
  };
  EXPECT_EQ(parse("0.5"),
            "conv1: 'weight_init': expected {\"normal\": 0.01}, {\"constant\": 0}, \"he\", "
            "\"xavier\" or \"glorot\", found 0.5");
  EXPECT_NE(parse(R"({"normal": 1, "constant": 2})").find("expected {\"normal\""),
            std::string::npos);
  EXPECT_EQ(parse(R"("xaver")"),
            "conv1: 'weight_init': unknown initialiser 'xaver'; did you mean 'xavier'?");
  EXPECT_EQ(parse(R"({"normal": -1})"),
            "conv1: 'weight_init': expected a standard deviation of 0 or more, found -1");
  // A name that needs a value, and a value for a name that takes none.
  EXPECT_EQ(parse(R"("normal")"),
            "conv1: 'weight_init': expected a number with it, such as normal:0.01");
  EXPECT_EQ(parse(R"({"he": 2})"), "conv1: 'weight_init': he takes no number, found 2");
  EXPECT_EQ(parse(R"("he:2")"), "conv1: 'weight_init': he takes no number, found 2");
  EXPECT_EQ(parse(R"("normal:")"),
            "conv1: 'weight_init': expected a number behind the colon, found ''");
  EXPECT_EQ(parse(R"("normal:-1")"),
            "conv1: 'weight_init': expected a standard deviation of 0 or more, found -1");
}

TEST(CheckInitializer, RefusesWhatJsonCouldNotHold) {
  EXPECT_EQ(ErrorText([] { CheckInitializer(Normal(-0.5), "x"); }),
            "x: expected a standard deviation of 0 or more, found -0.5");
  EXPECT_EQ(ErrorText([] { CheckInitializer(Constant(std::nan("")), "x"); }),
            "x: expected a finite number, found nan");
  CheckInitializer(Constant(-1), "x");
  CheckInitializer(Normal(0), "x");
}

}  // namespace
}  // namespace ocellus
