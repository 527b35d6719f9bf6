// The choice of the instruction set, by way of Highway's own table of targets.
#include "ocellus/kernels/simd_target.h"

#include <algorithm>
#include <atomic>
#include <cctype>
#include <cstdint>
#include <cstdlib>

#include "ocellus/base/did_you_mean.h"
#include "ocellus/base/error.h"
#include "ocellus/kernels/highway_targets.h"

// Highway comes last: it must see which targets are disabled.
#include <hwy/targets.h>

namespace ocellus {
namespace {

// "avx512" for Highway's AVX3: nobody else calls it that. Likewise "avx512_zen4" and others.
std::string Name(int64_t target) {
  std::string name = hwy::TargetName(target);
  for (char& c : name) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  if (name.starts_with("avx3")) name.replace(0, 4, "avx512");
  return name;
}

// All targets that the processor has and the kernels are compiled for, whatever is set now.
// The lowest bit is the best target.
const std::vector<int64_t>& Targets() {
  static const std::vector<int64_t> targets = [] {
    hwy::SetSupportedTargetsForTest(0);
    std::vector<int64_t> supported = hwy::SupportedAndGeneratedTargets();
    // The one that needs nothing beyond what the whole program is compiled for.
    const int64_t baseline = HWY_STATIC_TARGET;
    if (std::ranges::find(supported, baseline) == supported.end()) supported.push_back(baseline);
    return supported;
  }();
  return targets;
}

std::atomic<int64_t> choices = 0;

void SetNamed(std::string_view name, std::string_view where) {
  const std::vector<int64_t>& targets = Targets();
  int64_t chosen = 0;  // which means: no restriction
  if (!name.empty()) {
    const auto found =
        std::ranges::find_if(targets, [&](int64_t target) { return Name(target) == name; });
    if (found == targets.end()) {
      Fail("{}: this processor has no instruction set '{}'{}", where, name,
           DidYouMean(name, SupportedSimdTargets()));
    }
    chosen = *found;
  }
  hwy::SetSupportedTargetsForTest(chosen);
  ++choices;
}

}  // namespace

std::vector<std::string> SupportedSimdTargets() {
  std::vector<std::string> names;
  for (const int64_t target : Targets()) names.push_back(Name(target));
  return names;
}

std::string CurrentSimdTarget() {
  Targets();  // the first call resets the choice, so it has to come before the question
  const int64_t usable = hwy::SupportedTargets() & HWY_TARGETS;
  return Name(usable & -usable);
}

int64_t SimdTargetChoices() { return choices.load(std::memory_order_relaxed); }

void SetSimdTarget(std::string_view name) { SetNamed(name, "SIMD target"); }

void SetSimdTargetFromEnvironment() {
  if (const char* name = std::getenv("OCELLUS_SIMD")) SetNamed(name, "OCELLUS_SIMD");
}

}  // namespace ocellus
