// A fork-join thread pool. A job is open from the moment it is published until the caller has found
// no piece left. A worker that comes while the job is open joins its crew; the caller waits for the
// crew, not for workers that are still on their way. So a worker that is late (it slept, or its
// processor is busy with something else) costs parallelism but never delays a job: the caller does
// the pieces. Each worker begins with its own share of the pieces, the same of each job of as many
// pieces, so that what one job has written is in the cache of the worker that reads it in the next;
// who has finished takes over from the others. Workers spin for a short while after each job before
// they sleep, since a training step forks many times and each piece of work may take only ten
// microseconds. docs/dependencies.md has measurements.
#include "ocellus/base/parallel.h"

#include <atomic>
#include <chrono>
#include <exception>
#include <system_error>
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

// Longer than what lies between two jobs of a training step, batch loading included; shorter than
// anyone would notice as processor time after the last step.
constexpr auto kSpinTime = std::chrono::microseconds(300);

// About a microsecond of pauses between two looks at the clock. After each look the processor is
// offered to other threads, without which spinning on a busy machine holds up those it waits for.
constexpr int kPausesPerLook = 32;

void Pause() {
#if defined(__x86_64__) || defined(__i386__)
  _mm_pause();
#elif defined(__aarch64__)
  asm volatile("yield");
#endif
}

// Subnormal numbers (for floats, those below 1.2e-38) count as 0 while this lives: see ParallelFor.
// Other processors than x86 compute with them as fast as with any.
class SubnormalsAreZero {
 public:
#if defined(__SSE__)
  SubnormalsAreZero() : added_(kModes & ~_mm_getcsr()) {
    if (added_ != 0) _mm_setcsr(_mm_getcsr() | added_);
  }
  ~SubnormalsAreZero() {
    if (added_ != 0) _mm_setcsr(_mm_getcsr() & ~added_);
  }
#else
  SubnormalsAreZero() = default;
  ~SubnormalsAreZero() = default;
#endif
  SubnormalsAreZero(const SubnormalsAreZero&) = delete;
  SubnormalsAreZero& operator=(const SubnormalsAreZero&) = delete;

 private:
#if defined(__SSE__)
  static constexpr uint32_t kModes = 0x8040;  // as results (FTZ) and as operands (DAZ)
  uint32_t added_;                            // the modes that were not on before
#endif
};

enum class Wait { kSpinThenSleep, kSleep };

// Returns as soon as value differs from `old`.
template <typename T>
void WaitWhileEqual(const std::atomic<T>& value, T old, Wait wait) {
  if (wait == Wait::kSpinThenSleep) {
    const auto end = std::chrono::steady_clock::now() + kSpinTime;
    do {
      for (int pause = 0; pause < kPausesPerLook; ++pause) {
        if (value.load(std::memory_order_acquire) != old) return;
        Pause();
      }
      std::this_thread::yield();
    } while (std::chrono::steady_clock::now() < end);
  }
  value.wait(old, std::memory_order_acquire);
}

// Starts a thread for each number from `first` to below `count`, which calls run(number). If not
// all can be started, calls stop(), upon which those that were must end, waits for them and throws.
template <typename Run, typename Stop>
void StartThreads(std::vector<std::thread>& threads, int first, int count, Run run, Stop stop) {
  const auto give_up = [&] {
    stop();
    for (std::thread& thread : threads) thread.join();
  };
  try {
    threads.reserve(static_cast<size_t>(count));
    for (int number = first; number < count; ++number) {
      threads.emplace_back([run, number] { run(number); });
    }
  } catch (const std::system_error& error) {
    give_up();
    Fail("threads: {} cannot be started, only {}: {}", count,
         static_cast<size_t>(first) + threads.size(), error.what());
  } catch (...) {
    give_up();
    throw;
  }
}

// The bit of State::crew that says that the job is open; the bits below it count the crew.
constexpr uint32_t kOpen = 1U << 31;

}  // namespace

struct ThreadPool::State {
  explicit State(int thread_count)
      : threads(thread_count), shares(static_cast<size_t>(thread_count)) {}

  // The pieces [next, end) of one worker.
  struct alignas(kAlignmentBytes) Share {
    std::atomic<int64_t> next{0};
    int64_t end = 0;
  };

  // Takes pieces until none is left: first the worker's own share, then what is left of the
  // others'.
  void Work(int worker) {
    for (int i = 0; i < threads; ++i) {
      Share& share = shares[static_cast<size_t>((worker + i) % threads)];
      while (share.next.load(std::memory_order_relaxed) < share.end) {
        const int64_t piece = share.next.fetch_add(1, std::memory_order_relaxed);
        if (piece >= share.end) break;
        try {
          (*body)(piece, worker);
        } catch (...) {
          if (!failed.exchange(true)) exception = std::current_exception();
          for (Share& rest : shares) rest.next.store(rest.end, std::memory_order_relaxed);
        }
      }
    }
  }

  // Nearly equal shares; the caller, worker 0, has one of the largest.
  void Deal(int64_t pieces) {
    int64_t dealt = 0;
    for (int worker = 0; worker < threads; ++worker) {
      Share& share = shares[static_cast<size_t>(worker)];
      share.next.store(dealt, std::memory_order_relaxed);
      dealt += pieces / threads + (worker < pieces % threads ? 1 : 0);
      share.end = dealt;
    }
  }

  // Takes part in the job if one is open.
  void Join(int worker) {
    uint32_t now = crew.load(std::memory_order_relaxed);
    do {
      if ((now & kOpen) == 0) return;
    } while (!crew.compare_exchange_weak(now, now + 1, std::memory_order_acquire,
                                         std::memory_order_relaxed));
    Work(worker);
    if (crew.fetch_sub(1, std::memory_order_acq_rel) == 1) crew.notify_one();
  }

  // Closes the job and returns when its crew has left.
  void Close() {
    uint32_t now = crew.fetch_and(~kOpen, std::memory_order_acq_rel) & ~kOpen;
    for (; now != 0; now = crew.load(std::memory_order_acquire)) {
      WaitWhileEqual(crew, now, Wait::kSpinThenSleep);
    }
  }

  // A worker beyond the number of processors sleeps at once: its spinning would take time from
  // those who work.
  void WorkerLoop(int worker, int processors) {
    const Wait wait = worker < processors ? Wait::kSpinThenSleep : Wait::kSleep;
    const SubnormalsAreZero mode;
    uint32_t seen = 0;
    for (;;) {
      WaitWhileEqual(generation, seen, wait);
      seen = generation.load(std::memory_order_acquire);
      if (stop.load(std::memory_order_relaxed)) return;
      Join(worker);
    }
  }

  // Tells the workers to end; none may be at work.
  void Stop() {
    stop.store(true, std::memory_order_relaxed);
    generation.fetch_add(1, std::memory_order_release);
    generation.notify_all();
  }

  const int threads;
  std::atomic_flag busy = ATOMIC_FLAG_INIT;

  // The job. Written while it is closed and has no crew, published by `crew`.
  const FunctionRef<void(int64_t, int)>* body = nullptr;
  std::vector<Share> shares;
  std::exception_ptr exception;

  // On cache lines of their own: all threads write them.
  alignas(kAlignmentBytes) std::atomic<uint32_t> generation{0};
  std::atomic<bool> stop{false};
  alignas(kAlignmentBytes) std::atomic<uint32_t> crew{0};
  std::atomic<bool> failed{false};

  std::vector<std::thread> workers;
};

ThreadPool::ThreadPool(int threads) {
  if (threads < 0) Fail("threads: expected 0 (all processors) or more, found {}", threads);
  const int processors = AvailableProcessors();
  state_ = std::make_unique<State>(threads == 0 ? processors : threads);
  State* const state = state_.get();
  StartThreads(
      state->workers, 1, state->threads,
      [state, processors](int worker) { state->WorkerLoop(worker, processors); },
      [state] { state->Stop(); });
}

ThreadPool::~ThreadPool() {
  state_->Stop();
  for (std::thread& worker : state_->workers) worker.join();
}

int ThreadPool::threads() const { return state_->threads; }

void ThreadPool::ParallelFor(int64_t pieces, FunctionRef<void(int64_t, int)> body) {
  const SubnormalsAreZero mode;
  State& state = *state_;
  if (state.threads == 1 || pieces <= 1 || state.busy.test_and_set(std::memory_order_acquire)) {
    for (int64_t piece = 0; piece < pieces; ++piece) body(piece, 0);
    return;
  }
  state.body = &body;
  state.Deal(pieces);
  state.failed.store(false, std::memory_order_relaxed);
  state.crew.store(kOpen, std::memory_order_release);
  state.generation.fetch_add(1, std::memory_order_release);
  state.generation.notify_all();

  state.Work(0);
  state.Close();
  const std::exception_ptr exception = std::exchange(state.exception, nullptr);
  state.busy.clear(std::memory_order_release);
  if (exception) std::rethrow_exception(exception);
}

struct BackgroundThreads::State {
  // Threads wait at the gate until all of them are there: a call that has begun returns only when
  // its owner wants it to, and there is no owner if the constructor throws.
  enum class Gate { kClosed, kOpen, kGivenUp };

  void Run(int number) const {
    gate.wait(Gate::kClosed);
    if (gate == Gate::kOpen) body(number);
  }

  void Set(Gate value) {
    gate = value;
    gate.notify_all();
  }

  std::function<void(int)> body;
  std::atomic<Gate> gate = Gate::kClosed;
  std::vector<std::thread> threads;
};

BackgroundThreads::BackgroundThreads(int count, std::function<void(int)> body)
    : state_(std::make_unique<State>()) {
  State* const state = state_.get();
  state->body = std::move(body);
  StartThreads(
      state->threads, 0, count, [state](int number) { state->Run(number); },
      [state] { state->Set(State::Gate::kGivenUp); });
  state->Set(State::Gate::kOpen);
}

BackgroundThreads::~BackgroundThreads() {
  for (std::thread& thread : state_->threads) thread.join();
}

int AvailableProcessors() {
#if defined(__linux__)
  cpu_set_t set;
  if (sched_getaffinity(0, sizeof(set), &set) == 0) return CPU_COUNT(&set);
#endif
  const unsigned count = std::thread::hardware_concurrency();
  return count == 0 ? 1 : static_cast<int>(count);
}

ThreadPool& SerialThreadPool() {
  static ThreadPool pool(1);
  return pool;
}

ThreadPool& DefaultThreadPool() {
  static ThreadPool pool;
  return pool;
}

}  // namespace ocellus
