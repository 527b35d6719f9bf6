// See interleave.h.
#include "bench/support/interleave.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <thread>

#include "ocellus/base/check.h"

namespace ocellus::bench {
namespace {

// Longer than the threads of OpenMP spin after their work (GNU: some 5 ms).
constexpr auto kPause = std::chrono::milliseconds(20);

// How many repetitions fill `seconds`, found by doubling.
int64_t RepetitionsFor(const Contestant& contestant, double seconds) {
  for (int64_t repetitions = 1;; repetitions *= 2) {
    const double elapsed = contestant.run(repetitions);
    if (elapsed >= seconds / 2) {
      const double fitting = static_cast<double>(repetitions) * seconds / elapsed;
      return std::max<int64_t>(1, std::llround(fitting));
    }
  }
}

// The value below which the share `q` of the sorted values lies, interpolated.
double Quantile(std::span<const double> sorted, double q) {
  const double position = q * static_cast<double>(sorted.size() - 1);
  const auto below = static_cast<size_t>(position);
  const size_t above = std::min(below + 1, sorted.size() - 1);
  return std::lerp(sorted[below], sorted[above], position - static_cast<double>(below));
}

}  // namespace

std::vector<Timing> RunInterleaved(std::span<const Contestant> contestants,
                                   const InterleaveOptions& options) {
  OCELLUS_CHECK(options.rounds >= 1, "{}", options.rounds);
  std::vector<int64_t> repetitions;
  for (const Contestant& contestant : contestants) {
    contestant.run(1);  // the first time, memory is taken and code is loaded
    repetitions.push_back(RepetitionsFor(contestant, options.turn_seconds));
  }
  std::vector<std::vector<double>> seconds(contestants.size());
  for (int round = 0; round < options.rounds; ++round) {
    for (size_t i = 0; i < contestants.size(); ++i) {
      std::this_thread::sleep_for(kPause);
      contestants[i].run(std::max<int64_t>(1, repetitions[i] / 2));
      seconds[i].push_back(contestants[i].run(repetitions[i]) /
                           static_cast<double>(repetitions[i]));
    }
  }
  std::vector<Timing> timings;
  for (std::vector<double>& s : seconds) {
    std::ranges::sort(s);
    timings.push_back({.median = Quantile(s, 0.5),
                       .lower_quartile = Quantile(s, 0.25),
                       .upper_quartile = Quantile(s, 0.75)});
  }
  return timings;
}

double SecondsOf(int64_t repetitions, const std::function<void()>& step) {
  const auto begin = std::chrono::steady_clock::now();
  for (int64_t i = 0; i < repetitions; ++i) step();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
}

}  // namespace ocellus::bench
