// What a kernel may use besides its operands.
#pragma once

#include <cstddef>
#include <span>

#include "ocellus/base/parallel.h"

namespace ocellus {

struct KernelContext {
  ThreadPool& pool;

  // At least as many bytes as the operation's ...ScratchBytes function says for pool.threads();
  // aligned to kAlignmentBytes, contents arbitrary before and after. Two calls that run at the same
  // time need scratch memory of their own.
  std::span<std::byte> scratch;
};

}  // namespace ocellus
