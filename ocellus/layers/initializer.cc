// Initial values of parameters.
#include "ocellus/layers/initializer.h"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <optional>

#include "ocellus/base/checked_math.h"
#include "ocellus/base/did_you_mean.h"
#include "ocellus/base/error.h"
#include "ocellus/base/json.h"
#include "ocellus/base/parallel.h"

namespace ocellus {
namespace {

// In the order of Initializer::Kind. The first two carry a value.
const std::string kNames[] = {"constant", "normal", "he", "xavier", "glorot"};
constexpr size_t kNamesWithValue = 2;

// Other names that people know.
const std::string kSynonymsOfHe[] = {"kaiming", "msra"};

// Throws Error, beginning with `where`, if no initialiser has this name, or it does not go with or
// without a value.
Initializer MakeInitializer(const std::string& name, std::optional<double> value,
                            const std::string& where) {
  if (std::ranges::find(kSynonymsOfHe, name) != std::end(kSynonymsOfHe)) {
    return MakeInitializer("he", value, where);
  }
  const auto found = std::ranges::find(kNames, name);
  if (found == std::end(kNames)) {
    Fail("{}: unknown initialiser '{}'{}", where, name, DidYouMean(name, kNames));
  }
  const auto kind = static_cast<size_t>(found - std::begin(kNames));
  const bool takes_value = kind < kNamesWithValue;
  if (takes_value && !value) Fail("{}: expected a number with it, such as {}:0.01", where, name);
  if (!takes_value && value) Fail("{}: {} takes no number, found {}", where, name, *value);
  const Initializer initializer{static_cast<Initializer::Kind>(kind), value.value_or(0)};
  CheckInitializer(initializer, where);
  return initializer;
}

// "he" or "normal:0.01".
Initializer InitializerFromText(const std::string& text, const std::string& where) {
  const size_t colon = text.find(':');
  if (colon == std::string::npos) return MakeInitializer(text, std::nullopt, where);
  const std::string number = text.substr(colon + 1);
  const Json value = Json::parse(number, nullptr, /*allow_exceptions=*/false);
  if (!value.is_number()) {
    Fail("{}: expected a number behind the colon, found '{}'", where, number);
  }
  return MakeInitializer(text.substr(0, colon), value.get<double>(), where);
}

}  // namespace

double StandardDeviation(const Initializer& initializer, const Fans& fans) {
  switch (initializer.kind) {
    case Initializer::Kind::kConstant:
      return 0;
    case Initializer::Kind::kNormal:
      return initializer.value;
    case Initializer::Kind::kHe:
      return std::sqrt(2.0 / static_cast<double>(fans.in));
    case Initializer::Kind::kXavier:
      return std::sqrt(1.0 / static_cast<double>(fans.in));
    case Initializer::Kind::kGlorot:
      return std::sqrt(2.0 / (static_cast<double>(fans.in) + static_cast<double>(fans.out)));
  }
  return 0;
}

void CheckInitializer(const Initializer& initializer, std::string_view where) {
  if (!std::isfinite(initializer.value)) {
    Fail("{}: expected a finite number, found {}", where, initializer.value);
  }
  if (initializer.kind == Initializer::Kind::kNormal && initializer.value < 0) {
    Fail("{}: expected a standard deviation of 0 or more, found {}", where, initializer.value);
  }
}

template <typename T>
void Initialize(const Initializer& initializer, const Fans& fans, const Random& random,
                TensorView<T> values) {
  if (initializer.kind == Initializer::Kind::kConstant) {
    values.Fill(static_cast<T>(initializer.value));
    return;
  }
  const double standard_deviation = StandardDeviation(initializer, fans);
  // Chunks begin with a block of the generator, which gives two normal numbers.
  constexpr int64_t kChunk = 8192;
  static_assert(kChunk % 2 == 0);
  const int64_t size = values.elements();
  DefaultThreadPool().ParallelFor(CeilDivide(size, kChunk), [&](int64_t chunk, int) {
    const int64_t begin = chunk * kChunk;
    Random part = random.From(static_cast<uint64_t>(begin / 2));
    for (int64_t i = begin; i < std::min(size, begin + kChunk); ++i) {
      values[i] = static_cast<T>(standard_deviation * part.Normal());
    }
  });
}

template void Initialize(const Initializer&, const Fans&, const Random&, TensorView<float>);
template void Initialize(const Initializer&, const Fans&, const Random&, TensorView<double>);

Json ToJson(const Initializer& initializer) {
  const auto kind = static_cast<size_t>(initializer.kind);
  if (kind < kNamesWithValue) return Json::object({{kNames[kind], initializer.value}});
  return kNames[kind];
}

Initializer InitializerFromJson(const Json& json, const std::string& where) {
  if (json.is_string()) return InitializerFromText(json.get<std::string>(), where);
  if (!json.is_object() || json.size() != 1 || !json.front().is_number()) {
    Fail(
        "{}: expected {{\"normal\": 0.01}}, {{\"constant\": 0}}, \"he\", \"xavier\" or \"glorot\", "
        "found {}",
        where, json.dump(-1, ' ', false, Json::error_handler_t::replace));
  }
  return MakeInitializer(json.begin().key(), json.front().get<double>(), where);
}

}  // namespace ocellus
