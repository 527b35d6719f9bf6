// Data sets in memory.
#include "ocellus/data/in_memory_dataset.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <thread>
#include <utility>

#include "tests/support/check_failure.h"
#include "tests/support/error_text.h"

namespace ocellus {
namespace {

using testing::ElementsAre;

// Element i of all images is `first` + i.
template <typename T>
Tensor<T> CountingImages(const Shape& shape, T first) {
  Tensor<T> images(shape);
  for (int64_t i = 0; i < images.elements(); ++i) images[i] = static_cast<T>(first + T(i));
  return images;
}

constexpr int64_t kDatasetSamples = 5;

std::vector<int32_t> Labels() { return {2, 0, 1, 2, 1}; }
std::vector<std::string> Names() { return {"ant", "bee", "cat"}; }

TEST(InMemoryDataset, ReadsSamplesInTheOrderAskedFor) {
  const InMemoryDataset bytes(CountingImages<uint8_t>({kDatasetSamples, 2, 1, 3}, 225), Labels(),
                              Names(), "bytes");
  const InMemoryDataset floats(CountingImages<float>({kDatasetSamples, 2, 1, 3}, -0.5f), Labels(),
                               Names(), "floats");
  EXPECT_EQ(bytes.size(), 5);
  EXPECT_EQ(bytes.image_shape(), (Shape{2, 1, 3}));
  EXPECT_EQ(bytes.class_names(), Names());
  EXPECT_EQ(bytes.source(), "bytes");

  Tensor<float> images({3, 2, 1, 3}, std::nanf(""));
  std::array<int32_t, 3> labels{-1, -1, -1};
  const std::array<int64_t, 3> samples{4, 0, 4};
  bytes.Read(samples, images, labels);
  EXPECT_THAT(images.span(), ElementsAre(249, 250, 251, 252, 253, 254, 225, 226, 227, 228, 229, 230,
                                         249, 250, 251, 252, 253, 254));
  EXPECT_THAT(labels, ElementsAre(1, 2, 1));
  floats.Read(samples, images, labels);
  EXPECT_EQ(images[0], 23.5f);
  EXPECT_EQ(images[6], -0.5f);
}

TEST(InMemoryDataset, RefusesImagesAndLabelsThatDoNotFit) {
  const auto error_of = [](const Shape& shape, std::vector<int32_t> labels) {
    return ErrorText([&] {
      InMemoryDataset(CountingImages<uint8_t>(shape, 0), std::move(labels), Names(), "pets");
    });
  };
  EXPECT_EQ(error_of({5, 1, 3}, Labels()),
            "pets: expected images with axes N, C, H, W, found shape 5x1x3");
  EXPECT_EQ(error_of({4, 1, 1, 3}, Labels()),
            "pets: expected as many labels as images, found 4 images and 5 labels");
  EXPECT_EQ(error_of({5, 1, 1, 3}, {0, 1, 2, 3, 0}),
            "pets: label of sample 3: expected 0 to 2, found 3");
  EXPECT_EQ(error_of({5, 1, 1, 3}, {0, 1, -1, 0, 0}),
            "pets: label of sample 2: expected 0 to 2, found -1");
  EXPECT_EQ(error_of({5, 1, 1, 3}, Labels()), "no error");
}

TEST(InMemoryDataset, ChecksWhatItIsAskedFor) {
  const InMemoryDataset dataset(CountingImages<uint8_t>({kDatasetSamples, 1, 2, 2}, 0), Labels(),
                                Names(), "pets");
  Tensor<float> images({1, 1, 2, 2});
  std::array<int32_t, 1> labels{};
  const auto read = [&](int64_t sample) {
    dataset.Read(std::array<int64_t, 1>{sample}, images, labels);
  };
  EXPECT_NO_THROW(read(4));
  EXPECT_THROW(read(5), CheckFailure);
  EXPECT_THROW(read(-1), CheckFailure);
  const std::array<int64_t, 2> two{0, 1};
  EXPECT_THROW(dataset.Read(two, images, labels), CheckFailure);
  Tensor<float> two_images({2, 1, 2, 2});
  EXPECT_THROW(dataset.Read(two, two_images, labels), CheckFailure);
}

TEST(InMemoryDataset, HasAFingerprintOfPixelsLabelsAndShape) {
  const auto sha256 = [](const Shape& shape, uint8_t first, std::vector<int32_t> labels) {
    return InMemoryDataset(CountingImages<uint8_t>(shape, first), std::move(labels), Names(), "")
        .sha256();
  };
  const std::string one = sha256({kDatasetSamples, 1, 2, 3}, 0, Labels());
  EXPECT_EQ(one.size(), 64u);
  EXPECT_EQ(one, sha256({kDatasetSamples, 1, 2, 3}, 0, Labels()));
  EXPECT_NE(one, sha256({kDatasetSamples, 1, 3, 2}, 0, Labels()));
  EXPECT_NE(one, sha256({kDatasetSamples, 1, 2, 3}, 1, Labels()));
  EXPECT_NE(one, sha256({kDatasetSamples, 1, 2, 3}, 0, {2, 0, 1, 2, 2}));
  EXPECT_NE(one, sha256({kDatasetSamples, 1, 2, 3}, 0, {0, 2, 1, 2, 1}));
}

TEST(InMemoryDataset, MayBeReadByThreadsAtOnce) {
  const InMemoryDataset dataset(CountingImages<uint8_t>({kDatasetSamples, 1, 2, 2}, 0), Labels(),
                                Names(), "pets");
  std::array<std::string, 2> fingerprints;
  std::array<float, 2> pixels{};
  std::vector<std::thread> threads;
  for (size_t i = 0; i < 2; ++i) {
    threads.emplace_back([&, i] {
      Tensor<float> images({1, 1, 2, 2});
      std::array<int32_t, 1> labels{};
      dataset.Read(std::array<int64_t, 1>{3}, images, labels);
      pixels[i] = images[0];
      fingerprints[i] = dataset.sha256();
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_THAT(pixels, ElementsAre(12, 12));
  EXPECT_EQ(fingerprints[0].size(), 64u);
  EXPECT_EQ(fingerprints[0], fingerprints[1]);
}

}  // namespace
}  // namespace ocellus
