// How a function that looks into a network runs, where that takes a while.
//
//   ThreadPool pool(2);
//   const auto tell = [](int64_t done, int64_t total) { fmt::print("{} of {}\n", done, total); };
//   const RunOptions options{.batch_size = 100, .pool = &pool, .progress = tell};
//   const OcclusionMap map = Occlude(model.network, input, /*target=*/3, {.run = options});
#pragma once

#include <cstdint>
#include <functional>

#include "ocellus/base/parallel.h"

namespace ocellus {

struct RunOptions {
  int64_t batch_size = 50;     // samples computed together; decides about memory
  ThreadPool* pool = nullptr;  // nullptr: one pool for the whole process
  // Told now and then how many of all pieces of work are done; may be empty.
  std::function<void(int64_t done, int64_t total)> progress = {};
};

}  // namespace ocellus
