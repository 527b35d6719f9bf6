// The machine that benchmarks run on, and whether it is free for them. What it can do at most:
// ocellus/kernels/machine_limits.h.
#pragma once

#include <string>

namespace ocellus::bench {

// The share of all processors' time that went to something over the next half second, in which the
// caller does nothing: above a few percent, measurements are not to be trusted. 0 if the system
// does not tell.
double MeasureForeignLoad();

// The processor's name as the system tells it, or "unknown".
std::string ProcessorName();

}  // namespace ocellus::bench
