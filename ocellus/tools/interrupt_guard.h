// Ctrl-C, SIGTERM or SIGHUP as a question that a program asks when it suits it.
//
//   const InterruptGuard guard;
//   while (!guard.interrupted()) Work();
#pragma once

#include <csignal>

namespace ocellus {

// While it lives, the first Ctrl-C (SIGINT) is only remembered; a second one ends the program at
// once. Every SIGTERM (from kill, from a machine that is switched off, from timeout twice) and
// every SIGHUP (from a terminal that is closed, unless nohup had it ignored) is only remembered.
// There is at most one guard at a time.
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
  struct sigaction previous_hang_up_ {};
};

}  // namespace ocellus
