// Ctrl-C as a question that a program asks when it suits it.
//
//   const InterruptGuard guard;
//   while (!guard.interrupted()) Work();
#pragma once

#include <csignal>

namespace ocellus {

// While it lives, the first Ctrl-C is only remembered; a second one ends the program at once. There
// is at most one at a time.
class InterruptGuard {
 public:
  InterruptGuard();
  ~InterruptGuard();
  InterruptGuard(const InterruptGuard&) = delete;
  InterruptGuard& operator=(const InterruptGuard&) = delete;

  bool interrupted() const;

 private:
  struct sigaction previous_ {};
};

}  // namespace ocellus
