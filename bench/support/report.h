// Results of benchmarks: as a table for people and as JSON for machines.
#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "bench/support/interleave.h"
#include "ocellus/base/json.h"

namespace ocellus::bench {

// A piece of work that several contestants do.
struct Work {
  std::string name;
  int threads = 1;
  int64_t images = 0;  // in one repetition; 0: the work is not about images
  double flop = 0;     // floating-point operations of one repetition, with every product counted
                       // that the textbook algorithm has; 0: the work is not arithmetic
};

// The largest resident size of a process: before and after it did the work.
struct MemoryUse {
  std::string who;
  int64_t start_bytes = 0;
  int64_t peak_bytes = 0;
};

class Report {
 public:
  // Measures the machine's limits for these numbers of threads.
  explicit Report(std::span<const int> thread_counts);

  // Lets the contestants do the work, prints a line for each, and keeps the results. The first one
  // is ocellus; the others are told how many times as fast ocellus is.
  void Run(const Work& work, std::span<const Contestant> contestants,
           const InterleaveOptions& options);

  // Prints a line for each process, and keeps the results. The first is ocellus'.
  void AddMemory(const std::string& work, int threads, std::span<const MemoryUse> uses);

  // To be called after the last Run, as the constructor does before the first: notes whether other
  // processes kept the machine busy.
  void CheckForeignLoad(const std::string& when);

  // Prints a remark and keeps it, for example about a peer that is missing.
  void Note(const std::string& text);

  const Json& json() const { return json_; }

 private:
  std::map<int, double> peak_gflops_;  // by number of threads
  Json json_;
};

}  // namespace ocellus::bench
