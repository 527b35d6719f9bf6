// Statistics of pixels against plain two-pass sums.
#include "ocellus/data/pixel_statistics.h"

#include <gtest/gtest.h>

#include <array>
#include <cmath>

#include "ocellus/base/random.h"
#include "ocellus/data/in_memory_dataset.h"
#include "ocellus/data/load_data.h"
#include "tests/support/error_text.h"

namespace ocellus {
namespace {

// Colours around a line: channel 1 goes with channel 0, channel 2 against it.
InMemoryDataset Colours(int64_t samples) {
  Tensor<uint8_t> images({samples, 3, 5, 2});
  Random random(1, 0);
  for (int64_t n = 0; n < samples; ++n) {
    for (int64_t i = 0; i < 10; ++i) {
      const double main = random.Uniform();
      const double values[] = {20 + 200 * main, 50 + 100 * main + 9 * random.Uniform(),
                               210 - 90 * main + 30 * random.Uniform()};
      for (int64_t c = 0; c < 3; ++c) {
        images[(n * 3 + c) * 10 + i] = static_cast<uint8_t>(values[c]);
      }
    }
  }
  return InMemoryDataset(std::move(images), std::vector<int32_t>(static_cast<size_t>(samples), 0),
                         {"a"}, "colours");
}

TEST(MeasurePixels, AgreesWithPlainSumsForAnyNumberOfThreads) {
  const InMemoryDataset dataset = Colours(131);
  std::array<double, 3> mean{};
  std::array<std::array<double, 3>, 3> covariance{};
  Tensor<float> image({1, 3, 5, 2});
  std::array<int32_t, 1> label{};
  for (const int pass : {1, 2}) {
    for (int64_t n = 0; n < 131; ++n) {
      dataset.Read(std::array<int64_t, 1>{n}, image, label);
      for (int64_t i = 0; i < 10; ++i) {
        for (size_t c = 0; c < 3; ++c) {
          const double x = static_cast<double>(image[static_cast<int64_t>(c) * 10 + i]);
          if (pass == 1) mean[c] += x / 1310;
          for (size_t d = 0; d < 3 && pass == 2; ++d) {
            const double y = static_cast<double>(image[static_cast<int64_t>(d) * 10 + i]);
            covariance[c][d] += (x - mean[c]) * (y - mean[d]) / 1310;
          }
        }
      }
    }
  }
  PixelStatistics first;
  for (const int threads : {1, 2, 3, 7}) {
    ThreadPool pool(threads);
    const PixelStatistics pixels = MeasurePixels(dataset, &pool);
    ASSERT_EQ(pixels.channels, 3);
    for (size_t c = 0; c < 3; ++c) {
      EXPECT_NEAR(pixels.mean[c], mean[c], 1e-9);
      EXPECT_NEAR(pixels.std[c], std::sqrt(covariance[c][c]), 1e-9);
      // The components put together are the covariance again.
      for (size_t d = 0; d < 3; ++d) {
        double sum = 0;
        for (size_t k = 0; k < 3; ++k) {
          sum += pixels.components[k * 3 + c] * pixels.components[k * 3 + d];
        }
        EXPECT_NEAR(sum, covariance[c][d], 1e-9);
      }
    }
    EXPECT_GT(std::abs(pixels.components[0]), 10 * std::abs(pixels.components[3]));
    if (threads == 1) first = pixels;
    EXPECT_EQ(pixels.components, first.components) << threads;
  }
}

TEST(MeasurePixels, KnowsMnist) {
  const DataSplits mnist = LoadData("mnist");
  const PixelStatistics pixels = MeasurePixels(*mnist.train);
  EXPECT_NEAR(pixels.mean[0] / 255, 0.1307, 5e-5);
  EXPECT_NEAR(pixels.std[0] / 255, 0.3081, 5e-5);
  EXPECT_NEAR(pixels.components[0], pixels.std[0], 1e-9);
}

TEST(NormalisePixels, GivesMeanZeroAndDeviationOne) {
  const InMemoryDataset dataset = Colours(7);
  const Preprocessing preprocessing = NormalisePixels(MeasurePixels(dataset), 1.0 / 255, "colours");
  EXPECT_EQ(preprocessing.scale, 1.0 / 255);
  Tensor<float> images({7, 3, 5, 2});
  std::array<int32_t, 7> labels{};
  dataset.Read(std::array<int64_t, 7>{0, 1, 2, 3, 4, 5, 6}, images, labels);
  preprocessing.Apply(images.view());
  for (int64_t c = 0; c < 3; ++c) {
    double sum = 0, squares = 0;
    for (int64_t n = 0; n < 7; ++n) {
      for (int64_t i = 0; i < 10; ++i) {
        const auto x = static_cast<double>(images[(n * 3 + c) * 10 + i]);
        sum += x, squares += x * x;
      }
    }
    EXPECT_NEAR(sum / 70, 0, 1e-5);
    EXPECT_NEAR(squares / 70, 1, 1e-5);
  }
}

TEST(NormalisePixels, RefusesAChannelWithoutContrast) {
  const InMemoryDataset plain(Tensor<uint8_t>({2, 1, 2, 2}, uint8_t{9}), {0, 0}, {"a"}, "plain");
  EXPECT_EQ(ErrorText([&] { NormalisePixels(MeasurePixels(plain), 1, "plain"); }),
            "plain: cannot be normalised: all pixels of channel 0 are 9");
}

TEST(SymmetricEigensystem, SolvesKnownMatrices) {
  const Eigensystem two = SymmetricEigensystem({2, 1, 1, 2}, 2);
  EXPECT_NEAR(two.values[0], 3, 1e-14);
  EXPECT_NEAR(two.values[1], 1, 1e-14);
  EXPECT_NEAR(std::abs(two.vectors[0]), std::sqrt(0.5), 1e-14);
  EXPECT_NEAR(two.vectors[0], two.vectors[1], 1e-14);
  EXPECT_NEAR(two.vectors[2], -two.vectors[3], 1e-14);
  const Eigensystem diagonal = SymmetricEigensystem({1, 0, 0, 0, 5, 0, 0, 0, 3}, 3);
  EXPECT_EQ(diagonal.values, (std::vector<double>{5, 3, 1}));
  EXPECT_EQ(SymmetricEigensystem({7}, 1).values, std::vector<double>{7});
}

}  // namespace
}  // namespace ocellus
