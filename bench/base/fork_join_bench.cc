// How long it takes to split a little work among threads and to wait for the end of it.
// docs/dependencies.md compares this with other thread pools.
#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <limits>

#include "bench/benchmarks.h"
#include "ocellus/base/parallel.h"

namespace ocellus::bench {
namespace {

constexpr int64_t kPieces = 4;

struct ForkJoinCase {
  double piece_us = 0;
  double gap_us = 0;  // how long the caller works alone between two jobs
  int threads = 0;
};

// Below: as many threads as cores on the smallest machines; above: more.
constexpr std::array<ForkJoinCase, 6> kCases = {
    {{1, 0, 2}, {10, 0, 2}, {100, 0, 2}, {10, 200, 2}, {10, 0, 4}, {10, 0, 7}}};

// A chain of multiplications and additions that nothing can shorten.
double Chain(int64_t links) {
  double x = 1;
  for (int64_t i = 0; i < links; ++i) {
    x = x * 1.0000001 + 1e-9;
    asm volatile("" : "+m"(x));  // the compiler must not work it out in advance
  }
  return x;
}

double LinksPerMicrosecond() {
  constexpr int64_t kLinks = 20'000;
  double best = std::numeric_limits<double>::infinity();
  for (int i = 0; i < 20; ++i) best = std::min(best, SecondsOf(1, [] { Chain(kLinks); }));
  return kLinks / (1e6 * best);
}

}  // namespace

void BenchForkJoin(Bench& bench) {
  const double links_per_us = LinksPerMicrosecond();
  for (const ForkJoinCase& c : kCases) {
    const std::string gap = c.gap_us > 0 ? fmt::format(", gap {:.0f} us", c.gap_us) : "";
    const std::string name = fmt::format("fork-join, {} x {:.0f} us{}", kPieces, c.piece_us, gap);
    if (!bench.rows.Wants(name)) continue;
    ThreadPool pool(c.threads);
    const auto piece_links = static_cast<int64_t>(c.piece_us * links_per_us);
    const auto gap_links = static_cast<int64_t>(c.gap_us * links_per_us);
    // The sum of the times of `job` alone, without the gaps.
    const auto run = [gap_links](int64_t repetitions, const std::function<void()>& job) {
      double seconds = 0;
      for (int64_t i = 0; i < repetitions; ++i) {
        Chain(gap_links);
        seconds += SecondsOf(1, job);
      }
      return seconds;
    };
    const std::vector<Contestant> contestants = {
        {"ocellus",
         [&](int64_t repetitions) {
           return run(repetitions, [&] {
             pool.ParallelFor(kPieces, [&](int64_t, int) { Chain(piece_links); });
           });
         }},
        {"one thread", [&](int64_t repetitions) {
           return run(repetitions, [&] {
             for (int64_t piece = 0; piece < kPieces; ++piece) Chain(piece_links);
           });
         }}};
    bench.report.Run({.name = name, .threads = c.threads}, contestants, bench.options.interleave);
  }
}

}  // namespace ocellus::bench
