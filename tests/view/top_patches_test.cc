// The most exciting patches, against a plain search through all outputs.
#include "ocellus/view/top_patches.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <limits>
#include <numeric>

#include "ocellus/data/in_memory_dataset.h"
#include "ocellus/layers/affine_layer.h"
#include "ocellus/layers/convolution_layer.h"
#include "ocellus/layers/relu_layer.h"
#include "ocellus/network/subnetwork.h"
#include "tests/support/compare.h"
#include "tests/support/error_text.h"

namespace ocellus {
namespace {

using testing::HasSubstr;

Network PatchNet() {
  Network net({2, 6, 5});
  net.Add(Convolution{.filters = 4, .kernel_size = {3, 2}}).Add(Relu{}).Add(Affine{.units = 3});
  net.Initialize(6);
  return net;
}

// Whole numbers, so that many activations are equal.
InMemoryDataset SmallData(int64_t count) {
  Tensor<float> images = RandomWholeNumbers({count, 2, 6, 5}, 8);
  return {std::move(images), std::vector<int32_t>(static_cast<size_t>(count), 0), {"only"}, "data"};
}

// All places of all samples, sorted; then the first of each sample.
std::vector<Excitation> SearchPlainly(const Network& net, int node, const InMemoryDataset& data,
                                      int64_t unit, size_t count) {
  Tensor<float> images(data.image_shape().Batch(data.size()));
  std::vector<int64_t> numbers(static_cast<size_t>(data.size()));
  std::iota(numbers.begin(), numbers.end(), int64_t{0});
  std::vector<int32_t> labels(numbers.size());
  data.Read(numbers, images, labels);
  Preprocessing{.scale = 0.5, .mean = {0.1, -0.2}}.Apply(images.view());
  const Tensor<float> outputs = NetworkUpTo(net, node).Predict(images);
  const Shape& shape = net.shape_of(node);
  std::vector<Excitation> all;
  for (int64_t n = 0; n < data.size(); ++n) {
    Excitation best{.sample = n, .activation = -std::numeric_limits<float>::infinity()};
    for (int64_t y = 0; y < (shape.rank() == 3 ? shape[1] : 1); ++y) {
      for (int64_t x = 0; x < (shape.rank() == 3 ? shape[2] : 1); ++x) {
        const float value = shape.rank() == 3 ? outputs.At(n, unit, y, x) : outputs.At(n, unit);
        if (value > best.activation) best = {n, {y, x}, value};
      }
    }
    all.push_back(best);
  }
  std::ranges::stable_sort(all, std::ranges::greater{}, &Excitation::activation);
  all.resize(std::min(all.size(), count));
  return all;
}

TEST(FindTopPatches, FindsWhatAPlainSearchFinds) {
  const Network net = PatchNet();
  const InMemoryDataset data = SmallData(37);
  for (const int node : {0, 1, 2}) {
    const auto top =
        FindTopPatches(net, node, data, {.scale = 0.5, .mean = {0.1, -0.2}}, 5, {.batch_size = 10});
    ASSERT_EQ(std::ssize(top), UnitCount(net, node));
    for (size_t unit = 0; unit < top.size(); ++unit) {
      const auto expected = SearchPlainly(net, node, data, static_cast<int64_t>(unit), 5);
      ASSERT_EQ(top[unit].size(), 5u);
      for (size_t i = 0; i < 5; ++i) {
        EXPECT_EQ(top[unit][i].sample, expected[i].sample) << node << " " << unit << " " << i;
        EXPECT_EQ(top[unit][i].place.y, expected[i].place.y);
        EXPECT_EQ(top[unit][i].place.x, expected[i].place.x);
        EXPECT_EQ(top[unit][i].activation, expected[i].activation);
      }
    }
  }
}

TEST(FindTopPatches, TakesTheFirstOfEqualPlacesAndSamples) {
  const InMemoryDataset data(Tensor<float>({7, 2, 6, 5}, 0.0f), std::vector<int32_t>(7, 0),
                             {"only"}, "data");
  const auto top = FindTopPatches(PatchNet(), 0, data, {}, 4, {.batch_size = 3});
  for (const std::vector<Excitation>& list : top) {
    ASSERT_EQ(list.size(), 4u);
    for (size_t i = 0; i < 4; ++i) {
      EXPECT_EQ(list[i].sample, static_cast<int64_t>(i));
      EXPECT_EQ(list[i].place.y, 0);
      EXPECT_EQ(list[i].place.x, 0);
    }
  }
}

TEST(FindTopPatches, GivesFewerIfTheDataHasFewer) {
  const auto top = FindTopPatches(PatchNet(), 0, SmallData(2), {}, 9);
  EXPECT_EQ(top[0].size(), 2u);
}

TEST(FindTopPatches, LeavesOutWhatIsNotANumber) {
  Network net = PatchNet();
  Tensor<float> biases = ConvertTo<float>(net.parameter(1));
  biases[2] = std::numeric_limits<float>::quiet_NaN();
  net.SetParameter(1, biases);
  const auto top = FindTopPatches(net, 0, SmallData(3), {}, 2);
  EXPECT_EQ(top[2].size(), 0u);
  EXPECT_EQ(top[3].size(), 2u);
}

TEST(FindTopPatches, TellsHowFarItIs) {
  std::vector<int64_t> done;
  FindTopPatches(PatchNet(), 0, SmallData(5), {}, 1,
                 {.batch_size = 2, .progress = [&](int64_t now, int64_t total) {
                    done.push_back(now);
                    EXPECT_EQ(total, 5);
                  }});
  EXPECT_EQ(done, (std::vector<int64_t>{2, 4, 5}));
}

TEST(FindTopPatches, RefusesWhatDoesNotFit) {
  const Network net = PatchNet();
  const InMemoryDataset data = SmallData(3);
  EXPECT_THAT(ErrorText([&] { FindTopPatches(net, 0, data, {}, 0); }),
              HasSubstr("patches: expected 1 or more, found 0"));
  EXPECT_THAT(ErrorText([&] { FindTopPatches(net, 0, data, {}, 1, {.batch_size = 0}); }),
              HasSubstr("batch size: expected 1 or more, found 0"));
  EXPECT_THAT(ErrorText([&] { FindTopPatches(net, kNetworkInput, data, {}, 1); }),
              HasSubstr("expected a layer"));
  Network other({1, 6, 5});
  other.Add(Convolution{.filters = 1, .kernel_size = 1});
  other.Initialize(1);
  EXPECT_THAT(ErrorText([&] { FindTopPatches(other, 0, data, {}, 1); }),
              HasSubstr("images have shape 2x6x5, the network expects 1x6x5"));
}

}  // namespace
}  // namespace ocellus
