// All that the chapter's class can do.
#include "ocellus/nets/simple_conv_net.h"

#include <gtest/gtest.h>

#include <cmath>

#include "ocellus/base/error.h"
#include "tests/support/compare.h"
#include "tests/support/program_run.h"

namespace ocellus {
namespace {

SimpleConvNet SmallNet() {
  return SimpleConvNet({.input_dim = {1, 8, 8},
                        .filter_num = 3,
                        .filter_size = 3,
                        .hidden_size = 5,
                        .output_size = 4,
                        .weight_init_std = 0.2});
}

TEST(SimpleConvNet, HasTheChaptersShapes) {
  const SimpleConvNet net;
  const std::vector<Shape> shapes = {{30, 1, 5, 5}, {30}, {4320, 100}, {100}, {100, 10}, {10}};
  ASSERT_EQ(net.network().parameters().size(), shapes.size());
  for (size_t i = 0; i < shapes.size(); ++i) {
    EXPECT_EQ(net.network().parameters()[i].info.shape, shapes[i]);
  }
}

TEST(SimpleConvNet, AllHyperParametersCount) {
  const Network net = MakeSimpleConvNet({.input_dim = {2, 12, 12},
                                         .filter_num = 3,
                                         .filter_size = 4,
                                         .pad = 1,
                                         .stride = 2,
                                         .hidden_size = 6,
                                         .output_size = 7});
  EXPECT_EQ(net.shape_of(0), (Shape{3, 6, 6}));  // (12 + 2 - 4) / 2 + 1
  EXPECT_EQ(net.shape_of(3), Shape{6});
  EXPECT_EQ(net.output_shape(), Shape{7});
}

TEST(SimpleConvNet, GradientAgreesWithNumericalGradient) {
  const SimpleConvNet net = SmallNet();
  const Tensor<float> x = RandomTensor({2, 1, 8, 8}, 3);
  const std::vector<int32_t> t = {1, 3};
  const NamedGradients analytic = net.Gradient(x, t), numerical = net.NumericalGradient(x, t);
  const std::vector<std::string> names = {"W1", "b1", "W2", "b2", "W3", "b3"};
  ASSERT_EQ(analytic.size(), names.size());
  for (size_t i = 0; i < names.size(); ++i) {
    EXPECT_EQ(analytic[i].first, names[i]);
    for (int64_t j = 0; j < analytic[i].second.elements(); ++j) {
      EXPECT_NEAR(analytic[i].second[j], numerical[i].second[j], 2e-6) << names[i] << " " << j;
    }
  }
}

TEST(SimpleConvNet, LossAndAccuracyCountEverySample) {
  const SimpleConvNet net = SmallNet();
  const Tensor<float> x = RandomTensor({7, 1, 8, 8}, 3);
  const Tensor<float> scores = net.Predict(x);
  std::vector<int32_t> t;
  for (int64_t n = 0; n < 7; ++n) {
    const auto row = scores.view().Sample(n).span();
    t.push_back(static_cast<int32_t>(std::ranges::max_element(row) - row.begin()));
  }
  EXPECT_EQ(net.Accuracy(x, t, 3), 1.0);
  t[6] = (t[6] + 1) % 4;  // in the last, partial batch
  EXPECT_DOUBLE_EQ(net.Accuracy(x, t, 3), 6.0 / 7);
  EXPECT_NEAR(net.Loss(x, t), std::log(4.0), 0.5);
  t[0] = 4;
  EXPECT_THROW(net.Loss(x, t), Error);
}

TEST(SimpleConvNet, NanScoresAreNeverRight) {
  SimpleConvNet net = SmallNet();
  net.network().parameter(5).Fill(std::nanf(""));
  EXPECT_EQ(net.Accuracy(RandomTensor({3, 1, 8, 8}, 3), std::vector<int32_t>{0, 0, 0}), 0);
}

TEST(SimpleConvNet, SavesAndLoadsItsParameters) {
  const TemporaryFolder folder;
  const SimpleConvNet net = SmallNet();
  for (const char* name : {"params.pkl", "params.npz", "params.safetensors"}) {
    net.SaveParams(folder.path() / name);
    SimpleConvNet other({.input_dim = {1, 8, 8},
                         .filter_num = 3,
                         .filter_size = 3,
                         .hidden_size = 5,
                         .output_size = 4},
                        /*seed=*/77);
    other.LoadParams(folder.path() / name);
    EXPECT_TRUE(SameBits(other.network().parameter_values(), net.network().parameter_values()));
  }
  SimpleConvNet larger;
  try {
    larger.LoadParams(folder.path() / "params.pkl");
    FAIL();
  } catch (const Error& error) {
    EXPECT_NE(std::string(error.what())
                  .find("parameter W1 (conv1.weights): expected shape 30x1x5x5, found 3x1x3x3"),
              std::string::npos)
        << error.what();
  }
}

}  // namespace
}  // namespace ocellus
