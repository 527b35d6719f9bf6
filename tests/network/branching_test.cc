// Networks whose layers do not form a chain: residual blocks (Add) and branches that meet (Concat).
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "ocellus/base/json.h"
#include "ocellus/layers/add_layer.h"
#include "ocellus/layers/affine_layer.h"
#include "ocellus/layers/average_pooling_layer.h"
#include "ocellus/layers/concat_layer.h"
#include "ocellus/layers/convolution_layer.h"
#include "ocellus/layers/relu_layer.h"
#include "ocellus/network/network.h"
#include "ocellus/network/network_json.h"
#include "ocellus/network/workspace.h"
#include "ocellus/training/gradient_check.h"
#include "tests/support/compare.h"
#include "tests/support/error_text.h"
#include "tests/support/temporary_folder.h"

namespace ocellus {
namespace {

constexpr int64_t kBatch = 3;
const Shape kInput{3, 6, 5};

// A residual block, then branches with 4, 2 and 3 channels that meet, one of them the input itself,
// and a sum that reads one layer three times. Where the first ReLU gives zeros only, the bias of
// conv2 keeps the second off its kink.
Network Branching() {
  Network net(kInput);
  net.Add(Convolution{.filters = 4, .kernel_size = 3, .padding = 1})
      .Add(Relu{})
      .Add(Convolution{
          .filters = 4, .kernel_size = {3, 1}, .padding = {1, 0}, .bias_init = Constant(0.125)})
      .Add(Add{}, {.name = "block", .inputs = {"conv2", "relu1"}})
      .Add(Relu{}, {.name = "out"})
      .Add(Convolution{.filters = 2, .kernel_size = 1}, {.name = "narrow", .inputs = {"relu1"}})
      .Add(Concat{}, {.name = "branches", .inputs = {"out", "narrow", "input"}})
      .Add(Add{}, {.name = "thrice", .inputs = {"branches", "branches", "branches"}})
      .Add(AveragePooling{.window = {3, 5}})
      .Add(Affine{.units = 4});
  net.Initialize(3);
  return net;
}

struct Results {
  Tensor<float> output;
  Tensor<float> d_input;
  std::vector<float> d_parameters;
};

Results RunBothWays(const Network& net, WorkspaceOptions options) {
  options.max_batch = kBatch;
  options.training = options.input_gradient = true;
  Workspace<float> workspace(net, options);
  const Tensor<float> input = RandomTensor(kInput.Batch(kBatch), 8);
  net.Forward(input, workspace);
  Results results{.output = ConvertTo<float>(workspace.output())};
  std::ranges::copy(RandomTensor({kBatch, 4}, 9).span(), workspace.d_output().data());
  net.Backward(workspace);
  results.d_input = ConvertTo<float>(workspace.d_input());
  results.d_parameters.assign(workspace.d_parameters().begin(), workspace.d_parameters().end());
  return results;
}

void ExpectSameBits(const Results& a, const Results& b) {
  EXPECT_TRUE(SameBits(a.output, b.output));
  EXPECT_TRUE(SameBits(a.d_input, b.d_input));
  EXPECT_TRUE(SameBits(a.d_parameters, b.d_parameters));
}

TEST(Branching, AddAndConcatComputeWhatTheyShould) {
  Network net({2, 1, 2});
  net.Add(Add{}, {.name = "twice", .inputs = {"input", "input"}})
      .Add(Concat{}, {.name = "both", .inputs = {"twice", "input"}});
  Tensor<float> input({2, 2, 1, 2});
  for (int64_t i = 0; i < 8; ++i) input[i] = static_cast<float>(i);
  const Tensor<float> output = net.Predict(input);
  EXPECT_EQ(net.output_shape(), (Shape{4, 1, 2}));
  EXPECT_THAT(output.span(),
              testing::ElementsAre(0, 2, 4, 6, 0, 1, 2, 3, 8, 10, 12, 14, 4, 5, 6, 7));
}

TEST(Branching, TheGradientCheckPasses) {
  const GradientCheck check = CheckGradient(Branching().ConvertTo<double>(),
                                            {.batch_size = kBatch, .values_per_parameter = 0});
  EXPECT_TRUE(check.passed) << ToTable(check);
}

TEST(Branching, ThreadsAndFusionChangeNoBit) {
  const Network net = Branching();
  const Results expected = RunBothWays(net, {});
  ExpectSameBits(RunBothWays(net, {.fusion = false}), expected);
  for (const int threads : {1, 2, 3, 7}) {
    ThreadPool pool(threads);
    ExpectSameBits(RunBothWays(net, {.pool = &pool}), expected);
  }
}

TEST(Branching, FloatIsDoubleRounded) {
  const Network net = Branching();
  const Tensor<float> input = RandomTensor(kInput.Batch(kBatch), 8);
  const Tensor<double> exact = net.ConvertTo<double>().Predict(ConvertTo<double>(input.view()));
  EXPECT_TRUE(AllNear(net.Predict(input), exact, 1e-5 * Largest(exact)));
}

TEST(Branching, JsonKeepsTheConnections) {
  const Network net = Branching();
  const Json json = NetworkToJson(net);
  EXPECT_EQ(json["layers"][6].dump(),
            R"({"name":"branches","type":"Concat","inputs":["out","narrow","input"]})");
  Network read = NetworkFromJson(json);
  EXPECT_EQ(NetworkToJson(read), json);
  for (int i = 0; i < static_cast<int>(net.parameters().size()); ++i) {
    read.SetParameter(i, net.parameter(i));
  }
  ExpectSameBits(RunBothWays(read, {}), RunBothWays(net, {}));
}

TEST(Branching, TheExampleInTheDocumentsIsANetwork) {
  const std::string text = ReadBytes(std::string(OCELLUS_SOURCE_DIR) + "/docs/layers.md");
  const std::string open = "```json\n";
  const size_t begin = text.find(open) + open.size();
  const Network net =
      ParseNetwork(text.substr(begin, text.find("```", begin) - begin), "layers.md").network;
  EXPECT_EQ(net.nodes()[4].where(), "add1 (Add)");
  EXPECT_EQ(net.nodes()[4].inputs, (std::vector<int>{3, 0}));
  EXPECT_EQ(net.output_shape(), Shape{10});
}

TEST(Branching, ErrorsNameTheLayer) {
  const auto error = [](const auto& options, const std::vector<std::string>& inputs) {
    Network net({2, 8, 8});
    net.Add(Convolution{.filters = 3, .kernel_size = 3})
        .Add(Convolution{.filters = 4, .kernel_size = 1});
    return ErrorText([&] { net.Add(options, {.name = "", .inputs = inputs}); });
  };
  EXPECT_EQ(error(Add{}, {}),
            "add1 (Add): expected two or more inputs, found 1; name the layers that it reads as "
            "its inputs");
  EXPECT_EQ(error(Add{}, {"conv1", "conv1", "conv2"}),
            "add1 (Add): expected inputs of the same shape, found 3x6x6 (the first) and 4x6x6 "
            "(number 3)");
  EXPECT_EQ(error(Concat{}, {"conv2"}),
            "concat1 (Concat): expected two or more inputs, found 1; name the layers that it reads "
            "as its inputs");
  EXPECT_EQ(error(Concat{}, {"conv2", "input"}),
            "concat1 (Concat): expected inputs that differ in the number of channels only, found "
            "4x6x6 (the first) and 2x8x8 (number 2)");
}

// Residual blocks of one convolution each, behind a first convolution.
Network Residual(int blocks) {
  Network net({4, 8, 8});
  net.Add(Convolution{.filters = 4, .kernel_size = 3, .padding = 1}, {.name = "sum0"});
  for (int block = 1; block <= blocks; ++block) {
    const std::string before = "sum" + std::to_string(block - 1);
    const std::string number = std::to_string(block);
    net.Add(Convolution{.filters = 4, .kernel_size = 3, .padding = 1}, {.name = "conv" + number});
    net.Add(Add{}, {.name = "sum" + number, .inputs = {"conv" + number, before}});
  }
  return net;
}

// While a block runs, its input, what its convolution makes of it and the sum are alive.
TEST(Branching, PredictionKeepsWhatAShortcutNeedsAndNoMore) {
  constexpr int64_t kMapBytes = 10 * 4 * 8 * 8 * sizeof(float);
  for (const int blocks : {1, 2, 20}) {
    const ExecutionPlan plan = MakeExecutionPlan(Residual(blocks), {.max_batch = 10}, 1);
    const int64_t scratch = plan.buffers[static_cast<size_t>(plan.scratch)].size_bytes;
    EXPECT_EQ(plan.memory.size_bytes, 3 * kMapBytes + RoundUp(scratch, kAlignmentBytes)) << blocks;
  }
}

// In the backward pass each reader but the last writes a gradient of its own, which is then added.
TEST(Branching, GradientsOfAFanOutAreAdded) {
  const ExecutionPlan plan = MakeExecutionPlan(Residual(1), {.max_batch = 1, .training = true}, 1);
  ASSERT_EQ(plan.steps.size(), 3u);
  const PlannedStep &first = plan.steps[0], &conv = plan.steps[1], &sum = plan.steps[2];
  EXPECT_EQ(sum.d_inputs[1], first.d_output);
  EXPECT_EQ(sum.d_input_is_added, std::vector<bool>({false, false}));
  EXPECT_NE(conv.d_inputs[0], first.d_output);
  EXPECT_EQ(conv.d_input_is_added, std::vector<bool>({true}));
}

}  // namespace
}  // namespace ocellus
