// Compares the kernel of an optimizer that keeps one array of state with its reference.
//
//   ExpectUpdateOfTheReference(size, MomentumStep{.learning_rate = 0.1, ...},
//                              MomentumUpdate, reference::MomentumUpdate, /*amplification=*/1);
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <span>
#include <utility>
#include <vector>

#include "ocellus/kernels/kernel_context.h"
#include "tests/support/compare.h"
#include "tests/support/kernel_run.h"

namespace ocellus {

template <typename Step>
using UpdateKernel = void (*)(const Step&, std::span<const float> gradient,
                              std::span<float> parameters, std::span<float> state,
                              const KernelContext&);
template <typename Step>
using UpdateReference = void (*)(const Step&, std::span<const double> gradient,
                                 std::span<double> parameters, std::span<double> state);

// Three steps from random parameters, with another random gradient each: parameters and state are
// those of the reference, everywhere and beside nothing. In a step, no number is larger than
// 2 before its rounding; `amplification` is by how much an update may enlarge the rounding errors
// of gradient and state.
template <typename Step>
void ExpectUpdateOfTheReference(int64_t size, const Step& step, UpdateKernel<Step> kernel,
                                UpdateReference<Step> reference, double amplification) {
  constexpr int kSteps = 3;
  constexpr int kRoundings = 6;  // of scale, decay, sum, square or change, state, parameter
  const Tensor<float> start = RandomTensor({size}, 1);
  std::vector<Tensor<float>> gradients;
  for (uint64_t seed = 2; seed < 2 + kSteps; ++seed) {
    gradients.push_back(RandomTensor({size}, seed));
  }

  Tensor<double> expected = ConvertTo<double>(start.view()), expected_state({size}, 0.0);
  for (const Tensor<float>& gradient : gradients) {
    reference(step, ConvertTo<double>(gradient.view()).span(), expected.span(),
              expected_state.span());
  }
  const auto run = [&](const KernelContext& context, bool wants_state) {
    GuardedTensor parameters(start), state(Tensor<float>({size}, 0.0f));
    for (const Tensor<float>& gradient : gradients) {
      const GuardedTensor guarded(gradient);
      kernel(step, guarded.view().span(), parameters.span(), state.span(), context);
    }
    EXPECT_TRUE(parameters.GuardsAreIntact());
    EXPECT_TRUE(state.GuardsAreIntact());
    return wants_state ? std::move(state) : std::move(parameters);
  };
  const double bound = SumBound<float>(kSteps * kRoundings, 2);
  RunEverywhere(
      kNoScratch, [&](const KernelContext& context) { return run(context, true); },
      [&](TensorView<const float> state) { return AllNear(state, expected_state, bound); });
  RunEverywhere(
      kNoScratch, [&](const KernelContext& context) { return run(context, false); },
      [&](TensorView<const float> parameters) {
        return AllNear(parameters, expected, bound * amplification);
      });
}

}  // namespace ocellus
