// The benchmarks that bench_main.cc runs: each adds its rows to the report.
#pragma once

#include <string>
#include <vector>

#include "bench/support/interleave.h"
#include "bench/support/peers.h"
#include "bench/support/report.h"
#include "bench/support/row_filter.h"

namespace ocellus::bench {

struct BenchOptions {
  InterleaveOptions interleave;
  std::vector<int> thread_counts{1, 2};
  std::vector<PeerProgram> peer_programs;
};

// What every benchmark gets.
struct Bench {
  const BenchOptions& options;
  RowFilter& rows;
  Report& report;
  Peers& peers;

  // Measures one row: ocellus' own work beside that of the peers that can do it.
  void Run(const Work& work, const std::string& kind, int64_t batch,
           std::function<double(int64_t)> ocellus);
};

// Each first compares ocellus' results with those of the peers; Error is thrown if they differ.

// Training steps and predictions of whole networks.
void BenchNetworks(Bench& bench);

// Each convolution of these networks alone: forward and its two gradients.
void BenchConvolutions(Bench& bench);

// Matrix products: square ones, and the skinny ones that networks have.
void BenchProducts(Bench& bench);

// How much memory a process takes that trains or predicts with a network.
void BenchMemory(Bench& bench);

// What it costs to split work among threads (base/parallel.h).
void BenchForkJoin(Bench& bench);

}  // namespace ocellus::bench
