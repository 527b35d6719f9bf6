// Mistakes against a plain list of all samples.
#include "ocellus/view/mistakes.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "ocellus/data/in_memory_dataset.h"
#include "ocellus/layers/affine_layer.h"
#include "ocellus/training/evaluate.h"
#include "tests/support/compare.h"
#include "tests/support/error_text.h"

namespace ocellus {
namespace {

using testing::HasSubstr;

struct Case {
  Network net = Network({1, 2, 2});
  Tensor<float> images = RandomTensor({50, 1, 2, 2}, 4);
  std::vector<int32_t> labels;
  Case() {
    net.Add(Affine{.units = 3});
    net.Initialize(9);
    for (int32_t n = 0; n < 50; ++n) labels.push_back(n % 3);
  }
  InMemoryDataset Data() const { return {images.Clone(), labels, {"a", "b", "c"}, "data"}; }
};

TEST(FindMistakes, KeepsTheOnesItWasMostSureAbout) {
  const Case c;
  const InMemoryDataset data = c.Data();
  const Preprocessing preprocessing{.scale = 2};
  std::vector<Mistake> all;
  Tensor<float> scaled = c.images.Clone();
  preprocessing.Apply(scaled.view());
  const Tensor<float> scores = c.net.Predict(scaled);
  for (int64_t n = 0; n < 50; ++n) {
    const std::span<const float> row = scores.view().Sample(n).span();
    const auto predicted = std::ranges::max_element(row) - row.begin();
    if (predicted == n % 3) continue;
    double sum = 0;
    for (const float score : row) sum += std::exp(double{score});
    all.push_back({n, n % 3, predicted, std::exp(double{row[static_cast<size_t>(predicted)]}) / sum,
                   std::exp(double{row[static_cast<size_t>(n % 3)]}) / sum});
  }
  std::ranges::stable_sort(all, std::ranges::greater{}, &Mistake::probability);
  ASSERT_GT(all.size(), 8u);

  const Mistakes found = FindMistakes(c.net, data, preprocessing, 7, {.batch_size = 9});
  EXPECT_EQ(found.samples, 50);
  EXPECT_EQ(found.wrong, std::ssize(all));
  ASSERT_EQ(found.worst.size(), 7u);
  for (size_t i = 0; i < 7; ++i) {
    EXPECT_EQ(found.worst[i].sample, all[i].sample) << i;
    EXPECT_EQ(found.worst[i].label, all[i].label);
    EXPECT_EQ(found.worst[i].predicted, all[i].predicted);
    EXPECT_NEAR(found.worst[i].probability, all[i].probability, 1e-6);
    EXPECT_NEAR(found.worst[i].label_probability, all[i].label_probability, 1e-6);
  }
  EXPECT_EQ(FindMistakes(c.net, data, preprocessing, 1000).worst.size(), all.size());
  EXPECT_EQ(found.confusion, Evaluate(c.net, data, {.preprocessing = preprocessing}).confusion);
}

TEST(FindMistakes, PutsTheFirstOfEqualOnesFirst) {
  Case c;
  for (int64_t n = 1; n < 50; ++n) {
    std::ranges::copy(c.images.view().Sample(0).span(), c.images.view().Sample(n).data());
  }
  const Mistakes found = FindMistakes(c.net, c.Data(), {}, 9, {.batch_size = 4});
  ASSERT_EQ(found.worst.size(), 9u);
  for (size_t i = 1; i < 9; ++i) EXPECT_LT(found.worst[i - 1].sample, found.worst[i].sample);
  EXPECT_LT(found.worst[0].sample, 3);
}

TEST(FindMistakes, CountsScoresThatAreNotNumbersAsWrong) {
  Case c;
  c.images[5] = std::numeric_limits<float>::quiet_NaN();
  const Mistakes found = FindMistakes(c.net, c.Data(), {}, 100);
  int64_t counted = 0;
  for (const int64_t count : found.confusion) counted += count;
  EXPECT_EQ(counted, 49);
  EXPECT_EQ(found.wrong, std::ssize(found.worst) + 1);
}

TEST(FindMistakes, RefusesWhatDoesNotFit) {
  const Case c;
  EXPECT_THAT(ErrorText([&] { FindMistakes(c.net, c.Data(), {}, 0); }),
              HasSubstr("mistakes: expected 1 or more, found 0"));
  Network other({1, 2, 2});
  other.Add(Affine{.units = 4});
  other.Initialize(1);
  EXPECT_THAT(ErrorText([&] { FindMistakes(other, c.Data(), {}, 1); }),
              HasSubstr("has 3 classes, the network has output shape 4"));
}

}  // namespace
}  // namespace ocellus
