// A training step allocates nothing: operator new is counted. (AlignedBuffer takes its memory
// otherwise, but neither a layer nor a kernel makes one.)
#include <gtest/gtest.h>

#include <atomic>
#include <cstdlib>
#include <new>

#include "ocellus/layers/softmax_with_loss_layer.h"
#include "ocellus/nets/simple_conv_net.h"
#include "ocellus/network/workspace.h"
#include "ocellus/training/optimizer.h"
#include "tests/support/compare.h"

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
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }

namespace ocellus {
namespace {

TEST(TrainingStep, AllocatesNothingAfterTheFirst) {
  Network net = MakeSimpleConvNet();
  net.Initialize(1);
  ThreadPool pool(2);
  Workspace<float> workspace(net, {.max_batch = 20, .training = true, .pool = &pool});
  Optimizer optimizer(Adam{}, static_cast<int64_t>(net.parameter_values().size()));
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
}

}  // namespace
}  // namespace ocellus
