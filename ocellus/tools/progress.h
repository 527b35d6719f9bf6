// The live line of a training, and the line that stays of each epoch.
//
//   epoch  3/20 [=======>            ]  loss 0.0512  train 98.4%  24,310 images/s  1:02 left
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

#include "ocellus/training/trainer.h"

namespace ocellus {

// Writes to stderr: a line that changes in place if that is a terminal, with a shorter bar if it
// is narrow; otherwise only the lines of epochs.
class ProgressLine {
 public:
  ProgressLine();

  void Step(const StepReport& report);
  void Epoch(const EpochReport& report);

  // Removes the live line, so that other text can be written.
  void Clear();

 private:
  using Clock = std::chrono::steady_clock;

  bool is_terminal_;
  Clock::time_point start_ = Clock::now();
  Clock::time_point epoch_start_ = start_;
  Clock::time_point last_shown_{};
  int64_t first_step_ = 0;  // of this process: a training may go on from an earlier one
  int64_t epoch_ = 0;
  int64_t epoch_samples_ = 0;
  double epoch_loss_sum_ = 0;
  double epoch_correct_ = 0;
  bool line_is_shown_ = false;
};

// "58 s", "1:02", "2:03:04".
std::string FormatSeconds(double seconds);

}  // namespace ocellus
