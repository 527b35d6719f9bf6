// What this machine can do at most: what measured speeds are compared with.
//
//   ThreadPool pool(2);
//   const double peak = MeasureFmaPeak(pool);        // GFLOP/s of 2 threads
#pragma once

#include <string>

#include "ocellus/base/parallel.h"

namespace ocellus::bench {

// GFLOP/s of all threads of the pool when they do nothing but fused multiply-adds of floats, held
// in registers, with the instruction set that the kernels use. The best of several measurements:
// a limit is not an average. Takes about a third of a second.
double MeasureFmaPeak(ThreadPool& pool);

// GB/s of all threads of the pool when they read an array far larger than the caches: the best of
// several measurements.
double MeasureReadBandwidth(ThreadPool& pool);

// The share of all processors' time that went to something over the next half second, in which the
// caller does nothing: above a few percent, measurements are not to be trusted. 0 if the system
// does not tell.
double MeasureForeignLoad();

// The processor's name as the system tells it, or "unknown".
std::string ProcessorName();

}  // namespace ocellus::bench
