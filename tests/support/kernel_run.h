// Runs a kernel with exactly the scratch memory that it asked for; on every instruction set of this
// processor, with several numbers of threads; and checks what must hold for all of them: bitwise
// the same result for any number of threads, and no write beside the output or the scratch memory.
//
//   RunEverywhere(
//       kNoScratch,
//       [&](const KernelContext& context) {
//         GuardedTensor output(input.shape());
//         ReluForward(input, output.view(), context);
//         return output;
//       },
//       [&](TensorView<const float> output) { return AllNear(output, expected, 0); });
#pragma once

#include <gtest/gtest.h>

#include <cstdint>

#include "ocellus/base/function_ref.h"
#include "ocellus/kernels/kernel_context.h"
#include "tests/support/guarded.h"

namespace ocellus {

// Calls run with the pool and scratch_bytes bytes of scratch memory, which are NaN as floats.
// Expects that the kernel does not write beside them.
void RunKernel(ThreadPool& pool, int64_t scratch_bytes,
               FunctionRef<void(const KernelContext&)> run);

// What RunEverywhere takes for kernels without scratch memory.
inline constexpr auto kNoScratch = [](int /*threads*/) { return 0; };

// For each instruction set: calls run with contexts of 1, 2, 3 and 7 threads and scratch memory of
// scratch_bytes(threads) bytes, passes the output of one thread to check, and expects the other
// outputs to be bitwise the same. Every failure names instruction set and threads.
void RunEverywhere(FunctionRef<int64_t(int threads)> scratch_bytes,
                   FunctionRef<GuardedTensor(const KernelContext&)> run,
                   FunctionRef<testing::AssertionResult(TensorView<const float>)> check);

}  // namespace ocellus
