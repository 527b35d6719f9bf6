// How kernels divide their scratch memory: a part for each worker, and one that all share.
#pragma once

#include <cstdint>

#include "ocellus/base/aligned_buffer.h"
#include "ocellus/base/check.h"
#include "ocellus/kernels/kernel_context.h"

namespace ocellus {

// Bytes for `each` floats for each worker and `shared` floats for all.
inline int64_t WorkerScratchBytes(int64_t each, int64_t shared, int threads) {
  constexpr int64_t kUnit = kAlignmentBytes / static_cast<int64_t>(sizeof(float));
  return (RoundUp(each, kUnit) * threads + RoundUp(shared, kUnit)) *
         static_cast<int64_t>(sizeof(float));
}

class WorkerScratch {
 public:
  WorkerScratch(const KernelContext& context, int64_t each, int64_t shared)
      : data_(reinterpret_cast<float*>(context.scratch.data())),
        each_(RoundUp(each, kAlignmentBytes / static_cast<int64_t>(sizeof(float)))),
        threads_(context.pool.threads()) {
    const int64_t needed = WorkerScratchBytes(each, shared, threads_);
    OCELLUS_CHECK(static_cast<int64_t>(context.scratch.size()) >= needed,
                  "scratch memory: {} bytes needed, {} there", needed, context.scratch.size());
  }

  // Aligned to kAlignmentBytes, both.
  float* of_worker(int worker) const { return data_ + worker * each_; }
  float* shared() const { return data_ + threads_ * each_; }

 private:
  float* data_;
  int64_t each_;
  int threads_;
};

}  // namespace ocellus
