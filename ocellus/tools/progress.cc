// Progress of a training.
#include "ocellus/tools/progress.h"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>

#include "ocellus/network/network_summary.h"
#include "ocellus/tools/terminal.h"

namespace ocellus {
namespace {

// Ten times a second is as fast as anyone reads.
constexpr std::chrono::milliseconds kShowEvery(100);
constexpr int64_t kBarWidth = 20;

double Seconds(std::chrono::steady_clock::duration duration) {
  return std::chrono::duration<double>(duration).count();
}

// " [===>      ]" with `width` characters between the brackets, or nothing if there is no room.
std::string Bar(double done, int64_t width) {
  if (width < 1) return "";
  const int64_t filled = std::lround(done * static_cast<double>(width));
  std::string bar(static_cast<size_t>(filled), '=');
  if (filled < width) bar += '>';
  bar.resize(static_cast<size_t>(width), ' ');
  return " [" + bar + "]";
}

// A line that is wider than the terminal would go on in the next one, which "\r" does not take
// back. So the bar gets what is left beside the texts, and then the line is cut.
std::string FitLine(const std::string& before, double done, const std::string& behind) {
  constexpr int64_t kBrackets = 3;              // with the space in front
  const int64_t columns = StderrColumns() - 1;  // not the last, behind which some begin a new line
  const int64_t left = columns - std::ssize(before) - std::ssize(behind) - kBrackets;
  const std::string line = before + Bar(done, std::min(left, kBarWidth)) + behind;
  return line.substr(0, static_cast<size_t>(std::max<int64_t>(0, columns)));
}

}  // namespace

std::string FormatSeconds(double seconds) {
  const auto total = static_cast<int64_t>(std::lround(seconds));
  if (total < 60) return fmt::format("{} s", total);
  if (total < 3600) return fmt::format("{}:{:02}", total / 60, total % 60);
  return fmt::format("{}:{:02}:{:02}", total / 3600, total / 60 % 60, total % 60);
}

ProgressLine::ProgressLine() : is_terminal_(StderrIsTerminal()) {}

void ProgressLine::Step(const StepReport& report) {
  const Clock::time_point now = Clock::now();
  if (first_step_ == 0) first_step_ = report.step;
  if (report.epoch != epoch_) {
    epoch_ = report.epoch;
    epoch_samples_ = 0;
    epoch_loss_sum_ = 0;
    epoch_correct_ = 0;
  }
  epoch_samples_ += report.samples;
  epoch_loss_sum_ += report.loss * static_cast<double>(report.samples);
  epoch_correct_ += report.accuracy * static_cast<double>(report.samples);
  if (!is_terminal_ || now - last_shown_ < kShowEvery) return;
  last_shown_ = now;

  const auto samples = static_cast<double>(epoch_samples_);
  const double left = Seconds(now - start_) / static_cast<double>(report.step - first_step_ + 1) *
                      static_cast<double>(report.steps - report.step);
  const double in_epoch = report.epochs_done - static_cast<double>(report.epoch - 1);
  const std::string before = fmt::format("epoch {:>{}}/{}", report.epoch,
                                         std::to_string(report.epochs).size(), report.epochs);
  const std::string behind = fmt::format(
      "  loss {:.4f}  train {:.1f}%  {} images/s  {} left", epoch_loss_sum_ / samples,
      100 * epoch_correct_ / samples,
      FormatCount(std::lround(samples / Seconds(now - epoch_start_))), FormatSeconds(left));
  Note("\r\033[K{}", FitLine(before, in_epoch, behind));
  line_is_shown_ = true;
}

void ProgressLine::Epoch(const EpochReport& report) {
  Clear();
  const Clock::time_point now = Clock::now();
  Note("epoch {:>{}}/{}  loss {:.4f}  train {:.2f}%", report.epoch,
       std::to_string(report.epochs).size(), report.epochs, report.train_loss,
       100 * report.train_accuracy);
  if (report.test) {
    Note("  test loss {:.4f}  test {:.2f}%", report.test->loss, 100 * report.test->accuracy());
  }
  Note("  {:.1f} s\n", Seconds(now - epoch_start_));
  epoch_start_ = now;
}

void ProgressLine::Clear() {
  if (line_is_shown_) Note("\r\033[K");
  line_is_shown_ = false;
}

}  // namespace ocellus
