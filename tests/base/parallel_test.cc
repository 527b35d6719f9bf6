// The thread pool: every piece once, whoever calls, however many threads.
#include "ocellus/base/parallel.h"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>
#include <vector>

#include "ocellus/base/error.h"

namespace ocellus {
namespace {

TEST(ParallelFor, RunsEveryPieceOnceWithAWorkerInRange) {
  for (const int threads : {1, 2, 3, 7}) {
    ThreadPool pool(threads);
    ASSERT_EQ(pool.threads(), threads);
    for (const int64_t pieces : {0, 1, 2, 6, 7, 8, 1000}) {
      std::vector<std::atomic<int>> count(static_cast<size_t>(pieces));
      pool.ParallelFor(pieces, [&](int64_t piece, int worker) {
        EXPECT_TRUE(worker >= 0 && worker < threads);
        count[static_cast<size_t>(piece)].fetch_add(1);
      });
      for (const auto& c : count) EXPECT_EQ(c.load(), 1);
    }
  }
}

TEST(ParallelFor, NeverRunsOneWorkerTwiceAtATime) {
  ThreadPool pool(3);
  std::vector<std::atomic<bool>> inside(3);
  for (int round = 0; round < 200; ++round) {
    pool.ParallelFor(20, [&](int64_t, int worker) {
      EXPECT_FALSE(inside[static_cast<size_t>(worker)].exchange(true));
      inside[static_cast<size_t>(worker)].store(false);
    });
  }
}

// Workers that come late meet a job that is closing, closed, or the next one. What the pieces refer
// to lives only as long as the call.
TEST(ParallelFor, HasLeftNobodyBehindWhenItReturns) {
  for (const int threads : {2, 7}) {
    ThreadPool pool(threads);
    for (int round = 0; round < 3000; ++round) {
      std::vector<int> count(1 + static_cast<size_t>(round) % 5 * 2);
      pool.ParallelFor(static_cast<int64_t>(count.size()), [&count](int64_t piece, int) {
        volatile int& c = count[static_cast<size_t>(piece)];
        for (int i = 0; i < 500; ++i) c = c + 1;  // about a microsecond, so that pieces overlap
      });
      for (const int c : count)
        ASSERT_EQ(c, 500) << "round " << round << ", " << threads << " threads";
    }
  }
}

TEST(ParallelFor, MayBeNestedAndCalledFromSeveralThreads) {
  ThreadPool pool(2);
  std::atomic<int> total = 0;
  const auto work = [&] {
    for (int round = 0; round < 50; ++round) {
      pool.ParallelFor(
          4, [&](int64_t, int) { pool.ParallelFor(3, [&](int64_t, int) { total.fetch_add(1); }); });
    }
  };
  std::thread other(work);
  work();
  other.join();
  EXPECT_EQ(total.load(), 2 * 50 * 4 * 3);
}

TEST(ParallelFor, PassesAnExceptionOnAndWorksAfterwards) {
  for (const int threads : {1, 3}) {
    ThreadPool pool(threads);
    const auto throws = [&] {
      pool.ParallelFor(100, [](int64_t piece, int) {
        if (piece == 13) Fail("piece {}", piece);
      });
    };
    EXPECT_THROW(throws(), Error);
    std::atomic<int> count = 0;
    pool.ParallelFor(10, [&](int64_t, int) { count.fetch_add(1); });
    EXPECT_EQ(count.load(), 10);
  }
}

TEST(ThreadPool, SleepingWorkersWakeUp) {
  ThreadPool pool(2);
  std::atomic<int> count = 0;
  for (int round = 0; round < 3; ++round) {
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
    pool.ParallelFor(2, [&](int64_t, int) { count.fetch_add(1); });
  }
  EXPECT_EQ(count.load(), 6);
}

TEST(BackgroundThreads, RunBesideTheCallerAndAreWaitedFor) {
  std::atomic<bool> go = false;
  std::vector<std::atomic<int>> calls(3);
  {
    const BackgroundThreads threads(3, [&](int number) {
      go.wait(false);
      calls[static_cast<size_t>(number)].fetch_add(1);
    });
    for (const auto& c : calls) EXPECT_EQ(c.load(), 0);
    go = true;
    go.notify_all();
  }
  for (const auto& c : calls) EXPECT_EQ(c.load(), 1);
}

TEST(ThreadPool, RefusesANegativeNumberOfThreads) { EXPECT_THROW(ThreadPool(-1), Error); }

}  // namespace
}  // namespace ocellus
