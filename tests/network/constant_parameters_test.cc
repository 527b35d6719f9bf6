// Parameters that are packed once: the same result, for any batch and number of threads.
#include <gtest/gtest.h>

#include <algorithm>

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

TEST(ConstantParameters, AreThoseOfTheFirstForward) {
  Network net = PackingNetwork();
  const Tensor<float> input = RandomTensor({2, 16, 12, 14}, 4);
  Workspace<float> workspace(net, {.max_batch = 2, .constant_parameters = true});
  const Tensor<float> before = net.Predict(input);
  std::ranges::for_each(net.parameter_values(), [](float& value) { value *= 2; });
  net.Forward(input, workspace);
  EXPECT_FALSE(SameBits(workspace.output(), before));
  EXPECT_TRUE(SameBits(workspace.output(), net.Predict(input)));
}

TEST(ConstantParameters, AreOfNoUseInDouble) {
  const BasicNetwork<double> net = PackingNetwork().ConvertTo<double>();
  Workspace<double> workspace(net, {.max_batch = 1, .constant_parameters = true});
  EXPECT_EQ(PackedSteps(workspace.plan()), 0);
}

}  // namespace
}  // namespace ocellus
