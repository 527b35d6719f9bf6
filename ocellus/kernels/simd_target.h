// Which instruction set the kernels use: the best that this processor has, unless told otherwise.
//
//   ocellus::SetSimdTarget("avx2");
//   fmt::print("kernels use {}\n", ocellus::CurrentSimdTarget());
//   ocellus::SetSimdTarget("");  // the best again
//
// For tests, benchmarks and bug reports. Results differ between instruction sets in the last bits
// only.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace ocellus {

// The names of all instruction sets that the kernels are compiled for and this processor has, the
// best one first: for example "avx512", "avx2", "sse4", "ssse3", "scalar".
std::vector<std::string> SupportedSimdTargets();

// The one that the next kernel will use.
std::string CurrentSimdTarget();

// Makes all kernels of the process use the named instruction set; "" means the best. Throws Error
// if the name is not one of SupportedSimdTargets(). Not to be called while a kernel runs.
void SetSimdTarget(std::string_view name);

// How often the instruction set has been chosen so far: what is packed for one is of no use after
// that. Unlike CurrentSimdTarget, it does not ask the processor, which takes up to 30 us on virtual
// machines.
int64_t SimdTargetChoices();

// SetSimdTarget with the value of the environment variable OCELLUS_SIMD, if it is set. Throws Error
// that names the variable.
void SetSimdTargetFromEnvironment();

}  // namespace ocellus
