// Batches: every sample once an epoch, the same from whatever step one begins.
#include "ocellus/data/batch_loader.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "ocellus/data/in_memory_dataset.h"

namespace ocellus {
namespace {

using testing::ElementsAre;

constexpr int64_t kSamples = 7;

// Sample i has the label i and pixels 10 i and 10 i + 1.
std::unique_ptr<Dataset> NumberedSamples() {
  Tensor<float> images({kSamples, 1, 1, 2});
  std::vector<int32_t> labels;
  std::vector<std::string> names;
  for (int32_t i = 0; i < kSamples; ++i) {
    images[2 * i] = static_cast<float>(10 * i);
    images[2 * i + 1] = static_cast<float>(10 * i + 1);
    labels.push_back(i);
    names.push_back(std::to_string(i));
  }
  return std::make_unique<InMemoryDataset>(std::move(images), std::move(labels), names, "numbers");
}

// The labels of the batches of `steps` steps, one after the other.
std::vector<int32_t> Labels(BatchLoader& loader, int64_t first, int64_t steps) {
  std::vector<int32_t> all;
  for (int64_t step = first; step < first + steps; ++step) {
    const std::span<const int32_t> labels = loader.Load(step).labels;
    all.insert(all.end(), labels.begin(), labels.end());
  }
  return all;
}

TEST(BatchLoader, ShowsEverySampleOnceAnEpochInANewOrder) {
  const auto data = NumberedSamples();
  BatchLoader loader(*data, {.batch_size = 3, .seed = 4});
  EXPECT_EQ(loader.batch_size(), 3);
  EXPECT_EQ(loader.steps_per_epoch(), 3);
  const std::vector<int32_t> first = Labels(loader, 0, 3), second = Labels(loader, 3, 3);
  EXPECT_THAT(first, testing::UnorderedElementsAre(0, 1, 2, 3, 4, 5, 6));
  EXPECT_THAT(second, testing::UnorderedElementsAre(0, 1, 2, 3, 4, 5, 6));
  EXPECT_NE(first, second);
  EXPECT_NE(first, Labels(*std::make_unique<BatchLoader>(
                              *data, BatchLoaderOptions{.batch_size = 3, .seed = 5}),
                          0, 3));
}

TEST(BatchLoader, ImagesBelongToLabelsAndArePreprocessed) {
  const auto data = NumberedSamples();
  BatchLoader loader(*data, {.batch_size = 3, .preprocessing = {.scale = 0.5}});
  for (int64_t step = 0; step < 3; ++step) {
    const Batch batch = loader.Load(step);
    ASSERT_EQ(batch.size(), step == 2 ? 1 : 3);
    ASSERT_EQ(batch.images.shape(), (Shape{batch.size(), 1, 1, 2}));
    for (int64_t i = 0; i < batch.size(); ++i) {
      const auto label = static_cast<float>(batch.labels[static_cast<size_t>(i)]);
      EXPECT_THAT(batch.images.Sample(i).span(), ElementsAre(5 * label, 5 * label + 0.5f));
    }
  }
}

TEST(BatchLoader, ABatchDependsOnNothingButItsStep) {
  const auto data = NumberedSamples();
  BatchLoader from_start(*data, {.batch_size = 2}), from_middle(*data, {.batch_size = 2});
  const std::vector<int32_t> all = Labels(from_start, 0, 12);
  const std::vector<int32_t> tail = Labels(from_middle, 6, 6);
  EXPECT_TRUE(std::equal(tail.begin(), tail.end(), all.end() - static_cast<int64_t>(tail.size())));
  EXPECT_EQ(Labels(from_middle, 0, 12), all) << "going back";
}

TEST(BatchLoader, ABatchIsNeverLargerThanTheData) {
  const auto data = NumberedSamples();
  BatchLoader loader(*data, {.batch_size = 100});
  EXPECT_EQ(loader.batch_size(), kSamples);
  EXPECT_EQ(loader.steps_per_epoch(), 1);
  EXPECT_EQ(loader.Load(5).size(), kSamples);
}

}  // namespace
}  // namespace ocellus
