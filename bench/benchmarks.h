// The benchmarks that bench_main.cc runs: each adds its results to the report.
#pragma once

#include <string>
#include <vector>

#include "bench/support/interleave.h"
#include "bench/support/report.h"

namespace ocellus::bench {

struct BenchOptions {
  InterleaveOptions interleave;
  std::vector<int> thread_counts{1, 2};
  std::string python = "/usr/bin/python3";  // the one that has PyTorch
};

// What it costs to split work among threads (base/parallel.h).
void BenchForkJoin(const BenchOptions& options, Report& report);

// Training steps and predictions of whole networks, beside other libraries. Each first computes the
// same scores, loss and gradients as the others, or Error is thrown.
void BenchNetworks(const BenchOptions& options, Report& report);

}  // namespace ocellus::bench
