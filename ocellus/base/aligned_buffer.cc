// Memory, in huge pages where it is large.
#include "ocellus/base/aligned_buffer.h"

#include <sys/mman.h>

#include <cstdlib>
#include <new>

namespace ocellus {

void* AllocateAligned(int64_t bytes) {
  CheckedAdd(bytes, kHugePageBytes, "buffer size in bytes");
  const int64_t huge_bytes =
      (bytes + kHugePageBytes - kMinHugeBytes) / kHugePageBytes * kHugePageBytes;
  const int64_t alignment = huge_bytes > 0 ? kHugePageBytes : kAlignmentBytes;
  // A multiple of the alignment, as aligned_alloc wants it. What is behind huge_bytes is not
  // touched.
  const int64_t padded = RoundUp(bytes, alignment);
  void* const memory =
      std::aligned_alloc(static_cast<size_t>(alignment), static_cast<size_t>(padded));
  if (memory == nullptr) throw std::bad_alloc();
#ifdef MADV_HUGEPAGE
  // A wish: a system that cannot fulfil it gives small pages.
  if (huge_bytes > 0) madvise(memory, static_cast<size_t>(huge_bytes), MADV_HUGEPAGE);
#endif
  return memory;
}

}  // namespace ocellus
