// Class probabilities as bars with names and numbers.
//
//   const Block bars = ProbabilityBars(probabilities, model.class_names, /*top=*/5);
//   WritePng(DrawPage("mnist:test:42", {}, bars), "probabilities.png");
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "ocellus/view/page.h"

namespace ocellus {

// The name of a class; its number if it has none.
std::string ClassName(std::span<const std::string> names, int64_t number);

// The `top` classes with the highest probabilities, the highest first. `probabilities` is one row.
Block ProbabilityBars(std::span<const float> probabilities, std::span<const std::string> names,
                      int64_t top);

}  // namespace ocellus
