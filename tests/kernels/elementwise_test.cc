// ReLU, addition, softmax with loss, SGD and Adam against the reference, over sizes around vectors
// and chunks.
#include <gtest/gtest.h>

#include <cmath>

#include "ocellus/kernels/adam.h"
#include "ocellus/kernels/add.h"
#include "ocellus/kernels/chunks.h"
#include "ocellus/kernels/relu.h"
#include "ocellus/kernels/sgd.h"
#include "ocellus/kernels/simd_target.h"
#include "ocellus/kernels/softmax_with_loss.h"
#include "ocellus/reference/adam_reference.h"
#include "ocellus/reference/relu_reference.h"
#include "ocellus/reference/softmax_with_loss_reference.h"
#include "tests/support/compare.h"
#include "tests/support/kernel_run.h"

namespace ocellus {
namespace {

const int64_t kSizes[] = {1, 3, 15, 16, 17, 33, kChunkElements - 1, 2 * kChunkElements + 5};

// Calls body(pool, size) for every target, some thread counts and all sizes.
template <typename Body>
void ForEachRun(const Body& body) {
  for (const std::string& target : SupportedSimdTargets()) {
    SetSimdTarget(target);
    SCOPED_TRACE(target);
    for (const int threads : {1, 3}) {
      ThreadPool pool(threads);
      for (const int64_t size : kSizes) body(pool, size);
    }
  }
  SetSimdTarget("");
}

TEST(ReluKernels, MatchTheReferenceAndKeepNan) {
  ForEachRun([](ThreadPool& pool, int64_t size) {
    Tensor<float> input = RandomTensor({size}, 1);
    input[size / 2] = std::nanf("");
    const Tensor<float> d_output = RandomTensor({size}, 2);
    GuardedTensor output({size}), d_input({size});
    RunKernel(pool, 0, [&](const KernelContext& context) {
      ReluForward(input, output.view(), context);
      ReluInputGradient(output.view(), d_output, d_input.view(), context);
    });
    for (int64_t i = 0; i < size; ++i) {
      const float value = output.view()[i];
      EXPECT_TRUE(std::isnan(input[i]) ? std::isnan(value) : value == std::max(input[i], 0.0f));
      EXPECT_EQ(d_input.view()[i], input[i] > 0 ? d_output[i] : 0.0f);
    }
    EXPECT_TRUE(output.GuardsAreIntact() && d_input.GuardsAreIntact());
  });
}

TEST(AddKernel, AddsExactly) {
  ForEachRun([](ThreadPool& pool, int64_t size) {
    const Tensor<float> term = RandomTensor({size}, 1), start = RandomTensor({size}, 2);
    Tensor<float> sum = start.Clone();
    RunKernel(pool, 0, [&](const KernelContext& context) { AccumulateAdd(term, sum, context); });
    for (int64_t i = 0; i < size; ++i) EXPECT_EQ(sum[i], start[i] + term[i]);
  });
}

TEST(SgdKernel, GoesAgainstTheGradient) {
  ForEachRun([](ThreadPool& pool, int64_t size) {
    const Tensor<float> gradient = RandomTensor({size}, 1), start = RandomTensor({size}, 2);
    Tensor<float> parameters = start.Clone();
    Tensor<double> expected({size});
    for (int64_t i = 0; i < size; ++i) expected[i] = start[i] - 0.25 * gradient[i];
    RunKernel(pool, 0, [&](const KernelContext& context) {
      SgdUpdate(0.25f, gradient.span(), parameters.span(), context);
    });
    EXPECT_TRUE(AllNear(parameters.span(), expected.span(), {.terms = 2, .magnitude = 2}));
  });
}

TEST(AdamKernel, FollowsTheReferenceOverSeveralSteps) {
  ForEachRun([](ThreadPool& pool, int64_t size) {
    Tensor<float> parameters = RandomTensor({size}, 1), mean({size}, 0.0f), variance({size}, 0.0f);
    Tensor<double> p = ConvertTo<double>(parameters.view()), m({size}, 0.0), v({size}, 0.0);
    for (int64_t step = 1; step <= 3; ++step) {
      const AdamStep adam{.learning_rate = 0.01, .beta1 = 0.8, .beta2 = 0.99, .step = step};
      const Tensor<float> gradient = RandomTensor({size}, static_cast<uint64_t>(step + 10));
      const Tensor<double> g = ConvertTo<double>(gradient.view());
      reference::AdamUpdate(adam, g.span(), p.span(), m.span(), v.span());
      RunKernel(pool, 0, [&](const KernelContext& context) {
        AdamUpdate(adam, gradient.span(), parameters.span(), mean.span(), variance.span(), context);
      });
    }
    EXPECT_TRUE(AllNear(mean.span(), m.span(), {.terms = 9, .magnitude = 1}));
    EXPECT_TRUE(AllNear(variance.span(), v.span(), {.terms = 9, .magnitude = 1}));
    EXPECT_TRUE(AllNear(parameters.span(), p.span(), {.terms = 20, .magnitude = 1}));
  });
}

TEST(SoftmaxWithLossKernels, MatchTheReferenceForExtremeScoresToo) {
  for (const float scale : {1.0f, 100.0f, 1e30f}) {
    Tensor<float> scores = RandomTensor({9, 7}, 3);
    for (float& score : scores.span()) score *= scale;
    const std::vector<int32_t> labels = {0, 6, 3, 2, 1, 5, 4, 0, 6};
    Tensor<double> expected({9, 7});
    const double loss =
        reference::SoftmaxWithLossForward(ConvertTo<double>(scores.view()), labels, expected);
    ThreadPool pool(2);
    GuardedTensor found({9, 7}), alone({9, 7});
    double found_loss = 0;
    RunKernel(pool, 0, [&](const KernelContext& context) {
      found_loss = SoftmaxWithLossForward(scores, labels, found.view(), context);
      Softmax(scores, alone.view(), context);
    });
    EXPECT_NEAR(found_loss, loss, 1e-12 * (1 + loss));
    EXPECT_TRUE(AllNear(found.span(), expected.span(), {.terms = 1, .magnitude = 1}));
    EXPECT_TRUE(SameBits(alone.span(), found.span()));
    reference::SoftmaxWithLossInputGradient(expected, labels, expected);
    RunKernel(pool, 0, [&](const KernelContext& context) {
      SoftmaxWithLossInputGradient(found.view(), labels, found.view(), context);
    });
    EXPECT_TRUE(AllNear(found.span(), expected.span(), {.terms = 3, .magnitude = 1}));
  }
}

}  // namespace
}  // namespace ocellus
