// Ctrl-C or SIGTERM as a question that a program asks when it suits it.
//
//   const InterruptGuard guard;
//   while (!guard.interrupted()) Work();
#pragma once

#include <csignal>

namespace ocellus {

// While it lives, the first Ctrl-C (SIGINT) and the first SIGTERM, which kill, timeout and a
// machine that is switched off send, are only remembered; a second one of the kind ends the program
// at once. There is at most one guard at a time.
class InterruptGuard {
 public:
  InterruptGuard();
  ~InterruptGuard();
  InterruptGuard(const InterruptGuard&) = delete;
  InterruptGuard& operator=(const InterruptGuard&) = delete;

  bool interrupted() const;

  // What shells expect of a program that was interrupted: 128 and the number of the signal.
  int exit_status() const;

 private:
  struct sigaction previous_interrupt_ {};
  struct sigaction previous_terminate_ {};
};

}  // namespace ocellus
