// How a parameter gets its first values.
//
//   Convolution{.filters = 30, .kernel_size = 5, .weight_init = Normal(0.01)}
//
// In JSON: {"normal": 0.01} or "normal:0.01", {"constant": 1} or "constant:1", "he" (or "kaiming"
// or "msra"), "xavier", "glorot". On the command line: the same texts.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "ocellus/base/json_fwd.h"
#include "ocellus/base/random.h"
#include "ocellus/tensor/tensor.h"

namespace ocellus {

struct Initializer {
  enum class Kind { kConstant, kNormal, kHe, kXavier, kGlorot };

  Kind kind = Kind::kConstant;
  double value = 0;  // the constant, or the standard deviation of kNormal; otherwise unused

  friend bool operator==(const Initializer&, const Initializer&) = default;
};

constexpr Initializer Constant(double value) { return {Initializer::Kind::kConstant, value}; }

// Normal with mean 0 and the given standard deviation.
constexpr Initializer Normal(double standard_deviation) {
  return {Initializer::Kind::kNormal, standard_deviation};
}

// Normal with standard deviation sqrt(2 / fan_in), for layers before a ReLU (He et al. 2015, eq.
// 10; also called Kaiming or MSRA initialisation).
constexpr Initializer He() { return {Initializer::Kind::kHe, 0}; }

// Normal with standard deviation sqrt(1 / fan_in), for layers before a sigmoid or tanh. This is
// what the chapter's book calls Xavier initialisation, after Xavier Glorot. His paper also counts
// the outputs: see Glorot.
constexpr Initializer Xavier() { return {Initializer::Kind::kXavier, 0}; }

// Normal with standard deviation sqrt(2 / (fan_in + fan_out)): a compromise between keeping the
// variance of what goes forward and of what comes back (Glorot and Bengio 2010, eq. 12).
constexpr Initializer Glorot() { return {Initializer::Kind::kGlorot, 0}; }

// How many inputs one output sums, and how many outputs one input goes into.
struct Fans {
  int64_t in = 1;
  int64_t out = 1;
};

// The standard deviation of the initial values.
double StandardDeviation(const Initializer& initializer, const Fans& fans);

// Throws Error, beginning with `where`, if the value is not finite or a negative standard
// deviation.
void CheckInitializer(const Initializer& initializer, std::string_view where);

// Overwrites all values: with the numbers that Normal draws from the beginning of the generator's
// stream, in this order, times the standard deviation, rounded to T. Large parameters are drawn on
// all processors; the values are the same for any number of them.
template <typename T>
void Initialize(const Initializer& initializer, const Fans& fans, const Random& random,
                TensorView<T> values);

Json ToJson(const Initializer& initializer);

// Throws Error, beginning with `where`, for anything but what is written above.
Initializer InitializerFromJson(const Json& json, const std::string& where);

}  // namespace ocellus
