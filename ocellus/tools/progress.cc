// Progress of a training.
#include "ocellus/tools/progress.h"

#include <fmt/format.h>
#include <unistd.h>

#include <cmath>
#include <cstdio>

#include "ocellus/network/network_summary.h"

namespace ocellus {
namespace {

// Unlike fmt::print, throws nothing: a training must not end because its progress cannot be seen.
template <typename... Args>
void Print(fmt::format_string<Args...> text, Args&&... args) {
  std::fputs(fmt::format(text, std::forward<Args>(args)...).c_str(), stderr);
}

// Ten times a second is as fast as anyone reads.
constexpr std::chrono::milliseconds kShowEvery(100);
constexpr int kBarWidth = 20;

double Seconds(std::chrono::steady_clock::duration duration) {
  return std::chrono::duration<double>(duration).count();
}

std::string Bar(double done) {
  const int filled = static_cast<int>(std::lround(done * kBarWidth));
  std::string bar(static_cast<size_t>(filled), '=');
  if (filled < kBarWidth) bar += '>';
  bar.resize(kBarWidth, ' ');
  return bar;
}

}  // namespace

std::string FormatSeconds(double seconds) {
  const auto total = static_cast<int64_t>(std::lround(seconds));
  if (total < 60) return fmt::format("{} s", total);
  if (total < 3600) return fmt::format("{}:{:02}", total / 60, total % 60);
  return fmt::format("{}:{:02}:{:02}", total / 3600, total / 60 % 60, total % 60);
}

ProgressLine::ProgressLine() : is_terminal_(isatty(STDERR_FILENO) != 0) {}

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
  Print("\r\033[Kepoch {:>{}}/{} [{}]  loss {:.4f}  train {:.1f}%  {} images/s  {} left",
        report.epoch, std::to_string(report.epochs).size(), report.epochs, Bar(in_epoch),
        epoch_loss_sum_ / samples, 100 * epoch_correct_ / samples,
        FormatCount(std::lround(samples / Seconds(now - epoch_start_))), FormatSeconds(left));
  std::fflush(stderr);
  line_is_shown_ = true;
}

void ProgressLine::Epoch(const EpochReport& report) {
  Clear();
  const Clock::time_point now = Clock::now();
  Print("epoch {:>{}}/{}  loss {:.4f}  train {:.2f}%", report.epoch,
        std::to_string(report.epochs).size(), report.epochs, report.train_loss,
        100 * report.train_accuracy);
  if (report.test) {
    Print("  test loss {:.4f}  test {:.2f}%", report.test->loss, 100 * report.test->accuracy());
  }
  Print("  {:.1f} s\n", Seconds(now - epoch_start_));
  epoch_start_ = now;
}

void ProgressLine::Clear() {
  if (line_is_shown_) Print("\r\033[K");
  line_is_shown_ = false;
}

}  // namespace ocellus
