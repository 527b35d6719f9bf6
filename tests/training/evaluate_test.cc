// Evaluation: every sample counts, in either precision, and nothing that does not fit is counted.
#include "ocellus/training/evaluate.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <numeric>

#include "ocellus/layers/affine_layer.h"
#include "ocellus/training/trainer.h"
#include "tests/support/error_text.h"
#include "tests/support/tiny_data.h"

namespace ocellus {
namespace {

// The scores are the first three pixels.
Network PixelNet() {
  Network net({1, 3, 3});
  net.Add(Affine{.units = 3, .weight_init = Constant(0)});
  net.Initialize(1);
  for (int64_t i = 0; i < 3; ++i) net.parameter(0)[i * 3 + i] = 1;
  return net;
}

// What Evaluate should find for PixelNet if pixels are doubled, counted in plain loops.
Evaluation Expected(const Dataset& data) {
  const int64_t count = data.size();
  Tensor<float> images({count, 1, 3, 3});
  std::vector<int32_t> labels(static_cast<size_t>(count));
  std::vector<int64_t> numbers(static_cast<size_t>(count));
  std::iota(numbers.begin(), numbers.end(), 0);
  data.Read(numbers, images, labels);
  Evaluation expected{.samples = count, .classes = 3};
  expected.confusion.resize(9);
  for (int64_t n = 0; n < count; ++n) {
    const float* pixels = images.data() + n * 9;
    const int32_t label = labels[static_cast<size_t>(n)];
    double sum = 0;
    int64_t best = 0;
    for (int64_t c = 0; c < 3; ++c) {
      sum += std::exp(2.0 * static_cast<double>(pixels[c]));
      if (pixels[c] > pixels[best]) best = c;
    }
    expected.loss +=
        (std::log(sum) - 2.0 * static_cast<double>(pixels[label])) / static_cast<double>(count);
    if (best == label) ++expected.correct;
    ++expected.confusion[static_cast<size_t>(label * 3 + best)];
  }
  return expected;
}

TEST(Evaluate, CountsEverySampleForAnyBatchSize) {
  const auto data = TinyData(61, 3, 3);
  const Network net = PixelNet();
  const Evaluation expected = Expected(*data);
  ASSERT_GT(expected.correct, 0);
  ASSERT_LT(expected.correct, 61);  // or the confusion matrix would not be tested
  for (const int64_t batch_size : {1, 7, 61, 100}) {
    const EvaluationOptions options{.preprocessing = {.scale = 2}, .batch_size = batch_size};
    const Evaluation result = Evaluate(net, *data, options);
    EXPECT_EQ(result.samples, 61);
    EXPECT_EQ(result.correct, expected.correct);
    EXPECT_EQ(result.confusion, expected.confusion);
    EXPECT_NEAR(result.loss, expected.loss, 1e-6);
    EXPECT_DOUBLE_EQ(result.accuracy(), static_cast<double>(expected.correct) / 61);
    EXPECT_NEAR(Evaluate(net.ConvertTo<double>(), *data, options).loss, expected.loss, 1e-12);
  }
}

TEST(Evaluate, RefusesWhatDoesNotFit) {
  const Network net = PixelNet();
  EXPECT_EQ(ErrorText([&] { Evaluate(net, *TinyData(4, 4, 3), {}); }),
            "tiny: images have shape 1x4x4, the network expects 1x3x3");
  EXPECT_EQ(ErrorText([&] { Evaluate(net, *TinyData(4, 3, 2), {}); }),
            "tiny: has 2 classes, the network has output shape 3");
  EXPECT_EQ(ErrorText([&] { Evaluate(net, *TinyData(4, 3, 3), {.batch_size = 0}); }),
            "workspace: batch size: expected 1 or more, found 0");
  const EvaluationOptions two_means{.preprocessing = {.mean = {1, 2}}};
  EXPECT_EQ(ErrorText([&] { Evaluate(net, *TinyData(4, 3, 3), two_means); }),
            "tiny: preprocessing: mean: expected 1 values, one for each channel, found 2");
}

// A user's data set that breaks its promise in its last sample.
class WrongLabel : public Dataset {
 public:
  explicit WrongLabel(const Dataset& dataset) : dataset_(dataset) {}
  int64_t size() const override { return dataset_.size(); }
  const Shape& image_shape() const override { return dataset_.image_shape(); }
  const std::vector<std::string>& class_names() const override { return dataset_.class_names(); }
  void Read(std::span<const int64_t> samples, TensorView<float> images,
            std::span<int32_t> labels) const override {
    dataset_.Read(samples, images, labels);
    for (size_t i = 0; i < samples.size(); ++i) {
      if (samples[i] == size() - 1) labels[i] = 1000;
    }
  }
  std::string source() const override { return "wrong"; }
  std::string sha256() const override { return ""; }

 private:
  const Dataset& dataset_;
};

TEST(Evaluate, ALabelWithoutOutputIsAnErrorHereAndInTraining) {
  const auto data = TinyData(5, 3, 3);
  const WrongLabel wrong(*data);
  Network net = PixelNet();
  const std::string expected = "expected 0 to 2, found 1000; the network has 3 outputs";
  EXPECT_NE(ErrorText([&] { Evaluate(net, wrong, {.batch_size = 2}); }).find(expected),
            std::string::npos);
  EXPECT_NE(ErrorText([&] { Trainer(net, {.batch_size = 2}).Fit(wrong, nullptr); }).find(expected),
            std::string::npos);
}

TEST(PredictedClass, IsTheFirstOfTheLargestAndNoneForNan) {
  const float nan = std::numeric_limits<float>::quiet_NaN();
  EXPECT_EQ(PredictedClass<float>(std::vector<float>{1, 3, 3, 2}), 1);
  EXPECT_EQ(PredictedClass<float>(std::vector<float>{-2, -3}), 0);
  EXPECT_EQ(PredictedClass<float>(std::vector<float>{nan, 3}), -1);
  EXPECT_EQ(PredictedClass<float>(std::vector<float>{3, nan}), -1);
}

TEST(Evaluate, NanScoresAreNeverRight) {
  Network net = PixelNet();
  net.parameter(1).Fill(std::numeric_limits<float>::quiet_NaN());
  const Evaluation result = Evaluate(net, *TinyData(6, 3, 3), {});
  EXPECT_EQ(result.correct, 0);
  EXPECT_TRUE(std::isnan(result.loss));
}

}  // namespace
}  // namespace ocellus
