// A signal handler that remembers the signal.
#include "ocellus/tools/interrupt_guard.h"

#include <atomic>

namespace ocellus {
namespace {

std::atomic<int> g_signal = 0;  // that came last; 0: none
static_assert(std::atomic<int>::is_always_lock_free, "or the handler could not write it");

}  // namespace

InterruptGuard::InterruptGuard() {
  g_signal = 0;
  struct sigaction action {};
  action.sa_handler = [](int signal) { g_signal = signal; };
  sigaction(SIGTERM, &action, &previous_terminate_);
  sigaction(SIGHUP, nullptr, &previous_hang_up_);
  if (previous_hang_up_.sa_handler != SIG_IGN) sigaction(SIGHUP, &action, nullptr);
  action.sa_flags = static_cast<int>(SA_RESETHAND);
  sigaction(SIGINT, &action, &previous_interrupt_);
}

InterruptGuard::~InterruptGuard() {
  sigaction(SIGINT, &previous_interrupt_, nullptr);
  sigaction(SIGTERM, &previous_terminate_, nullptr);
  sigaction(SIGHUP, &previous_hang_up_, nullptr);
}

bool InterruptGuard::interrupted() const { return g_signal != 0; }

int InterruptGuard::exit_status() const { return 128 + g_signal; }

}  // namespace ocellus
