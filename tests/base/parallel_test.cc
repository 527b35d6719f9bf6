// The thread pool: every piece once, whoever calls, however many threads.
#include "ocellus/base/parallel.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <pthread.h>
#include <sys/resource.h>

#include <array>
#include <atomic>
#include <limits>
#include <string>
#include <thread>
#include <vector>

#include "ocellus/base/checked_math.h"
#include "ocellus/base/error.h"
#include "ocellus/base/function_ref.h"
#include "tests/support/error_text.h"

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

// So that a worker finds in its cache what it wrote in the job before.
TEST(ParallelFor, DealsThePiecesOutInTheOrderOfTheWorkers) {
  constexpr int kThreads = 3;
  ThreadPool pool(kThreads);
  for (const int64_t pieces : {3, 4, 5, 12}) {
    // Nobody finishes its first piece before everybody has one.
    std::atomic<int> begun{0};
    std::array<std::atomic<int64_t>, kThreads> first{-1, -1, -1};
    pool.ParallelFor(pieces, [&](int64_t piece, int worker) {
      int64_t none = -1;
      if (!first[static_cast<size_t>(worker)].compare_exchange_strong(none, piece)) return;
      for (++begun; begun.load() < kThreads;) std::this_thread::yield();
    });
    EXPECT_EQ(first[0], 0);
    EXPECT_EQ(first[1], CeilDivide(pieces, kThreads));
    EXPECT_EQ(first[2], CeilDivide(pieces, kThreads) + CeilDivide(pieces - 1, kThreads));
  }
}

TEST(ParallelFor, TakesOverTheSharesOfWorkersThatAreBusy) {
  ThreadPool pool(2);
  for (int round = 0; round < 20; ++round) {
    // One of the two does all pieces but the first that is begun.
    std::atomic<int> done{0};
    std::atomic<bool> has_begun{false};
    pool.ParallelFor(9, [&](int64_t, int) {
      if (!has_begun.exchange(true)) {
        while (done.load() < 8) std::this_thread::yield();
      }
      ++done;
    });
    EXPECT_EQ(done, 9);
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

#if defined(__SSE__)
// Half the smallest normal number, computed here and now.
float HalfOfTheSmallest() {
  volatile float smallest = std::numeric_limits<float>::min();
  return smallest * 0.5f;
}

TEST(ParallelFor, TakesSubnormalNumbersForZeroAndNobodyElseDoes) {
  volatile float subnormal = std::numeric_limits<float>::denorm_min();
  for (const int threads : {1, 3}) {
    ThreadPool pool(threads);
    for (const int64_t pieces : {1, 100}) {
      pool.ParallelFor(pieces, [&](int64_t, int) {
        EXPECT_EQ(HalfOfTheSmallest(), 0.0f);
        EXPECT_EQ(subnormal * 1e20f, 0.0f);
        SerialThreadPool().ParallelFor(1, [](int64_t, int) {});
        EXPECT_EQ(HalfOfTheSmallest(), 0.0f) << "behind a job within a job";
      });
      EXPECT_GT(HalfOfTheSmallest(), 0.0f);
      EXPECT_GT(subnormal * 1e20f, 0.0f);
    }
    std::atomic<int> begun{0};
    pool.ParallelFor(threads, [&](int64_t, int worker) {  // one piece for each thread
      begun.fetch_add(1);
      while (begun.load() < threads) std::this_thread::yield();
      EXPECT_EQ(HalfOfTheSmallest(), 0.0f) << "worker " << worker;
    });
    EXPECT_THROW(pool.ParallelFor(10, [](int64_t, int) { Fail("test"); }), Error);
    EXPECT_GT(HalfOfTheSmallest(), 0.0f) << "behind an exception";
  }
}
#endif

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

// That, while a dozen threads can be started, the error says so of 300.
void ExpectTooManyThreads([[maybe_unused]] FunctionRef<void()> start) {
#if defined(__GLIBC__) && !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
  // Of 16 GiB of addresses each thread takes one.
  struct Limits {
    Limits() {
      are_known = getrlimit(RLIMIT_AS, &addresses) == 0 && pthread_getattr_default_np(&stack) == 0;
    }
    ~Limits() {
      if (are_known) Set(addresses, stack);
    }
    static void Set(const rlimit& addresses, const pthread_attr_t& stack) {
      EXPECT_EQ(setrlimit(RLIMIT_AS, &addresses), 0);
      EXPECT_EQ(pthread_setattr_default_np(&stack), 0);
    }
    rlimit addresses{};
    pthread_attr_t stack{};
    bool are_known = false;
  };
  std::string error;
  {
    const Limits before;  // and afterwards, whatever happens
    ASSERT_TRUE(before.are_known);
    pthread_attr_t stack;
    ASSERT_EQ(pthread_attr_init(&stack), 0);
    ASSERT_EQ(pthread_attr_setstacksize(&stack, size_t{1} << 30), 0);
    Limits::Set({.rlim_cur = rlim_t{1} << 34, .rlim_max = before.addresses.rlim_max}, stack);
    error = ErrorText(start);
  }
  EXPECT_THAT(error, testing::MatchesRegex("threads: 300 cannot be started, only 1?[0-9]: .+"));
  EXPECT_THAT(error, testing::Not(testing::HasSubstr("only 1:")));
#else
  GTEST_SKIP() << "needs stacks of a size that sanitizers and other systems do not allow";
#endif
}

TEST(ThreadPool, TellsIfTheSystemStartsOnlyAPartOfTheThreads) {
  ExpectTooManyThreads([] { ThreadPool(300); });
  EXPECT_EQ(ThreadPool(2).threads(), 2);
}

TEST(BackgroundThreads, CallNothingIfTheSystemStartsOnlyAPartOfThem) {
  std::atomic<int> calls = 0;
  ExpectTooManyThreads([&] { BackgroundThreads(300, [&](int) { calls.fetch_add(1); }); });
  EXPECT_EQ(calls, 0);
}

}  // namespace
}  // namespace ocellus
