// What is done to pixels, and what is not accepted.
#include "ocellus/network/preprocessing.h"

#include <gtest/gtest.h>

#include <limits>

#include "ocellus/base/json.h"
#include "tests/support/error_text.h"

namespace ocellus {
namespace {

const Preprocessing kAll{.scale = 0.5, .mean = {1, 2}, .std = {0.25, 4}, .crop_from = 9};

TEST(Preprocessing, ScalesThenNormalisesEachChannel) {
  Tensor<double> batch({2, 2, 1, 3}, 0.0);
  for (int64_t i = 0; i < 12; ++i) batch[i] = static_cast<double>(i * i);
  Tensor<float> rounded = ConvertTo<float>(batch.view());
  kAll.Apply(rounded.view());
  kAll.Apply(batch.view());
  for (int64_t i = 0; i < 12; ++i) {
    const double scaled = static_cast<double>(i * i) * 0.5;
    const double expected = i / 3 % 2 == 0 ? (scaled - 1) / 0.25 : (scaled - 2) / 4;
    EXPECT_DOUBLE_EQ(batch[i], expected) << i;
    EXPECT_FLOAT_EQ(rounded[i], static_cast<float>(expected)) << i;
  }
}

TEST(Preprocessing, DefaultChangesNothing) {
  Tensor<float> batch({1, 1, 1, 2}, 0.0f);
  batch[0] = 255;
  batch[1] = -3;
  Preprocessing().Apply(batch.view());
  Preprocessing{.crop_from = 40}.Apply(batch.view());
  EXPECT_EQ(batch[0], 255);
  EXPECT_EQ(batch[1], -3);
}

TEST(Preprocessing, ValidateSaysWhatIsWrong) {
  const auto error = [](const Preprocessing& preprocessing) {
    return ErrorText([&] { preprocessing.Validate(2, "x"); });
  };
  kAll.Validate(2, "x");
  EXPECT_EQ(error({.scale = 0}),
            "x: preprocessing: scale: expected a finite number other than 0, found 0");
  EXPECT_EQ(error({.scale = std::numeric_limits<double>::infinity()}),
            "x: preprocessing: scale: expected a finite number other than 0, found inf");
  EXPECT_EQ(error({.mean = {1, 2, 3}}),
            "x: preprocessing: mean: expected 2 values, one for each channel, found 3");
  EXPECT_EQ(error({.std = {1}}),
            "x: preprocessing: std: expected 2 values, one for each channel, found 1");
  EXPECT_EQ(error({.mean = {0, std::numeric_limits<double>::quiet_NaN()}}),
            "x: preprocessing: mean: expected finite numbers, found nan");
  EXPECT_EQ(error({.crop_from = -1}), "x: preprocessing: crop_from: expected 0 or more, found -1");
  EXPECT_EQ(error({.std = {1, 0}}), "x: preprocessing: std: expected positive numbers, found 0");
}

TEST(PreprocessingJson, RoundTripKeepsEverything) {
  EXPECT_EQ(PreprocessingFromJson(ToJson(kAll), "x"), kAll);
  const Preprocessing scale{.scale = 1.0 / 255};
  EXPECT_EQ(ToJson(scale).dump(), R"({"scale":0.00392156862745098})");
  EXPECT_EQ(PreprocessingFromJson(ToJson(scale), "x"), scale);
  EXPECT_EQ(PreprocessingFromJson(Json::object(), "x"), Preprocessing());
}

TEST(PreprocessingJson, SaysWhatIsWrong) {
  const auto error = [](const char* text) {
    return ErrorText([&] { PreprocessingFromJson(Json::parse(text), "x"); });
  };
  EXPECT_EQ(error("[1]"), "x: preprocessing: expected an object, found [1]");
  EXPECT_EQ(error(R"({"scale": "1"})"),
            "x: preprocessing: 'scale': expected a number, found \"1\"");
  EXPECT_EQ(error(R"({"mean": 1})"),
            "x: preprocessing: 'mean': expected a list of numbers such as [0.5, 2], found 1");
  EXPECT_EQ(
      error(R"({"std": [1, "2"]})"),
      "x: preprocessing: 'std': expected a list of numbers such as [0.5, 2], found [1,\"2\"]");
  EXPECT_EQ(error(R"({"crop_from": 2.5})"),
            "x: preprocessing: 'crop_from': expected a whole number, found 2.5");
  EXPECT_EQ(error(R"({"means": [1]})"),
            "x: preprocessing: unknown option 'means'; did you mean 'mean'?");
}

}  // namespace
}  // namespace ocellus
