// Runs a kernel with its own pool and exactly the scratch memory that it asked for.
#pragma once

#include <algorithm>
#include <cstdint>

#include "ocellus/base/aligned_buffer.h"
#include "ocellus/base/check.h"
#include "ocellus/kernels/kernel_context.h"

namespace ocellus {

// Calls run(context). Fails a check if the kernel wrote behind its scratch memory.
template <typename Run>
void RunKernel(ThreadPool& pool, int64_t scratch_bytes, const Run& run) {
  constexpr int64_t kGuard = 256;
  AlignedBuffer<std::byte> memory(scratch_bytes + kGuard);
  std::ranges::fill(memory.span(), std::byte{0xff});  // as floats: NaN
  run(KernelContext{pool, memory.span().first(static_cast<size_t>(scratch_bytes))});
  for (const std::byte guard : memory.span().last(kGuard)) {
    OCELLUS_CHECK(guard == std::byte{0xff}, "a kernel wrote behind its scratch memory");
  }
}

}  // namespace ocellus
