// Where the time of a network goes: each pass of each layer, against what this machine can do.
//
//   ThreadPool pool(2);
//   const MachineLimits limits = MeasureLimits(network, {.batch_size = 100}, pool);
//   const NetworkProfile profile =
//       ProfileTraining(network, {.batch_size = 100}, limits, pool);
//   fmt::print("{}", ToTable(profile));
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "ocellus/base/json_fwd.h"
#include "ocellus/base/parallel.h"
#include "ocellus/network/network.h"
#include "ocellus/training/network_passes.h"

namespace ocellus {

struct ProfileOptions {
  int64_t batch_size = 100;
  double seconds = 1;  // about how long to measure

  // Seconds since some moment. None: the system's steady clock. Tests bring one of their own.
  std::function<double()> clock = nullptr;
};

struct NetworkProfile {
  std::string work;  // "prediction" or "training step"
  int64_t batch_size = 0;
  int threads = 0;
  MachineLimits limits;
  std::vector<NetworkPass> passes;  // in the order in which they run
  double seconds = 0;               // of all together: median
  int64_t memory_bytes = 0;         // activations, gradients, scratch; with parameters and what the
                                    // optimizer keeps

  double flop() const;
};

// Measures the limits of the pool. Takes about a second.
MachineLimits MeasureLimits(const Network& network, const ProfileOptions& options,
                            ThreadPool& pool);

// Runs the network on random images for about options.seconds, and at least three times. A training
// step is forward, softmax with loss, backward and Adam; it trains a copy of the network. Throw
// Error if an option is out of range; ProfileTraining also if the network's output is not one row
// of scores.
NetworkProfile ProfilePrediction(const Network& network, const ProfileOptions& options,
                                 const MachineLimits& limits, ThreadPool& pool);
NetworkProfile ProfileTraining(const Network& network, const ProfileOptions& options,
                               const MachineLimits& limits, ThreadPool& pool);

// As a table for people, and as JSON with the names above.
std::string ToTable(const NetworkProfile& profile);
Json ToJson(const NetworkProfile& profile);

}  // namespace ocellus
