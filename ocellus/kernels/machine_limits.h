// What this machine can do at most: what measured speeds are compared with.
//
//   ThreadPool pool(2);
//   const double peak = MeasureFmaPeak(pool);                     // GFLOP/s of 2 threads
//   const double memory = MeasureReadBandwidth(pool, 256 << 20);  // GB/s from memory
#pragma once

#include <cstdint>

#include "ocellus/base/parallel.h"

namespace ocellus {

// GFLOP/s of all threads of the pool when they do nothing but fused multiply-adds of floats, held
// in registers, with the instruction set that the kernels use. The best of several measurements:
// a limit is not an average. Takes about a third of a second.
double MeasureFmaPeak(ThreadPool& pool);

// GB/s of all threads of the pool when they read an array of about this size again and again, each
// thread a part of it: the best of several measurements. Small arrays come from the caches; 256 MB
// are far larger than those. Takes about half a second, and that much memory.
double MeasureReadBandwidth(ThreadPool& pool, int64_t size_bytes);

}  // namespace ocellus
