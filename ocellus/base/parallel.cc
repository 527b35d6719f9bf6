// A fork-join thread pool. Workers spin for a short while after each job before they sleep, since a
// training step forks many times and each piece of work may take only ten microseconds.
#include "ocellus/base/parallel.h"

#include <atomic>
#include <exception>
#include <thread>
#include <vector>

#if defined(__linux__)
#include <sched.h>
#endif
#if defined(__x86_64__) || defined(__i386__)
#include <immintrin.h>
#endif

#include "ocellus/base/aligned_buffer.h"
#include "ocellus/base/error.h"

namespace ocellus {
namespace {

// About 50 us: longer than the gap between two layers of a small network, shorter than anyone would
// notice as processor time after the last step.
constexpr int kSpins = 2000;

void Pause() {
#if defined(__x86_64__) || defined(__i386__)
  _mm_pause();
#elif defined(__aarch64__)
  asm volatile("yield");
#endif
}

// Returns as soon as value differs from `old`: spins first, then sleeps.
template <typename T>
void WaitWhileEqual(const std::atomic<T>& value, T old) {
  for (int spin = 0; spin < kSpins; ++spin) {
    if (value.load(std::memory_order_acquire) != old) return;
    Pause();
  }
  value.wait(old, std::memory_order_acquire);
}

}  // namespace

struct ThreadPool::State {
  explicit State(int thread_count) : threads(thread_count) {}

  // Takes pieces until none is left.
  void Work(int worker) {
    for (;;) {
      const int64_t piece = next.fetch_add(1, std::memory_order_relaxed);
      if (piece >= pieces) return;
      try {
        (*body)(piece, worker);
      } catch (...) {
        if (!failed.exchange(true)) exception = std::current_exception();
        next.store(pieces, std::memory_order_relaxed);
      }
    }
  }

  void WorkerLoop(int worker) {
    uint32_t seen = 0;
    for (;;) {
      WaitWhileEqual(generation, seen);
      seen = generation.load(std::memory_order_acquire);
      if (stop) return;
      Work(worker);
      if (running.fetch_sub(1, std::memory_order_acq_rel) == 1) running.notify_one();
    }
  }

  const int threads;
  std::atomic_flag busy = ATOMIC_FLAG_INIT;

  // The job. Written while no worker runs, published by `generation`.
  const FunctionRef<void(int64_t, int)>* body = nullptr;
  int64_t pieces = 0;
  bool stop = false;
  std::exception_ptr exception;

  // On cache lines of their own: all threads write them.
  alignas(kAlignmentBytes) std::atomic<uint32_t> generation{0};
  alignas(kAlignmentBytes) std::atomic<int64_t> next{0};
  alignas(kAlignmentBytes) std::atomic<int> running{0};
  std::atomic<bool> failed{false};

  std::vector<std::thread> workers;
};

ThreadPool::ThreadPool(int threads) {
  if (threads < 0) Fail("threads: expected 0 (all processors) or more, found {}", threads);
  state_ = std::make_unique<State>(threads == 0 ? AvailableProcessors() : threads);
  for (int worker = 1; worker < state_->threads; ++worker) {
    state_->workers.emplace_back([state = state_.get(), worker] { state->WorkerLoop(worker); });
  }
}

ThreadPool::~ThreadPool() {
  state_->stop = true;
  state_->generation.fetch_add(1, std::memory_order_release);
  state_->generation.notify_all();
  for (std::thread& worker : state_->workers) worker.join();
}

int ThreadPool::threads() const { return state_->threads; }

void ThreadPool::ParallelFor(int64_t pieces, FunctionRef<void(int64_t, int)> body) {
  State& state = *state_;
  if (state.threads == 1 || pieces <= 1 || state.busy.test_and_set(std::memory_order_acquire)) {
    for (int64_t piece = 0; piece < pieces; ++piece) body(piece, 0);
    return;
  }
  state.body = &body;
  state.pieces = pieces;
  state.next.store(0, std::memory_order_relaxed);
  state.failed.store(false, std::memory_order_relaxed);
  state.running.store(state.threads - 1, std::memory_order_relaxed);
  state.generation.fetch_add(1, std::memory_order_release);
  state.generation.notify_all();

  state.Work(0);
  for (int running = state.running.load(std::memory_order_acquire); running != 0;
       running = state.running.load(std::memory_order_acquire)) {
    WaitWhileEqual(state.running, running);
  }
  const std::exception_ptr exception = std::exchange(state.exception, nullptr);
  state.busy.clear(std::memory_order_release);
  if (exception) std::rethrow_exception(exception);
}

int AvailableProcessors() {
#if defined(__linux__)
  cpu_set_t set;
  if (sched_getaffinity(0, sizeof(set), &set) == 0) return CPU_COUNT(&set);
#endif
  const unsigned count = std::thread::hardware_concurrency();
  return count == 0 ? 1 : static_cast<int>(count);
}

ThreadPool& DefaultThreadPool() {
  static ThreadPool pool;
  return pool;
}

}  // namespace ocellus
