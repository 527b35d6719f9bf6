// Progress of work that is not training.
#include "ocellus/tools/work_line.h"

#include <fmt/format.h>
#include <unistd.h>

#include <cstdio>
#include <utility>

namespace ocellus {

WorkLine::WorkLine(std::string what)
    : what_(std::move(what)), is_terminal_(isatty(STDERR_FILENO) != 0) {}

WorkLine::~WorkLine() {
  if (is_shown_) std::fputs("\r\033[K", stderr);
}

std::function<void(int64_t done, int64_t total)> WorkLine::callback() {
  return [this](int64_t done, int64_t total) { Show(done, total); };
}

void WorkLine::Show(int64_t done, int64_t total) {
  constexpr std::chrono::milliseconds kShowEvery(200);
  const Clock::time_point now = Clock::now();
  if (!is_terminal_ || now - last_shown_ < kShowEvery) return;
  last_shown_ = now;
  // Not fmt::print, which throws: work must not end because its progress cannot be seen.
  std::fputs(fmt::format("\r\033[K{}  {}%", what_, 100 * done / total).c_str(), stderr);
  std::fflush(stderr);
  is_shown_ = true;
}

}  // namespace ocellus
