// Batches: every sample once an epoch, the same from whatever step one begins, for any number of
// threads, read ahead or not; and what goes wrong in the background.
#include "ocellus/data/batch_loader.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <set>
#include <thread>

#include "ocellus/base/error.h"
#include "ocellus/data/in_memory_dataset.h"
#include "tests/support/compare.h"
#include "tests/support/error_text.h"

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

// Samples of 3 x 6 x 7 whose pixels tell what they are. Pretends to read slowly if asked to, and
// counts what it reads.
class TellingDataset : public Dataset {
 public:
  TellingDataset(int64_t size, bool is_slow) : size_(size), is_slow_(is_slow) {}
  int64_t size() const override { return size_; }
  const Shape& image_shape() const override { return shape_; }
  const std::vector<std::string>& class_names() const override { return names_; }
  bool reads_slowly() const override { return is_slow_; }
  std::string source() const override { return "telling"; }
  void Read(std::span<const int64_t> samples, TensorView<float> images,
            std::span<int32_t> labels) const override {
    for (size_t i = 0; i < samples.size(); ++i) {
      ++reads;
      if (samples[i] == bad_sample) Fail("telling: sample {} is bad", samples[i]);
      const TensorView<float> image = images.Sample(static_cast<int64_t>(i));
      for (int64_t k = 0; k < image.elements(); ++k) {
        image[k] = static_cast<float>(samples[i] * 1000 + k);
      }
      labels[i] = static_cast<int32_t>(samples[i]);
    }
  }

  mutable std::atomic<int64_t> reads = 0;
  int64_t bad_sample = -1;

 private:
  int64_t size_;
  bool is_slow_;
  Shape shape_{3, 6, 7};
  std::vector<std::string> names_ = {"a"};
};

struct Loaded {
  std::vector<float> pixels;
  std::vector<int32_t> labels;
};

Loaded LoadSteps(const Dataset& dataset, const BatchLoaderOptions& options, int64_t first,
                 int64_t steps) {
  BatchLoader loader(dataset, options);
  Loaded loaded;
  for (int64_t step = first; step < first + steps; ++step) {
    const Batch batch = loader.Load(step);
    const std::span<const float> pixels = batch.images.span();
    loaded.pixels.insert(loaded.pixels.end(), pixels.begin(), pixels.end());
    loaded.labels.insert(loaded.labels.end(), batch.labels.begin(), batch.labels.end());
  }
  return loaded;
}

// All that can be switched on.
BatchLoaderOptions Everything(ThreadPool* pool) {
  const PixelStatistics colours{
      .channels = 3, .mean = {}, .std = {}, .components = {9, 8, 7, 1, -2, 1, 0, 0.1, 0.1}};
  return {.batch_size = 5,
          .seed = 3,
          .image_shape = {3, 4, 5},
          .augmentation = {.crop = true, .mirror = true, .colour_sigma = 0.1, .colours = colours},
          .preprocessing = {.scale = 0.5, .mean = {1, 2, 3}, .std = {1, 2, 3}},
          .end = 14,
          .pool = pool};
}

TEST(BatchLoader, GivesTheSameBatchesForAnyNumberOfThreadsAheadOrNot) {
  Loaded expected;
  for (const bool is_slow : {false, true}) {
    for (const int threads : {1, 2, 3, 7}) {
      ThreadPool pool(threads);
      const TellingDataset dataset(23, is_slow);
      const Loaded loaded = LoadSteps(dataset, Everything(&pool), 0, 14);
      if (expected.pixels.empty()) expected = loaded;
      EXPECT_TRUE(SameBits(loaded.pixels, expected.pixels)) << is_slow << threads;
      EXPECT_EQ(loaded.labels, expected.labels);
      EXPECT_EQ(dataset.reads, 2 * 23 + 4 * 5);  // 14 steps: two epochs of 5, and 4
    }
  }
}

TEST(BatchLoader, ReadsAheadFromAnyStepAndGoesBack) {
  ThreadPool pool(2);
  const TellingDataset dataset(23, true);
  const Loaded all = LoadSteps(dataset, Everything(&pool), 0, 14);
  BatchLoader loader(dataset, Everything(&pool));
  for (const int64_t step : {7, 8, 9, 9, 13, 2, 3, 14, 15, 0}) {
    const Batch batch = loader.Load(step);
    if (step >= 14) continue;  // beyond the end: not read ahead, but there
    const auto first = static_cast<size_t>(step / 5 * 23 + step % 5 * 5);
    const auto size = static_cast<size_t>(batch.size());
    EXPECT_TRUE(SameBits(batch.images.span(), std::span(all.pixels).subspan(first * 60, size * 60)))
        << step;
    EXPECT_TRUE(std::ranges::equal(batch.labels, std::span(all.labels).subspan(first, size)));
  }
}

TEST(BatchLoader, AugmentsEverySampleDifferentlyInEveryEpoch) {
  ThreadPool pool(2);
  const TellingDataset dataset(1, false);
  const Loaded loaded = LoadSteps(dataset, Everything(&pool), 0, 30);
  std::set<float> first_pixels;
  for (size_t i = 0; i < loaded.pixels.size(); i += 60) first_pixels.insert(loaded.pixels[i]);
  EXPECT_EQ(first_pixels.size(), 30u);
}

TEST(BatchLoader, ReadsInOrderIfAskedTo) {
  for (const bool is_slow : {false, true}) {
    const TellingDataset dataset(5, is_slow);
    const BatchLoaderOptions options{
        .batch_size = 3, .order = SampleOrder::kSequential, .preprocessing = {.scale = 2}};
    const Loaded loaded = LoadSteps(dataset, options, 0, 3);
    EXPECT_THAT(loaded.labels, ElementsAre(0, 1, 2, 3, 4, 0, 1, 2));
    EXPECT_EQ(loaded.pixels[126 + 1], 2 * 1001);
  }
}

TEST(BatchLoader, KeepsThreeBatchesInFlightWhateverTheDataSet) {
  ThreadPool pool(3);
  const TellingDataset dataset(1000, true);
  {
    BatchLoader loader(dataset, {.batch_size = 10, .pool = &pool});
    loader.Load(0);
    while (dataset.reads < 30) std::this_thread::yield();
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
    EXPECT_EQ(dataset.reads, 30);
  }
  EXPECT_EQ(dataset.reads, 30) << "nothing is read after its end";
}

TEST(BatchLoader, TellsWhatWentWrongInTheTurnOfItsBatch) {
  for (const bool is_slow : {false, true}) {
    for (const int threads : {1, 3}) {
      ThreadPool pool(threads);
      TellingDataset dataset(20, is_slow);
      dataset.bad_sample = 11;
      BatchLoader loader(dataset,
                         {.batch_size = 4, .order = SampleOrder::kSequential, .pool = &pool});
      EXPECT_EQ(loader.Load(0).size(), 4);
      EXPECT_EQ(loader.Load(1).size(), 4);
      EXPECT_EQ(ErrorText([&] { loader.Load(2); }), "telling: sample 11 is bad");
    }
  }
}

TEST(BatchLoader, RefusesWhatDoesNotFit) {
  const TellingDataset dataset(5, false);
  const auto error = [&](const BatchLoaderOptions& options) {
    return ErrorText([&] { BatchLoader(dataset, options); });
  };
  EXPECT_EQ(error({.batch_size = 0}), "batch size: expected 1 or more, found 0");
  EXPECT_EQ(error({.image_shape = {3, 7, 7}, .augmentation = {.crop = true, .colours = {}}}),
            "telling: images have shape 3x6x7, of which 3x7x7 cannot be cut out");
  EXPECT_EQ(error({.image_shape = {1, 6, 7}}),
            "telling: images have shape 3x6x7, of which 1x6x7 cannot be cut out");
  EXPECT_EQ(error({.image_shape = {3, 5, 7}}),
            "telling: images have shape 3x6x7, the network expects 3x5x7; only random crops take a "
            "part");
  EXPECT_EQ(error({.preprocessing = {.mean = {1}}}),
            "telling: preprocessing: mean: expected 3 values, one for each channel, found 1");
}

}  // namespace
}  // namespace ocellus
