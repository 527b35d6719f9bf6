// Fair timing: contestants take turns within one run, so that whatever else happens on the machine
// happens to all of them.
//
//   const std::vector<Contestant> contestants = {
//       {"ocellus", [&](int64_t repetitions) { return SecondsOf(repetitions, step); }},
//       {"pytorch", [&](int64_t repetitions) { return peer.Run(repetitions); }}};
//   const std::vector<Timing> timings = RunInterleaved(contestants, {});
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

namespace ocellus::bench {

struct Contestant {
  std::string name;
  // Does the work so many times, one after the other, and returns how many seconds that took.
  std::function<double(int64_t repetitions)> run;
};

struct InterleaveOptions {
  int rounds = 15;            // in each round every contestant has one turn
  double turn_seconds = 0.3;  // about how long the timed part of a turn takes
};

// Seconds for one repetition: of each turn the mean, of all turns the quartiles.
struct Timing {
  double median = 0;
  double lower_quartile = 0;
  double upper_quartile = 0;
  double spread() const { return (upper_quartile - lower_quartile) / median; }
};

// Lets the contestants take turns: A B A B ... Each turn begins with a pause, in which threads that
// spin after the turn before go to sleep, and with untimed repetitions, in which threads, caches
// and clock rates become what they are in long runs.
std::vector<Timing> RunInterleaved(std::span<const Contestant> contestants,
                                   const InterleaveOptions& options);

// Calls step so many times and returns how many seconds that took.
double SecondsOf(int64_t repetitions, const std::function<void()>& step);

}  // namespace ocellus::bench
