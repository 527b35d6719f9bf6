// Checks that layers share.
#include "ocellus/layers/layer.h"

#include "ocellus/base/error.h"

namespace ocellus {

void ExpectInputCount(std::string_view where, std::span<const Shape> inputs, int64_t expected) {
  if (static_cast<int64_t>(inputs.size()) != expected) {
    Fail("{}: expected {} input{}, found {}", where, expected, expected == 1 ? "" : "s",
         inputs.size());
  }
}

void ExpectSeveralInputs(std::string_view where, std::span<const Shape> inputs) {
  if (inputs.size() < 2) {
    Fail("{}: expected two or more inputs, found {}; name the layers that it reads as its inputs",
         where, inputs.size());
  }
}

void ExpectImage(std::string_view where, const Shape& input) {
  if (input.rank() != 3) {
    Fail(
        "{}: expected an input with axes C, H, W, found shape {}; image layers must come before "
        "Affine and Flatten",
        where, input.ToString());
  }
}

}  // namespace ocellus
