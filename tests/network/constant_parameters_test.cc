// Parameters that are packed once: the same result, for any batch and number of threads.
#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <numeric>
#include <string>
#include <vector>

#include "ocellus/base/json.h"
#include "ocellus/kernels/simd_target.h"
#include "ocellus/layers/affine_layer.h"
#include "ocellus/layers/convolution_layer.h"
#include "ocellus/layers/max_pooling_layer.h"
#include "ocellus/layers/relu_layer.h"
#include "ocellus/network/workspace.h"
#include "tests/support/compare.h"

namespace ocellus {
namespace {

// Every way to pack: Winograd with pooling behind it, a table of connections, filters in the lanes
// of vectors, a window as large as its input; and layers without.
Network PackingNetwork() {
  Network net({16, 12, 14});
  net.Add(Convolution{.filters = 16, .kernel_size = 3, .padding = 1})
      .Add(Relu{})
      .Add(MaxPooling{.window = 2})
      .Add(Convolution{.filters = 16, .kernel_size = 3, .padding = 1})
      .Add(Convolution{.filters = 2, .kernel_size = 2, .connections = {{0, 3, 15}, {7, 8}}})
      .Add(Convolution{.filters = 16, .kernel_size = {3, 4}})
      .Add(Convolution{.filters = 10, .kernel_size = 3})
      .Add(Affine{.units = 4});
  net.Initialize(3);
  return net;
}

int64_t PackedSteps(const ExecutionPlan& plan) {
  return std::ranges::count_if(
      plan.steps, [](const PlannedStep& planned) { return planned.packed != kNoBuffer; });
}

TEST(ConstantParameters, ArePackedOnceWithTheSameResult) {
  const Network net = PackingNetwork();
  const Tensor<float> input = RandomTensor({7, 16, 12, 14}, 4);
  for (const int threads : {1, 2, 3}) {
    ThreadPool pool(threads);
    Workspace<float> plain(net, {.max_batch = 7, .pool = &pool});
    Workspace<float> packed(net, {.max_batch = 7, .constant_parameters = true, .pool = &pool});
    EXPECT_EQ(PackedSteps(plain.plan()), 0);
    EXPECT_EQ(PackedSteps(packed.plan()), 5);
    EXPECT_GT(packed.size_bytes(), plain.size_bytes());
    for (const int64_t n : {1, 7, 2, 7}) {  // nothing overwrites what is packed
      net.Forward(input.view().Samples(0, n), plain);
      net.Forward(input.view().Samples(0, n), packed);
      EXPECT_TRUE(SameBits(packed.output(), plain.output())) << n;
    }
  }
}

// Filters that are not worth packing next to a table of connections, which is.
TEST(ConstantParameters, NothingIsWrittenForWhatDoesNotPay) {
  Network net({16, 8, 8});
  Connections all(128);
  for (std::vector<int64_t>& list : all) {
    list.resize(128);
    std::iota(list.begin(), list.end(), 0);
  }
  net.Add(Convolution{.filters = 128, .kernel_size = 3, .padding = 1})
      .Add(Convolution{.filters = 128, .kernel_size = 3, .padding = 1, .connections = all})
      .Add(Convolution{.filters = 128, .kernel_size = 3, .padding = 1});
  net.Initialize(1);
  const Tensor<float> input = RandomTensor({2, 16, 8, 8}, 2);
  Workspace<float> plain(net, {.max_batch = 2});
  Workspace<float> packed(net, {.max_batch = 2, .constant_parameters = true});
  EXPECT_EQ(PackedSteps(packed.plan()), 2);
  net.Forward(input, plain);
  net.Forward(input, packed);
  EXPECT_TRUE(SameBits(packed.output(), plain.output()));
}

// Passes its input on, times its parameter, which it counts as packed each time.
class CountingLayer : public TypedLayer<CountingLayer> {
 public:
  explicit CountingLayer(int* count) : count_(count) {}

  std::string type() const override { return "Counting"; }
  std::string label() const override { return "counting"; }
  Json OptionsToJson() const override { return Json::object(); }
  LayerInfo Prepare(std::string_view, std::span<const Shape> inputs) override {
    return {.output = inputs[0], .parameters = {{.name = "factor", .shape = {1}}}};
  }
  int64_t PackedBytes() const override { return sizeof(float); }
  void PackParameters(std::span<const TensorView<const float>> parameters,
                      std::span<std::byte> packed, ThreadPool&) const override {
    *reinterpret_cast<float*>(packed.data()) = parameters[0][0];
    ++*count_;
  }
  template <typename T>
  void ForwardAny(const ForwardPass<T>& pass) const {
    const float factor = *reinterpret_cast<const float*>(pass.packed.data());
    for (int64_t i = 0; i < pass.output.elements(); ++i)
      pass.output[i] = factor * pass.inputs[0][i];
  }
  template <typename T>
  void BackwardAny(const BackwardPass<T>&) const {}

 private:
  int* count_;
};

TEST(ConstantParameters, ArePackedByTheFirstForwardAndForEachInstructionSet) {
  int count = 0;
  Network net({3});
  net.Add(std::make_unique<CountingLayer>(&count));
  net.Initialize(1);
  net.parameter(0)[0] = 5;
  Workspace<float> workspace(net, {.constant_parameters = true});
  EXPECT_EQ(count, 0);
  const Tensor<float> input({1, 3}, 2.0f);
  for (int pass = 0; pass < 3; ++pass) {
    net.Forward(input, workspace);
    EXPECT_EQ(workspace.output()[0], 10);
  }
  EXPECT_EQ(count, 1);
  SetSimdTarget(SupportedSimdTargets().back());
  net.Forward(input, workspace);
  EXPECT_EQ(count, 2);
  SetSimdTarget("");
}

TEST(ConstantParameters, AreOfNoUseInDouble) {
  const BasicNetwork<double> net = PackingNetwork().ConvertTo<double>();
  Workspace<double> workspace(net, {.max_batch = 1, .constant_parameters = true});
  EXPECT_EQ(PackedSteps(workspace.plan()), 0);
}

}  // namespace
}  // namespace ocellus
