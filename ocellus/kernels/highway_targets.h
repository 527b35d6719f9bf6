// Which instruction sets Highway compiles the kernels for. To be included before any Highway header
// in every file that uses one, so that all of them agree.
#pragma once

// The matrix product keeps its sums in arrays of vectors, whose size the compiler has to know: not
// so with the scalable vectors of SVE and RVV. Machines with SVE run the NEON kernels.
#define HWY_DISABLED_TARGETS (HWY_SVE | HWY_SVE2 | HWY_SVE_256 | HWY_SVE2_128 | HWY_RVV)
