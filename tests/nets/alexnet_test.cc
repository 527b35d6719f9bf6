// AlexNet: the paper's numbers, and its memory.
#include "ocellus/nets/alexnet.h"

#include <gtest/gtest.h>

#include <map>

#include "ocellus/network/network_summary.h"
#include "ocellus/network/workspace.h"
#include "tests/support/net_table.h"

namespace ocellus {
namespace {

TEST(Alexnet, HasThePapersShapesAndParameterCounts) {
  const Network net = MakeAlexnet();
  const std::vector<TableRow> expected = {
      {"conv1", {96, 55, 55}, 34944},   {"conv2", {256, 27, 27}, 307456},
      {"conv3", {384, 13, 13}, 885120}, {"conv4", {384, 13, 13}, 663936},
      {"conv5", {256, 13, 13}, 442624}, {"fc6", {4096}, 37752832},
      {"fc7", {4096}, 16781312},        {"fc8", {1000}, 4097000}};
  EXPECT_EQ(RowsWithParameters(net), expected);
  EXPECT_EQ(net.parameter_count(), 60965224);
}

TEST(Alexnet, MultipliesAsOftenAsThePapers) {
  std::map<std::string, int64_t> millions;
  int64_t total = 0;
  for (const LayerSummary& layer : Summarize(MakeAlexnet(), 1).layers) {
    millions[layer.name] = (layer.multiply_adds + 500000) / 1000000;
    total += layer.multiply_adds;
  }
  EXPECT_EQ(millions["conv1"], 105);
  EXPECT_EQ(millions["conv2"], 224);
  EXPECT_EQ(millions["conv3"], 150);
  EXPECT_EQ(millions["conv4"], 112);
  EXPECT_EQ(millions["conv5"], 75);
  EXPECT_EQ(millions["fc6"] + millions["fc7"] + millions["fc8"], 59);
  EXPECT_EQ(total / 1000000, 724);
}

TEST(Alexnet, BiasesStartAsInThePaper) {
  const Network net = MakeAlexnet();
  for (const ParameterSlot& slot : net.parameters()) {
    if (slot.info.name == "weights") {
      EXPECT_EQ(slot.info.initializer, Normal(0.01)) << slot.name;
    } else {
      const bool zero =
          slot.name == "conv1.biases" || slot.name == "conv3.biases" || slot.name == "fc8.biases";
      EXPECT_EQ(slot.info.initializer, Constant(zero ? 0 : 1)) << slot.name;
    }
  }
}

// A training with momentum has weights, gradients and velocities once each, and activations with
// their gradients as planned: 0.88 GB for batches of 32.
TEST(Alexnet, TrainsInBoundedMemory) {
  const Network net = MakeAlexnet();
  ThreadPool pool(2);
  const Workspace<float> training(net, {.max_batch = 32, .training = true, .pool = &pool});
  const int64_t parameters = net.parameter_count() * int64_t{sizeof(float)};
  EXPECT_EQ(training.size_bytes(), training.activation_bytes());  // without values no gradients
  EXPECT_LT(training.size_bytes(), 160'000'000);
  EXPECT_LT(training.size_bytes() + 3 * parameters, 900'000'000);
  const Workspace<float> prediction(net, {.max_batch = 32, .pool = &pool});
  EXPECT_LT(prediction.size_bytes(), 100'000'000);
}

TEST(AlexnetSmall, HasTheSameBuild) {
  const Network net = MakeAlexnetSmall();
  const std::vector<TableRow> expected = {
      {"conv1", {32, 31, 31}, 3488}, {"conv2", {64, 15, 15}, 25664},
      {"conv3", {96, 7, 7}, 55392},  {"conv4", {96, 7, 7}, 41568},
      {"conv5", {64, 7, 7}, 27712},  {"fc6", {256}, 147712},
      {"fc7", {256}, 65792},         {"fc8", {10}, 2570}};
  EXPECT_EQ(RowsWithParameters(net), expected);
  const Network large = MakeAlexnet();
  ASSERT_EQ(net.nodes().size(), large.nodes().size());
  for (size_t i = 0; i < net.nodes().size(); ++i) {
    EXPECT_EQ(net.nodes()[i].where(), large.nodes()[i].where());
  }
}

}  // namespace
}  // namespace ocellus
