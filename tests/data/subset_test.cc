// Subsets: the samples that were chosen, and no others.
#include "ocellus/data/subset.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>

#include "ocellus/data/in_memory_dataset.h"
#include "tests/support/check_failure.h"
#include "tests/support/error_text.h"

namespace ocellus {
namespace {

using testing::ElementsAre;

// Four images of one pixel: 10, 11, 12, 13.
InMemoryDataset Pixels() {
  Tensor<uint8_t> images({4, 1, 1, 1});
  for (int64_t i = 0; i < 4; ++i) images[i] = static_cast<uint8_t>(10 + i);
  return InMemoryDataset(std::move(images), {0, 1, 0, 1}, {"even", "odd"}, "pixels");
}

TEST(Subset, ReadsTheChosenSamples) {
  const InMemoryDataset pixels = Pixels();
  const std::unique_ptr<Dataset> subset = Subset(pixels, {3, 1, 1});
  EXPECT_EQ(subset->size(), 3);
  EXPECT_EQ(subset->image_shape(), (Shape{1, 1, 1}));
  EXPECT_THAT(subset->class_names(), ElementsAre("even", "odd"));
  EXPECT_EQ(subset->source(), "3 samples of pixels");

  Tensor<float> images({2, 1, 1, 1});
  std::array<int32_t, 2> labels{-1, -1};
  subset->Read(std::array<int64_t, 2>{2, 0}, images, labels);
  EXPECT_THAT(images.span(), ElementsAre(11, 13));
  EXPECT_THAT(labels, ElementsAre(1, 1));
  EXPECT_THROW(subset->Read(std::array<int64_t, 2>{0, 3}, images, labels), CheckFailure);
  EXPECT_EQ(subset->SampleName(0), "no. 3");
  EXPECT_EQ(subset->SampleName(2), "no. 1");
  EXPECT_THROW(subset->SampleName(3), CheckFailure);
}

TEST(Subset, HasTheFingerprintOfItsSamples) {
  const InMemoryDataset pixels = Pixels();
  EXPECT_EQ(FirstSamples(pixels, 2)->sha256(), Subset(pixels, {0, 1})->sha256());
  EXPECT_NE(FirstSamples(pixels, 2)->sha256(), Subset(pixels, {1, 0})->sha256());
  EXPECT_NE(FirstSamples(pixels, 2)->sha256(), FirstSamples(pixels, 3)->sha256());
  EXPECT_EQ(FirstSamples(pixels, 4)->sha256(), pixels.sha256());

  Tensor<uint8_t> two({2, 1, 1, 1});
  two[0] = 13;
  two[1] = 10;
  const InMemoryDataset same(std::move(two), {1, 0}, {"even", "odd"}, "elsewhere");
  EXPECT_EQ(Subset(pixels, {3, 0})->sha256(), same.sha256());
  EXPECT_THROW(FirstSamples(pixels, 2)->SampleSha256(2), CheckFailure);
}

TEST(Subset, RefusesSamplesThatAreNotThere) {
  const InMemoryDataset pixels = Pixels();
  EXPECT_EQ(ErrorText([&] { Subset(pixels, {}); }), "pixels: expected at least one sample of it");
  EXPECT_EQ(ErrorText([&] {
              Subset(pixels, {0, 4});
            }),
            "pixels: expected a sample from 0 to 3, found 4");
  EXPECT_EQ(ErrorText([&] { Subset(pixels, {-1}); }),
            "pixels: expected a sample from 0 to 3, found -1");
}

TEST(FirstSamples, TakesAsManyAsAskedFor) {
  const InMemoryDataset pixels = Pixels();
  EXPECT_EQ(FirstSamples(pixels, 4)->size(), 4);
  EXPECT_EQ(FirstSamples(pixels, 1)->size(), 1);
  EXPECT_EQ(ErrorText([&] { FirstSamples(pixels, 5); }),
            "pixels: expected a number of samples from 1 to 4, found 5");
  EXPECT_EQ(ErrorText([&] { FirstSamples(pixels, 0); }),
            "pixels: expected a number of samples from 1 to 4, found 0");
}

}  // namespace
}  // namespace ocellus
