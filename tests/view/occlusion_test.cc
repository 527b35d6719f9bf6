// Occlusion maps against one picture at a time.
#include "ocellus/view/occlusion.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "ocellus/layers/affine_layer.h"
#include "ocellus/layers/convolution_layer.h"
#include "ocellus/layers/relu_layer.h"
#include "tests/support/compare.h"
#include "tests/support/error_text.h"

namespace ocellus {
namespace {

using testing::HasSubstr;

Network OccludedNet() {
  Network net({2, 9, 11});
  net.Add(Convolution{.filters = 3, .kernel_size = 3}).Add(Relu{}).Add(Affine{.units = 3});
  net.Initialize(5);
  return net;
}

double Probability(const Network& net, const Tensor<float>& input, int64_t target) {
  const Tensor<float> scores = net.Predict(input);
  double sum = 0;
  for (const float score : scores.span()) sum += std::exp(double{score});
  return std::exp(double{scores[target]}) / sum;
}

TEST(Occlude, HidesOneSquareAfterTheOther) {
  const Network net = OccludedNet();
  const Tensor<float> input = RandomTensor({1, 2, 9, 11}, 3);
  constexpr int64_t kSize = 4;
  constexpr int64_t kStride = 2;
  std::vector<int64_t> progress;
  const auto note = [&](int64_t done, int64_t total) {
    progress.push_back(done);
    EXPECT_EQ(total, 31);
  };
  const OcclusionMap map =
      Occlude(net, input, 1,
              {.size = kSize, .stride = kStride, .run = {.batch_size = 7, .progress = note}});
  EXPECT_EQ(progress, (std::vector<int64_t>{7, 14, 21, 28, 31}));
  EXPECT_NEAR(map.probability, Probability(net, input, 1), 1e-6);
  ASSERT_EQ(map.occluded.shape(), (Shape{5, 6}));
  double means[2] = {0, 0};
  for (int64_t i = 0; i < input.elements(); ++i) means[i / 99] += input[i] / 99.0;
  for (int64_t row = 0; row < 5; ++row) {
    for (int64_t column = 0; column < 6; ++column) {
      Tensor<float> hidden = input.Clone();
      for (int64_t c = 0; c < 2; ++c) {
        for (int64_t y = 0; y < 9; ++y) {
          for (int64_t x = 0; x < 11; ++x) {
            // The square's first pixel is half its size before the middle of the cell.
            const int64_t top = row * kStride + 1 - 2;
            const int64_t left = column * kStride + 1 - 2;
            const bool covered = y >= top && y < top + kSize && x >= left && x < left + kSize;
            if (covered) hidden.At(0, c, y, x) = static_cast<float>(means[c]);
          }
        }
      }
      EXPECT_NEAR(map.occluded.At(row, column), Probability(net, hidden, 1), 1e-5)
          << row << ", " << column;
    }
  }
}

TEST(Occlude, ChoosesSizeAndStrideByThePicture) {
  const OcclusionMap map = Occlude(OccludedNet(), RandomTensor({1, 2, 9, 11}, 3), 0);
  EXPECT_EQ(map.size, 2);
  EXPECT_EQ(map.stride, 1);
  EXPECT_EQ(map.occluded.shape(), (Shape{9, 11}));
  Network large({1, 90, 57});
  large.Add(Affine{.units = 2});
  large.Initialize(1);
  const OcclusionMap coarse = Occlude(large, RandomTensor({1, 1, 90, 57}, 3), 0);
  EXPECT_EQ(coarse.size, 14);
  EXPECT_EQ(coarse.stride, 2);
  EXPECT_EQ(coarse.occluded.shape(), (Shape{45, 29}));
}

TEST(Occlude, DoesNotDependOnTheNumberOfThreads) {
  const Network net = OccludedNet();
  const Tensor<float> input = RandomTensor({1, 2, 9, 11}, 3);
  const auto run = [&](int threads) {
    ThreadPool pool(threads);
    return Occlude(net, input, 2, {.run = {.pool = &pool}}).occluded;
  };
  const Tensor<float> one = run(1);
  for (const int threads : {2, 3, 7}) EXPECT_TRUE(SameBits(run(threads).view(), one.view()));
}

TEST(Occlude, RefusesWhatDoesNotFit) {
  const Network net = OccludedNet();
  const Tensor<float> input({1, 2, 9, 11}, 0.0f);
  const auto error = [&](int64_t target, const OcclusionOptions& options) {
    return ErrorText([&] { Occlude(net, input, target, options); });
  };
  EXPECT_EQ(ErrorText([&] {
              Occlude(net, Tensor<float>({2, 2, 9, 11}, 0.0f), 0);
            }),
            "occlusion: expected one sample of shape 1x2x9x11, found 2x2x9x11");
  EXPECT_EQ(error(3, {}), "class: expected 0 to 2, found 3");
  EXPECT_THAT(error(0, {.size = 10}), HasSubstr("expected 1 to 9 pixels, found 10"));
  EXPECT_THAT(error(0, {.stride = -1}), HasSubstr("stride: expected 1 to 9 pixels, found -1"));
  EXPECT_THAT(error(0, {.run = {.batch_size = 0}}), HasSubstr("batch size: expected 1 or more"));
}

}  // namespace
}  // namespace ocellus
