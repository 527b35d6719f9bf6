// Which steps a network has, and which memory they share.
#include "ocellus/network/execution_plan.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <type_traits>
#include <vector>

#include "ocellus/base/json.h"
#include "ocellus/layers/affine_layer.h"
#include "ocellus/layers/average_pooling_layer.h"
#include "ocellus/layers/convolution_layer.h"
#include "ocellus/layers/max_pooling_layer.h"
#include "ocellus/layers/relu_layer.h"
#include "ocellus/network/workspace.h"
#include "tests/support/compare.h"
#include "tests/support/error_text.h"
#include "tests/support/tiny_data.h"

namespace ocellus {
namespace {

// Two branches, each with a ReLU of which only one can be fused, and a layer that reads the same
// input twice.
Network Diamond() {
  Network net({3, 4, 5});
  net.Add(Convolution{.filters = 3, .kernel_size = 3, .padding = 1})
      .Add(Convolution{.filters = 3, .kernel_size = {1, 3}, .padding = {0, 1}})
      .Add(Relu{}, {.name = "branch1", .inputs = {"conv1"}})
      .Add(Relu{}, {.name = "branch2", .inputs = {"conv2"}})
      .Add(std::make_unique<SumLayer>(), {.name = "sum", .inputs = {"branch1", "branch2"}})
      .Add(std::make_unique<SumLayer>(), {.name = "twice", .inputs = {"sum", "sum"}})
      .Add(Affine{.units = 4});
  net.Initialize(3);
  return net;
}

TEST(ExecutionPlan, FusesOnlyWhatOnlyTheActivationReads) {
  const Network net = Diamond();
  const ExecutionPlan plan = MakeExecutionPlan(net, {.max_batch = 2}, 1);
  // conv1 is read by conv2 as well, so branch1 stays; conv2 takes branch2 with it.
  ASSERT_EQ(plan.steps.size(), 6u);
  const int nodes[] = {0, 1, 2, 4, 5, 6}, outputs[] = {0, 3, 2, 4, 5, 6};
  for (size_t s = 0; s < plan.steps.size(); ++s) {
    EXPECT_EQ(plan.steps[s].step.node, nodes[s]);
    EXPECT_EQ(plan.steps[s].step.output_node, outputs[s]);
  }
  EXPECT_EQ(plan.steps[1].step.activation, Activation::kRelu);
  EXPECT_EQ(plan.steps[2].step.activation, Activation::kNone);
  EXPECT_EQ(MakeExecutionPlan(net, {.max_batch = 2, .fusion = false}, 1).steps.size(), 7u);
}

TEST(ExecutionPlan, AveragePoolingTakesNoActivation) {
  Network net({1, 4, 4});
  net.Add(AveragePooling{.window = 2}).Add(Relu{}).Add(Relu{});
  EXPECT_EQ(MakeExecutionPlan(net, {}, 1).steps.size(), 3u);
}

// A first and a second convolution with max pooling behind them, and a third without.
Network ThreeConvolutions() {
  Network net({2, 13, 14});
  net.Add(Convolution{.filters = 5, .kernel_size = {4, 3}})
      .Add(Relu{})
      .Add(MaxPooling{.window = 2});
  net.Add(Convolution{.filters = 4, .kernel_size = {2, 3}}).Add(MaxPooling{.window = 2});
  net.Add(Convolution{.filters = 3, .kernel_size = 2}).Add(Affine{.units = 3});
  net.Initialize(5);
  return net;
}

TEST(ExecutionPlan, OneLayerConvolvesAndPools) {
  const Network net = ThreeConvolutions();
  for (const bool training : {false, true}) {
    const ExecutionPlan plan = MakeExecutionPlan(net, {.max_batch = 2, .training = training}, 1);
    ASSERT_EQ(plan.steps.size(), 4u);
    // Nodes: conv1, relu1, pool1, conv2, pool2, conv3, affine1. relu1 was moved behind pool1.
    int64_t scratch_bytes = 0;
    const int nodes[] = {0, 3, 5, 6}, second[] = {2, 4, kNoNode, kNoNode}, out[] = {2, 4, 5, 6};
    for (size_t s = 0; s < plan.steps.size(); ++s) {
      const Step& step = plan.steps[s].step;
      EXPECT_EQ(step.node, nodes[s]);
      EXPECT_EQ(step.second_node, second[s]);
      EXPECT_EQ(step.output_node, out[s]);
      EXPECT_EQ(step.fused_layer != nullptr, second[s] != kNoNode);
      EXPECT_EQ(step.activation, s == 0 ? Activation::kRelu : Activation::kNone);
      EXPECT_EQ(plan.steps[s].saved != kNoBuffer, training && second[s] != kNoNode) << s;
      EXPECT_EQ(plan.steps[s].runs_backward, training);
      scratch_bytes = std::max(scratch_bytes, LayerOf(step, net.nodes()).ScratchBytes(2, 1));
    }
    ASSERT_NE(plan.scratch, kNoBuffer);
    EXPECT_EQ(plan.buffers[static_cast<size_t>(plan.scratch)].size_bytes, scratch_bytes);
    EXPECT_EQ(plan.steps[1].input_steps, std::vector<int>{0});
    // What lies between convolution and pooling has no memory: 2 x 5 x 10 x 12 floats for conv1.
    const int64_t convolved = 2 * int64_t{sizeof(float)} * net.shape_of(0).elements();
    for (const BufferLife& buffer : plan.buffers) {
      if (&buffer != &plan.buffers[static_cast<size_t>(plan.scratch)]) {
        EXPECT_LT(buffer.size_bytes, convolved);
      }
    }
  }
}

TEST(ExecutionPlan, AnActivationBehindPoolingIsFusedAsWell) {
  Network net({1, 8, 8});
  net.Add(Convolution{.filters = 2, .kernel_size = 3})
      .Add(MaxPooling{.window = 2})
      .Add(Relu{})
      .Add(Affine{.units = 2});
  const ExecutionPlan plan = MakeExecutionPlan(net, {}, 1);
  ASSERT_EQ(plan.steps.size(), 2u);
  EXPECT_EQ(plan.steps[0].step.second_node, 1);
  EXPECT_EQ(plan.steps[0].step.output_node, 2);
  EXPECT_EQ(plan.steps[0].step.activation, Activation::kRelu);
}

// Remembers how many threads it was given.
class ThreadsLayer : public TypedLayer<ThreadsLayer> {
 public:
  ThreadsLayer(int64_t multiply_adds, int* forward, int* backward)
      : multiply_adds_(multiply_adds), forward_(forward), backward_(backward) {}
  std::string type() const override { return "TestThreads"; }
  std::string label() const override { return "threads"; }
  Json OptionsToJson() const override { return Json::object(); }
  LayerInfo Prepare(std::string_view, std::span<const Shape> inputs) override {
    return {.output = inputs[0], .multiply_adds = multiply_adds_};
  }
  // More for one thread than for many.
  int64_t ScratchBytes(int64_t, int threads) const override { return threads == 1 ? 5000 : 64; }
  template <typename T>
  void ForwardAny(const ForwardPass<T>& pass) const {
    std::ranges::copy(pass.inputs[0].span(), pass.output.data());
    *forward_ = pass.context.pool.threads();
    if constexpr (std::is_same_v<T, float>) {
      EXPECT_GE(std::ssize(pass.context.scratch), ScratchBytes(1, *forward_));
    }
  }
  template <typename T>
  void BackwardAny(const BackwardPass<T>& pass) const {
    std::ranges::copy(pass.d_output.span(), pass.d_inputs[0].data());
    *backward_ = pass.context.pool.threads();
  }

 private:
  int64_t multiply_adds_;
  int* forward_;
  int* backward_;
};

TEST(ExecutionPlan, OneThreadDoesOneSampleIfThatIsLittleWork) {
  const auto threads_for = [](int64_t size, int64_t multiply_adds, int64_t batch) {
    int forward = 0, backward = 0;
    Network net({1, size, size});
    net.Add(std::make_unique<ThreadsLayer>(multiply_adds, &forward, &backward));
    ThreadPool pool(3);
    Workspace<float> workspace(
        net, {.max_batch = 2, .training = true, .input_gradient = true, .pool = &pool});
    net.Forward(Tensor<float>({batch, 1, size, size}, 1.0f), workspace);
    workspace.d_output().Fill(1.0f);
    net.Backward(workspace);
    EXPECT_EQ(forward, backward);
    return forward;
  };
  EXPECT_EQ(threads_for(10, 2'000'000, 1), 1);
  EXPECT_EQ(threads_for(10, 2'000'000, 2), 3);
  EXPECT_EQ(threads_for(10, 10'000'000, 1), 3) << "much work";
  EXPECT_EQ(threads_for(300, 0, 1), 3) << "much memory";

  // In prediction less is enough.
  const auto threads_in_prediction = [](int64_t multiply_adds) {
    int forward = 0, backward = 0;
    Network net({1, 10, 10});
    net.Add(std::make_unique<ThreadsLayer>(multiply_adds, &forward, &backward));
    ThreadPool pool(3);
    Workspace<float> workspace(net, {.pool = &pool});
    net.Forward(Tensor<float>({1, 1, 10, 10}, 1.0f), workspace);
    return forward;
  };
  EXPECT_EQ(threads_in_prediction(1'000'000), 1);
  EXPECT_EQ(threads_in_prediction(2'000'000), 3);

  // The result is the same.
  Network net({3, 12, 10});
  net.Add(Convolution{.filters = 7, .kernel_size = 3}).Add(Relu{}).Add(Affine{.units = 5});
  net.Initialize(1);
  const Tensor<float> input = RandomTensor({1, 3, 12, 10}, 2);
  ThreadPool one(1), many(5);
  Workspace<float> with_one(net, {.pool = &one}), with_many(net, {.pool = &many});
  net.Forward(input, with_one);
  net.Forward(input, with_many);
  EXPECT_TRUE(SameBits(with_many.output(), with_one.output()));
}

TEST(ExecutionPlan, LayersStayApartForWhoLooksBetweenThem) {
  const Network net = ThreeConvolutions();
  const auto fuses_layers = [](const ExecutionPlan& plan) {
    return std::ranges::any_of(
        plan.steps, [](const PlannedStep& planned) { return planned.step.fused_layer != nullptr; });
  };
  EXPECT_TRUE(fuses_layers(MakeExecutionPlan(net, {.training = true}, 1)));
  EXPECT_FALSE(fuses_layers(MakeExecutionPlan(net, {.training = true, .frozen = true}, 1)));
  EXPECT_FALSE(fuses_layers(MakeExecutionPlan(net, {.training = true, .fusion = false}, 1)));
  EXPECT_FALSE(fuses_layers(MakeExecutionPlan(net.ConvertTo<double>(), {.training = true}, 1)));
}

TEST(ExecutionPlan, NoLayerIsFusedWithPoolingThatIsNotItsOnlyReader) {
  Network net({2, 8, 8});
  net.Add(Convolution{.filters = 2, .kernel_size = 3, .padding = 1})
      .Add(MaxPooling{.window = 1})
      .Add(std::make_unique<SumLayer>(), {.name = "sum", .inputs = {"conv1", "pool1"}});
  for (const PlannedStep& planned : MakeExecutionPlan(net, {}, 1).steps) {
    EXPECT_EQ(planned.step.fused_layer, nullptr);
  }
}

TEST(ExecutionPlan, WinnersGiveTheGradientsOfTheWholeImages) {
  const Network net = ThreeConvolutions();
  const Tensor<float> input = RandomTensor({7, 2, 13, 14}, 6);
  for (const bool input_gradient : {false, true}) {
    const auto gradients = [&](bool fusion) {
      Workspace<float> workspace(
          net,
          {.max_batch = 9, .training = true, .input_gradient = input_gradient, .fusion = fusion});
      net.Forward(input, workspace);
      const Tensor<float> d_output = RandomTensor(workspace.d_output().shape(), 7);
      std::ranges::copy(d_output.span(), workspace.d_output().data());
      net.Backward(workspace);
      std::vector<float> all(workspace.d_parameters().begin(), workspace.d_parameters().end());
      if (input_gradient) {
        all.insert(all.end(), workspace.d_input().span().begin(), workspace.d_input().span().end());
      }
      return all;
    };
    const std::vector<float> winners = gradients(true), images = gradients(false);
    ASSERT_EQ(winners.size(), images.size());
    for (size_t i = 0; i < winners.size(); ++i) EXPECT_NEAR(winners[i], images[i], 2e-4) << i;
    EXPECT_NE(winners, std::vector<float>(winners.size(), 0.0f));
  }
}

TEST(ExecutionPlan, MovesAnActivationBehindMaxPooling) {
  Network net({1, 8, 8});
  net.Add(AveragePooling{.window = 1}).Add(Relu{}).Add(MaxPooling{.window = 2});
  net.Add(Relu{}).Add(AveragePooling{.window = 2});
  const ExecutionPlan plan = MakeExecutionPlan(net, {.training = true, .input_gradient = true}, 1);
  ASSERT_EQ(plan.steps.size(), 4u);
  EXPECT_EQ(plan.steps[0].step.output_node, 0);
  EXPECT_EQ(plan.steps[0].step.activation, Activation::kNone);
  EXPECT_EQ(plan.steps[1].step.node, 2);
  EXPECT_EQ(plan.steps[1].step.activation, Activation::kRelu);
  EXPECT_EQ(plan.steps[1].input_steps, std::vector<int>{0});
  // The second ReLU is a step of its own: the pooling layer has one already.
  EXPECT_EQ(plan.steps[2].step.node, 3);
  // Backward reads the pooled output, not what is pooled.
  EXPECT_EQ(plan.buffers[static_cast<size_t>(plan.steps[0].output)].last, 1);
}

TEST(ExecutionPlan, MovesNoActivationThatIsReadElsewhere) {
  Network net({2, 4, 4});
  net.Add(Relu{})  // of the network's input
      .Add(MaxPooling{.window = 1})
      .Add(Convolution{.filters = 2, .kernel_size = 1})
      .Add(Relu{})
      .Add(MaxPooling{.window = 1})
      .Add(std::make_unique<SumLayer>(), {.name = "sum", .inputs = {"pool2", "relu2"}})
      .Add(Relu{})
      .Add(MaxPooling{.window = 1}, {.name = "pool3", .inputs = {"relu3"}})
      .Add(std::make_unique<SumLayer>(), {.name = "last", .inputs = {"pool3", "sum"}});
  for (const PlannedStep& step : MakeExecutionPlan(net, {}, 1).steps) {
    const std::string& name = net.name_of(step.step.node);
    EXPECT_EQ(step.step.activation, name == "conv1" ? Activation::kRelu : Activation::kNone)
        << name;
  }
}

TEST(ExecutionPlan, NothingRunsBackwardThatNobodyAsksFor) {
  Network net({1, 4, 4});
  net.Add(MaxPooling{.window = 2}).Add(Affine{.units = 3}).Add(Relu{}).Add(Affine{.units = 2});
  const auto runs_backward = [&](const WorkspaceOptions& options) {
    std::vector<bool> runs;
    for (const PlannedStep& step : MakeExecutionPlan(net, options, 1).steps) {
      runs.push_back(step.runs_backward);
    }
    return runs;
  };
  EXPECT_EQ(runs_backward({}), std::vector<bool>({false, false, false}));
  EXPECT_EQ(runs_backward({.training = true}), std::vector<bool>({false, true, true}));
  EXPECT_EQ(runs_backward({.training = true, .input_gradient = true}),
            std::vector<bool>({true, true, true}));
}

void RunBackward(const Network& net, const Tensor<float>& input, Workspace<float>& workspace) {
  net.Forward(input, workspace);
  std::ranges::copy(RandomTensor({2, 4}, 9).span(), workspace.d_output().data());
  net.Backward(workspace);
}

// The gradients of all parameters and of the input.
std::vector<float> Gradients(const Network& net, const Tensor<float>& input, bool fusion) {
  Workspace<float> workspace(
      net, {.max_batch = 2, .training = true, .input_gradient = true, .fusion = fusion});
  RunBackward(net, input, workspace);
  std::vector<float> gradients(workspace.d_parameters().begin(), workspace.d_parameters().end());
  const TensorView<const float> d_input = workspace.d_input();
  gradients.insert(gradients.end(), d_input.data(), d_input.data() + d_input.elements());
  return gradients;
}

TEST(ExecutionPlan, FusionChangesNoBitOfAGradient) {
  const Network net = Diamond();
  const Tensor<float> input = RandomTensor({2, 3, 4, 5}, 8);
  EXPECT_TRUE(SameBits(Gradients(net, input, true), Gradients(net, input, false)));
}

// With pooling windows that overlap, and some in which no element is positive.
TEST(ExecutionPlan, MovingAnActivationChangesNoBitOfAGradient) {
  Network net({3, 9, 9});
  net.Add(Convolution{.filters = 4, .kernel_size = 2})
      .Add(Relu{})
      .Add(MaxPooling{.window = {2, 4}, .stride = {1, 2}})
      .Add(Convolution{.filters = 3, .kernel_size = {2, 1}})
      .Add(Relu{})
      .Add(MaxPooling{.window = {6, 3}})
      .Add(Affine{.units = 4});
  net.Initialize(3);
  const Tensor<float> input = RandomTensor({2, 3, 9, 9}, 8);
  EXPECT_EQ(MakeExecutionPlan(net, {}, 1).steps.size(), 3u);
  EXPECT_TRUE(SameBits(Gradients(net, input, true), Gradients(net, input, false)));
}

TEST(Workspace, GradientsAddUpUntilTheyAreCleared) {
  const Network net = Diamond();
  const Tensor<float> input = RandomTensor({2, 3, 4, 5}, 8);
  Workspace<float> workspace(net, {.max_batch = 2, .training = true});
  RunBackward(net, input, workspace);
  const std::vector<float> once(workspace.d_parameters().begin(), workspace.d_parameters().end());
  RunBackward(net, input, workspace);
  for (size_t i = 0; i < once.size(); ++i) {
    EXPECT_NEAR(workspace.d_parameters()[i], 2 * once[i], 1e-5 * std::abs(once[i]) + 1e-6) << i;
  }
  // Whatever is there counts as 0 then, for layers that add and for those that overwrite.
  for (float& value : workspace.d_parameters()) value = std::numeric_limits<float>::quiet_NaN();
  for (int i = 0; const ParameterSlot& slot : net.parameters()) {
    // What lies between parameters is 0 and stays so.
    const auto offset = static_cast<size_t>(slot.offset + workspace.d_parameter(i++).elements());
    const auto end = static_cast<size_t>(RoundUp(static_cast<int64_t>(offset), 16));
    for (size_t k = offset; k < end; ++k) workspace.d_parameters()[k] = 0;
  }
  workspace.ClearGradients();
  RunBackward(net, input, workspace);
  EXPECT_TRUE(SameBits(workspace.d_parameters(), once));
  workspace.ClearGradients();
  EXPECT_THAT(workspace.d_parameters(), testing::Each(0.0f));
  EXPECT_THAT(workspace.d_parameter(0).span(), testing::Each(0.0f));
}

TEST(Workspace, GradientsInDoubleAreClearedToo) {
  const auto net = Diamond().ConvertTo<double>();
  const Tensor<double> input = ConvertTo<double>(RandomTensor({2, 3, 4, 5}, 8).view());
  Workspace<double> workspace(net, {.max_batch = 2, .training = true});
  std::vector<double> once;
  for (int round = 0; round < 2; ++round) {
    net.Forward(input, workspace);
    workspace.d_output().Fill(1);
    workspace.ClearGradients();
    net.Backward(workspace);
    if (round == 0) once.assign(workspace.d_parameters().begin(), workspace.d_parameters().end());
  }
  EXPECT_TRUE(std::ranges::equal(workspace.d_parameters(), once));
}

TEST(ExecutionPlan, DoubleHasNoScratchMemory) {
  const Network net = Diamond();
  EXPECT_NE(MakeExecutionPlan(net, {}, 1).scratch, kNoBuffer);
  EXPECT_EQ(MakeExecutionPlan(net.ConvertTo<double>(), {}, 1).scratch, kNoBuffer);
}

TEST(Workspace, RefusesWhatCannotBePlanned) {
  const Network net = Diamond();
  EXPECT_EQ(ErrorText([&] { Workspace<float>(net, {.max_batch = 0}); }),
            "workspace: batch size: expected 1 or more, found 0");
  EXPECT_EQ(ErrorText([&] { Workspace<float>(net, {.input_gradient = true}); }),
            "workspace: the gradient of the input needs a workspace for training");
  EXPECT_EQ(
      ErrorText([&] { Workspace<float>(net, {.training = true, .constant_parameters = true}); }),
      "workspace: parameters are not constant in a workspace for training");
  EXPECT_EQ(ErrorText([&] { Workspace<float>(Network({3}), {}); }),
            "network: expected at least one layer, found none");
  EXPECT_EQ(ErrorText([&] { Workspace<float>(net, {.max_batch = int64_t{1} << 60}); }),
            "workspace: 60 x 1152921504606846976 does not fit into 64 bits");
}

}  // namespace
}  // namespace ocellus
