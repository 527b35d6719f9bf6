// The program ocellus_bench: measures ocellus, and other libraries beside it, on this machine.
#include <fmt/core.h>

#include <CLI/CLI.hpp>
#include <array>
#include <functional>
#include <string>
#include <vector>

#include "bench/benchmarks.h"
#include "bench/peers/ocellus_peer.h"
#include "ocellus/base/did_you_mean.h"
#include "ocellus/base/error.h"
#include "ocellus/base/json.h"
#include "ocellus/formats/atomic_file.h"
#include "ocellus/kernels/simd_target.h"

namespace ocellus::bench {

void Bench::Run(const Work& work, const std::string& kind, int64_t batch,
                std::function<double(int64_t)> ocellus) {
  std::vector<Contestant> contestants = {{"ocellus", std::move(ocellus)}};
  for (Contestant& peer : peers.Contestants(kind, batch, work.threads)) {
    contestants.push_back(std::move(peer));
  }
  report.Run(work, contestants, options.interleave);
}

namespace {

struct Benchmark {
  const char* name;
  void (*run)(Bench&);
};

constexpr std::array<Benchmark, 5> kBenchmarks = {{{"networks", BenchNetworks},
                                                   {"convolutions", BenchConvolutions},
                                                   {"products", BenchProducts},
                                                   {"fork-join", BenchForkJoin},
                                                   {"memory", BenchMemory}}};

std::vector<std::string> BenchmarkNames() {
  std::vector<std::string> names;
  for (const Benchmark& benchmark : kBenchmarks) names.emplace_back(benchmark.name);
  return names;
}

const Benchmark& FindBenchmark(const std::string& name) {
  for (const Benchmark& benchmark : kBenchmarks) {
    if (name == benchmark.name) return benchmark;
  }
  Fail("unknown benchmark '{}'{}", name, DidYouMean(name, BenchmarkNames()));
}

int Run(int argc, char** argv) {
  CLI::App app("Measures ocellus, and other libraries beside it, on this machine.",
               "ocellus_bench");
  app.option_defaults()->always_capture_default();
  BenchOptions options;
  std::vector<std::string> names = BenchmarkNames();
  std::vector<std::string> rows;
  std::string system_python = "/usr/bin/python3";
  std::string peers_python = OCELLUS_PEERS_PYTHON;
  std::string json_file;
  bool is_peer = false;
  app.add_option("BENCHMARK", names, "What to measure");
  app.add_option("--rows", rows, "Only rows whose name contains one of these texts");
  app.add_option("--threads", options.thread_counts, "Numbers of threads")
      ->delimiter(',')
      ->check(CLI::PositiveNumber);
  app.add_option("--rounds", options.interleave.rounds, "Turns of each contestant")
      ->check(CLI::PositiveNumber);
  app.add_option("--turn", options.interleave.turn_seconds, "Seconds of a turn's timed part")
      ->check(CLI::PositiveNumber);
  app.add_option("--python", system_python, "The Python that has the system's PyTorch");
  app.add_option("--peers-python", peers_python, "The Python that has ONNX Runtime and a PyTorch");
  app.add_option("--json", json_file, "Also write the results to this file");
  app.add_flag(kPeerOption, is_peer, "Answer requests on standard input")->group("");
  CLI11_PARSE(app, argc, argv);

  SetSimdTargetFromEnvironment();
  if (is_peer) {
    ServeAsPeer();
    return 0;
  }
  options.peer_programs = {
      {"the system's PyTorch", system_python, "pytorch_peer.py", "`make bench` installs it"},
      {"ONNX Runtime", peers_python, "onnxruntime_peer.py", "`make bench` installs it"},
      {"a current PyTorch", peers_python, "pytorch_peer.py",
       "`make bench-pytorch` installs it, several GB"}};
  std::vector<const Benchmark*> benchmarks;
  for (const std::string& name : names) benchmarks.push_back(&FindBenchmark(name));
  Report report(options.thread_counts);
  Peers peers(options.peer_programs, report);
  RowFilter filter(rows);
  Bench bench{options, filter, report, peers};
  for (const Benchmark* benchmark : benchmarks) benchmark->run(bench);
  filter.ExpectAny();
  report.CheckForeignLoad("after");
  if (!json_file.empty()) {
    AtomicFile file(json_file);
    file.Write(report.json().dump(2) + "\n");
    file.Commit();
  }
  return 0;
}

}  // namespace
}  // namespace ocellus::bench

int main(int argc, char** argv) {
  try {
    return ocellus::bench::Run(argc, argv);
  } catch (const std::exception& error) {
    fmt::print(stderr, "ocellus_bench: {}\n", error.what());
    return 1;
  }
}
