// Functions that an operation may apply to its output before it leaves the registers.
#pragma once

namespace ocellus {

enum class Activation {
  kNone,
  kRelu,  // max(x, 0)
};

}  // namespace ocellus
