// The passes of a network: what each has to compute and to move, and how long that takes at least.
//
//   const Workspace<float> workspace(network, {.max_batch = 100, .training = true});
//   for (const NetworkPass& pass : TrainingPasses(network, workspace)) {
//     fmt::print("{} {}: {} s\n", pass.layer, pass.pass, pass.limit_seconds(limits));
//   }
#pragma once

#include <string>
#include <vector>

#include "ocellus/network/network.h"
#include "ocellus/network/workspace.h"

namespace ocellus {

// What a pool of threads can do at most (kernels/machine_limits.h).
struct MachineLimits {
  double flop_per_second = 0;   // of fused multiply-adds
  double bytes_per_second = 0;  // read from an array as large as what the network works on
};

// What is waited for. A pass that moves no data and does no products has neither.
enum class Bound { kArithmetic, kMemory };

// One pass of one layer, or of the loss, or of the optimizer.
struct NetworkPass {
  std::string layer;   // "conv1"; with what is fused into it "conv1 + pool1 + relu1"
  std::string pass;    // "forward", "backward" or ""
  double seconds = 0;  // median; 0: not measured
  double flop = 0;     // two for each multiply-add of the textbook's products
  double bytes = 0;    // all operands and results, each read or written once

  // What takes longer at the machine's limits, and how long that would be.
  Bound bound(const MachineLimits& limits) const;
  double limit_seconds(const MachineLimits& limits) const;
};

// In the order in which they run, not measured, for batches of the workspace's size. In training
// (the workspace must be for training): forward, softmax with loss, backward and Adam.
std::vector<NetworkPass> PredictionPasses(const Network& network,
                                          const Workspace<float>& workspace);
std::vector<NetworkPass> TrainingPasses(const Network& network, const Workspace<float>& workspace);

}  // namespace ocellus
