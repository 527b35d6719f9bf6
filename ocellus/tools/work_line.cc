// Progress of work that is not training.
#include "ocellus/tools/work_line.h"

#include <utility>

#include "ocellus/tools/terminal.h"

namespace ocellus {

WorkLine::WorkLine(std::string what) : what_(std::move(what)), is_terminal_(StderrIsTerminal()) {}

WorkLine::~WorkLine() {
  if (is_shown_) Note("\r\033[K");
}

std::function<void(int64_t done, int64_t total)> WorkLine::callback() {
  return [this](int64_t done, int64_t total) { Show(done, total); };
}

void WorkLine::Show(int64_t done, int64_t total) {
  constexpr std::chrono::milliseconds kShowEvery(200);
  const Clock::time_point now = Clock::now();
  if (!is_terminal_ || now - last_shown_ < kShowEvery) return;
  last_shown_ = now;
  Note("\r\033[K{}  {}%", what_, 100 * done / total);
  is_shown_ = true;
}

}  // namespace ocellus
