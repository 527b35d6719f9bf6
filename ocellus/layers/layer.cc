// What layers share: how winners are saved, and checks.
#include "ocellus/layers/layer.h"

#include "ocellus/base/error.h"

namespace ocellus {

std::span<int32_t> WinnersIn(std::span<std::byte> saved) {
  return {reinterpret_cast<int32_t*>(saved.data()), saved.size() / sizeof(int32_t)};
}

std::span<const int32_t> WinnersIn(std::span<const std::byte> saved) {
  return {reinterpret_cast<const int32_t*>(saved.data()), saved.size() / sizeof(int32_t)};
}

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
