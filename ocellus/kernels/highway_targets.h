// Which instruction sets Highway compiles the kernels for. To be included before any Highway header
// in every file that uses one, so that all of them agree.
#pragma once

// The matrix product keeps its sums in arrays of vectors, whose size the compiler has to know: not
// so with the scalable vectors of SVE and RVV. Machines with SVE run the NEON kernels.
#define OCELLUS_SCALABLE_TARGETS (HWY_SVE | HWY_SVE2 | HWY_SVE_256 | HWY_SVE2_128 | HWY_RVV)

#if OCELLUS_FEW_SIMD_TARGETS
// Of x86, AVX2 and what every such processor has: sanitizers take minutes to compile a kernel for
// ten targets. In Highway a better target is a lower bit.
#define HWY_DISABLED_TARGETS (OCELLUS_SCALABLE_TARGETS | (HWY_AVX2 - 1) | HWY_SSE4 | HWY_SSSE3)
#else
#define HWY_DISABLED_TARGETS OCELLUS_SCALABLE_TARGETS
#endif
