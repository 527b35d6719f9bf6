// The program ocellus_bench: measures ocellus, and other libraries beside it, on this machine.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <array>
#include <functional>
#include <string>
#include <vector>

#include "bench/benchmarks.h"
#include "ocellus/base/did_you_mean.h"
#include "ocellus/base/error.h"
#include "ocellus/formats/atomic_file.h"
#include "ocellus/kernels/simd_target.h"

namespace ocellus::bench {
namespace {

struct Benchmark {
  const char* name;
  void (*run)(const BenchOptions&, Report&);
};

constexpr std::array<Benchmark, 2> kBenchmarks = {
    {{"networks", BenchNetworks}, {"fork-join", BenchForkJoin}}};

const Benchmark& FindBenchmark(const std::string& name) {
  std::vector<std::string> known;
  for (const Benchmark& benchmark : kBenchmarks) {
    if (name == benchmark.name) return benchmark;
    known.emplace_back(benchmark.name);
  }
  Fail("unknown benchmark '{}'{}", name, DidYouMean(name, known));
}

int Run(int argc, char** argv) {
  CLI::App app("Measures ocellus, and other libraries beside it, on this machine.",
               "ocellus_bench");
  app.option_defaults()->always_capture_default();
  BenchOptions options;
  std::vector<std::string> names = {"networks", "fork-join"};
  std::string json_file;
  app.add_option("BENCHMARK", names, "What to measure");
  app.add_option("--threads", options.thread_counts, "Numbers of threads for networks")
      ->delimiter(',')
      ->check(CLI::PositiveNumber);
  app.add_option("--rounds", options.interleave.rounds, "Turns of each contestant")
      ->check(CLI::PositiveNumber);
  app.add_option("--python", options.python, "The Python that has PyTorch");
  app.add_option("--json", json_file, "Also write the results to this file");
  CLI11_PARSE(app, argc, argv);

  SetSimdTargetFromEnvironment();
  std::vector<const Benchmark*> benchmarks;
  for (const std::string& name : names) benchmarks.push_back(&FindBenchmark(name));
  Report report(options.thread_counts);
  for (const Benchmark* benchmark : benchmarks) benchmark->run(options, report);
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
