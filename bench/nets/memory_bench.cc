// How much memory a process takes that trains or predicts with a network: the largest resident size
// of a process of its own, the program and its libraries included.
#include <fmt/core.h>

#include <array>

#include "bench/benchmarks.h"
#include "bench/peers/ocellus_peer.h"
#include "bench/support/random_batch.h"
#include "ocellus/nets/net_catalog.h"

namespace ocellus::bench {
namespace {

struct MemoryCase {
  const char* net;
  const char* work;  // "training" or "prediction"
  int64_t batch;
};

constexpr std::array<MemoryCase, 6> kCases = {{{"simple-conv-net", "training", 100},
                                               {"simple-conv-net", "prediction", 1},
                                               {"deep-conv-net", "training", 100},
                                               {"deep-conv-net", "prediction", 1},
                                               {"alexnet", "training", 32},
                                               {"alexnet", "prediction", 1}}};

// The second repetition has all memory that the first took and has not given back.
constexpr int kRepetitions = 3;

int64_t AskForPeak(PeerProcess& process) {
  return process.Ask({{"ask", "memory"}}).at("peak_bytes").get<int64_t>();
}

// Lets a process that has done nothing yet do the work of a case.
MemoryUse Measure(const std::string& who, PeerProcess& process, const MemoryCase& c, int threads,
                  const std::filesystem::path& folder) {
  MemoryUse use{.who = who, .start_bytes = AskForPeak(process), .peak_bytes = 0};
  process.Ask({{"ask", "load"}, {"folder", folder.string()}});
  process.Ask({{"ask", "run"},
               {"work", c.work},
               {"batch", c.batch},
               {"threads", threads},
               {"repetitions", kRepetitions}});
  use.peak_bytes = AskForPeak(process);
  return use;
}

}  // namespace

void BenchMemory(Bench& bench) {
  for (const MemoryCase& c : kCases) {
    const std::string name = fmt::format("memory of {} {}, batch {}", c.net, c.work, c.batch);
    if (!bench.rows.Wants(name)) continue;
    Network network = LoadNet(c.net);
    network.Initialize(/*seed=*/1);
    bench.peers.Load(&network, BatchArrays(RandomBatch(network, c.batch)));
    // Reading them would take memory that has nothing to do with the work.
    bench.peers.ForgetParameters();
    const std::filesystem::path& folder = bench.peers.folder();
    const int threads = bench.options.thread_counts.back();
    std::vector<MemoryUse> uses;
    uses.push_back(Measure("ocellus", *StartOcellusPeer(), c, threads, folder));
    for (const auto& [who, process] : bench.peers.StartAnew(c.work)) {
      uses.push_back(Measure(who, *process, c, threads, folder));
    }
    bench.report.AddMemory(name, threads, uses);
  }
}

}  // namespace ocellus::bench
