// A training step allocates nothing: operator new is counted, and aligned_alloc, from which
// AlignedBuffer takes its memory.
#include <gtest/gtest.h>

#include <atomic>
#include <cstdlib>
#include <memory>
#include <new>
#include <vector>

#include "ocellus/layers/affine_layer.h"
#include "ocellus/layers/batch_norm_layer.h"
#include "ocellus/layers/convolution_layer.h"
#include "ocellus/layers/dropout_layer.h"
#include "ocellus/layers/relu_layer.h"
#include "ocellus/layers/softmax_with_loss_layer.h"
#include "ocellus/nets/net_catalog.h"
#include "ocellus/nets/simple_conv_net.h"
#include "ocellus/network/workspace.h"
#include "ocellus/training/optimizer.h"
#include "ocellus/training/trainer.h"
#include "tests/support/compare.h"
#include "tests/support/tiny_data.h"

namespace {
std::atomic<int64_t> g_allocations = 0;
}  // namespace

// GCC looks through inlined calls of delete, but not of new, and sees a mismatch where there is
// none.
#pragma GCC diagnostic ignored "-Wmismatched-new-delete"

void* operator new(std::size_t size) {
  ++g_allocations;
  void* memory = std::malloc(size);
  if (memory == nullptr) throw std::bad_alloc();
  return memory;
}
// Replaced as well, since a sanitizer's own would not go with the operator delete below.
void* operator new(std::size_t size, const std::nothrow_t&) noexcept {
  ++g_allocations;
  return std::malloc(size);
}
extern "C" void* aligned_alloc(std::size_t alignment, std::size_t size) noexcept {
  ++g_allocations;
  void* memory = nullptr;
  return posix_memalign(&memory, alignment, size) == 0 ? memory : nullptr;
}
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }

namespace ocellus {
namespace {

class TrainingStep : public testing::TestWithParam<std::string> {};

TEST_P(TrainingStep, AllocatesNothingAfterTheFirst) {
  Network net = MakeSimpleConvNet();
  net.Initialize(1);
  ThreadPool pool(2);
  Workspace<float> workspace(net, {.max_batch = 20, .training = true, .pool = &pool});
  OptimizerOptions options = OptimizerFromName(GetParam());
  std::visit([](auto& o) { o.weight_decay = 0.01; }, options);
  Optimizer optimizer(options, net, {.max_norm = 0.5});
  const Tensor<float> images = RandomTensor({20, 1, 28, 28}, 1);
  const std::vector<int32_t> labels(20, 3);
  const SoftmaxWithLoss<float> last_layer;
  const auto step = [&](int64_t n) {
    net.Forward(images.view().Samples(0, n), workspace);
    const TensorView<float> d_scores = workspace.d_output();
    const std::span<const int32_t> t = std::span(labels).first(static_cast<size_t>(n));
    last_layer.Forward(workspace.output(), t, d_scores, workspace.context());
    last_layer.Backward(d_scores, t, d_scores, workspace.context());
    workspace.ClearGradients();
    net.Backward(workspace);
    optimizer.Update(workspace.d_parameters(), net.parameter_values(), workspace.context());
  };
  step(20);
  const int64_t before = g_allocations;
  for (const int64_t n : {20, 20, 7, 20}) step(n);
  EXPECT_EQ(g_allocations - before, 0);
  const auto counted = std::make_unique<int>(1);
  EXPECT_EQ(g_allocations - before, 1) << "the counter does not count";
  const AlignedBuffer<float> counted_too(1);
  EXPECT_EQ(g_allocations - before, 2) << "the counter does not count";
}

INSTANTIATE_TEST_SUITE_P(Optimizers, TrainingStep, testing::ValuesIn(OptimizerNames()));

TEST(Prediction, AllocatesNothing) {
  Network net = LoadNet("deep-conv-net");
  net.Initialize(1);
  ThreadPool pool(2);
  Workspace<float> workspace(net, {.max_batch = 5, .constant_parameters = true, .pool = &pool});
  const Tensor<float> images = RandomTensor({5, 1, 28, 28}, 1);
  SerialThreadPool();  // started by the first call
  const int64_t before = g_allocations;
  for (const int64_t n : {1, 5, 1}) net.Forward(images.view().Samples(0, n), workspace);
  EXPECT_EQ(g_allocations - before, 0);
}

// Images are of 8 x 8 pixels, or larger if they are to be cropped.
void ExpectTheTrainerToAllocateNothingFromStepToStep(Network net, int64_t image_size = 8,
                                                     Augmentation augmentation = {}) {
  const auto data = TinyData(54, image_size, 4);
  if (augmentation.colour_sigma > 0) augmentation.colours = MeasurePixels(*data);
  std::vector<int64_t> allocations;  // at each step's report, that of the partial last batch too
  allocations.reserve(6);
  Trainer(net, {.schedule = StepDecay{},
                .warmup_steps = 3,
                .batch_size = 10,
                .epochs = 1,
                .preprocessing = {.scale = 0.5},
                .augmentation = augmentation})
      .Fit(*data, nullptr, {.on_step = [&](const StepReport&) {
        allocations.push_back(g_allocations);
        return Verdict::kContinue;
      }});
  ASSERT_EQ(allocations.size(), 6u);
  EXPECT_EQ(allocations.back(), allocations.front());
}

TEST(Trainer, AllocatesNothingFromStepToStep) {
  ExpectTheTrainerToAllocateNothingFromStepToStep(MakeSimpleConvNet(
      {.input_dim = {1, 8, 8}, .filter_num = 3, .filter_size = 3, .output_size = 4}));
}

TEST(Trainer, AllocatesNothingForLayersThatBehaveOtherwiseInTraining) {
  Network net({1, 8, 8});
  net.Add(Convolution{.filters = 3, .kernel_size = 3}).Add(BatchNorm{}).Add(Relu{});
  net.Add(Dropout{}).Add(Affine{.units = 4});
  ExpectTheTrainerToAllocateNothingFromStepToStep(std::move(net));
}

TEST(Trainer, AllocatesNothingForAugmentation) {
  ExpectTheTrainerToAllocateNothingFromStepToStep(
      MakeSimpleConvNet(
          {.input_dim = {1, 8, 8}, .filter_num = 3, .filter_size = 3, .output_size = 4}),
      /*image_size=*/11, {.crop = true, .mirror = true, .colour_sigma = 0.1, .colours = {}});
}

}  // namespace
}  // namespace ocellus
