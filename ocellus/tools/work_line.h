// A line on stderr that says how far a piece of work has come.
//
//   WorkLine line("hiding parts of the picture");
//   Occlude(network, input, target, {.run = {.progress = line.callback()}});
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>

namespace ocellus {

// Shows "conv6: looking for patches  45%" in place, if stderr is a terminal and the work takes long
// enough to be noticed; removes it at the end. The callback must not outlive the object.
class WorkLine {
 public:
  explicit WorkLine(std::string what);
  ~WorkLine();
  WorkLine(const WorkLine&) = delete;
  WorkLine& operator=(const WorkLine&) = delete;

  std::function<void(int64_t done, int64_t total)> callback();

 private:
  using Clock = std::chrono::steady_clock;

  void Show(int64_t done, int64_t total);

  std::string what_;
  bool is_terminal_;
  bool is_shown_ = false;
  Clock::time_point last_shown_ = Clock::now();
};

}  // namespace ocellus
