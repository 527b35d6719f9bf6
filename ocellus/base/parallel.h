// Threads: the only place in the library where they are started.
//
//   ThreadPool pool(2);
//   pool.ParallelFor(rows, [&](int64_t row, int worker) { Work(row, scratch[worker]); });
//
// Work is cut into pieces. Where a sum is cut, the cuts must not depend on the number of threads;
// then results do not depend on it either, down to the last bit.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>

#include "ocellus/base/function_ref.h"

namespace ocellus {

class ThreadPool {
 public:
  // Starts threads - 1 workers; the thread that calls ParallelFor is the last one. 0 means one
  // thread for each processor that this process may use. Throws Error if threads is negative, or
  // more than the system starts.
  explicit ThreadPool(int threads = 0);
  ~ThreadPool();
  ThreadPool(const ThreadPool&) = delete;
  ThreadPool& operator=(const ThreadPool&) = delete;

  // How many threads take part, the caller included. Worker numbers are below it.
  int threads() const;

  // Calls body(piece, worker) once for each piece in [0, pieces) and returns when all calls have
  // returned. They run concurrently; calls with the same worker number never overlap. Pieces are
  // dealt out in nearly equal runs, the first to worker 0 and so on; a worker that has finished its
  // run continues with what is left of others. Allocates nothing. If a call throws, the pieces not
  // yet started are dropped and the first exception is thrown here. May be called from several
  // threads, and from within body: whoever finds the pool busy does its pieces alone, as worker 0.
  //
  // On x86, subnormal numbers (for floats, those below 1.2e-38) count as 0 in body, as operands and
  // as results: its processors take about a hundred times as long for them, and the running means
  // of an optimizer get there where units are dead, as gradients do where a network is sure.
  void ParallelFor(int64_t pieces, FunctionRef<void(int64_t piece, int worker)> body);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// Threads of their own, beside a pool: for work that waits, such as reading files ahead.
class BackgroundThreads {
 public:
  // Starts `count` threads, each of which calls body(number) once; numbers are below count. A call
  // must not throw, and must return when whoever owns the threads wants it to. Throws Error if the
  // system does not start all of them; no call has been made then.
  BackgroundThreads(int count, std::function<void(int number)> body);

  // Waits until all calls have returned.
  ~BackgroundThreads();
  BackgroundThreads(const BackgroundThreads&) = delete;
  BackgroundThreads& operator=(const BackgroundThreads&) = delete;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// The number of processors that this process may run on: at least 1.
int AvailableProcessors();

// A pool of the calling thread alone, for parts of work that is cut among threads already. Any
// number of threads may use it at the same time.
ThreadPool& SerialThreadPool();

// A pool with a thread for each processor, for callers that do not bring their own. Started by the
// first call.
ThreadPool& DefaultThreadPool();

}  // namespace ocellus
