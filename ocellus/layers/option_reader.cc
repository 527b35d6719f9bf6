// Strict reading of JSON options.
#include "ocellus/layers/option_reader.h"

#include <algorithm>

#include "ocellus/base/did_you_mean.h"
#include "ocellus/base/error.h"
#include "ocellus/base/json.h"

namespace ocellus {
namespace {

const std::vector<std::string> kRoundingNames = {"exact", "floor", "ceil"};

// A value as it stands in the file, shortened if it is long. Text that is not UTF-8 is shown as far
// as it is.
std::string Shorten(const Json& value) {
  std::string text = value.dump(-1, ' ', false, Json::error_handler_t::replace);
  return text.size() <= 60 ? text : text.substr(0, 57) + "...";
}

}  // namespace

OptionReader::OptionReader(const Json& json, std::string where)
    : json_(json), where_(std::move(where)) {
  if (!json.is_object()) Fail("{}: expected an object, found {}", where_, Shorten(json));
}

const Json* OptionReader::Find(const std::string& key) {
  known_.push_back(key);
  const auto found = json_.find(key);
  return found == json_.end() ? nullptr : &*found;
}

const Json& OptionReader::Get(const std::string& key) {
  const Json* value = Find(key);
  if (value != nullptr) return *value;
  for (const auto& [other, other_value] : json_.items()) {
    const bool is_close = 3 * EditDistance(other, key) <= static_cast<int>(key.size());
    if (is_close) Fail("{}: unknown option '{}'; did you mean '{}'?", where_, other, key);
  }
  Fail("{}: '{}' is missing", where_, key);
}

void OptionReader::FailKind(const std::string& key, const char* expected, const Json& found) const {
  Fail("{}: '{}': expected {}, found {}", where_, key, expected, Shorten(found));
}

int64_t OptionReader::ToInteger(const std::string& key, const Json& value) const {
  const bool too_large = value.is_number_unsigned() && value.get<uint64_t>() > INT64_MAX;
  if (!value.is_number_integer() || too_large) FailKind(key, "a whole number", value);
  return value.get<int64_t>();
}

Extent OptionReader::ToExtent(const std::string& key, const Json& value) const {
  if (!value.is_array()) return ToInteger(key, value);
  if (value.size() != 2) FailKind(key, "a whole number or [height, width]", value);
  return {ToInteger(key, value[0]), ToInteger(key, value[1])};
}

int64_t OptionReader::Integer(const std::string& key) { return ToInteger(key, Get(key)); }

Extent OptionReader::ExtentOf(const std::string& key) { return ToExtent(key, Get(key)); }

int64_t OptionReader::IntegerOr(const std::string& key, int64_t otherwise) {
  const Json* value = Find(key);
  return value == nullptr ? otherwise : ToInteger(key, *value);
}

double OptionReader::NumberOr(const std::string& key, double otherwise) {
  const Json* value = Find(key);
  if (value == nullptr) return otherwise;
  if (!value->is_number()) FailKind(key, "a number", *value);
  return value->get<double>();
}

bool OptionReader::BooleanOr(const std::string& key, bool otherwise) {
  const Json* value = Find(key);
  if (value == nullptr) return otherwise;
  if (!value->is_boolean()) FailKind(key, "true or false", *value);
  return value->get<bool>();
}

std::string OptionReader::TextOr(const std::string& key, std::string otherwise) {
  const Json* value = Find(key);
  if (value == nullptr) return otherwise;
  if (!value->is_string()) FailKind(key, "a text", *value);
  return value->get<std::string>();
}

std::vector<double> OptionReader::NumbersOr(const std::string& key, std::vector<double> otherwise) {
  const Json* value = Find(key);
  if (value == nullptr) return otherwise;
  constexpr const char* kExpected = "a list of numbers such as [0.5, 2]";
  if (!value->is_array()) FailKind(key, kExpected, *value);
  std::vector<double> numbers;
  for (const Json& number : *value) {
    if (!number.is_number()) FailKind(key, kExpected, *value);
    numbers.push_back(number.get<double>());
  }
  return numbers;
}

std::vector<std::vector<int64_t>> OptionReader::IntegerListsOr(
    const std::string& key, std::vector<std::vector<int64_t>> otherwise) {
  const Json* value = Find(key);
  if (value == nullptr) return otherwise;
  constexpr const char* kExpected = "lists of whole numbers such as [[0, 1, 2], [3]]";
  if (!value->is_array()) FailKind(key, kExpected, *value);
  std::vector<std::vector<int64_t>> lists;
  for (const Json& list : *value) {
    if (!list.is_array()) FailKind(key, kExpected, *value);
    std::vector<int64_t>& numbers = lists.emplace_back();
    for (const Json& number : list) numbers.push_back(ToInteger(key, number));
  }
  return lists;
}

Extent OptionReader::ExtentOr(const std::string& key, Extent otherwise) {
  const Json* value = Find(key);
  return value == nullptr ? otherwise : ToExtent(key, *value);
}

size_t OptionReader::ChoiceOr(const std::string& key, const std::vector<std::string>& words,
                              size_t otherwise) {
  const Json* value = Find(key);
  if (value == nullptr) return otherwise;
  if (!value->is_string()) FailKind(key, "a text", *value);
  const auto word = value->get<std::string>();
  const auto found = std::ranges::find(words, word);
  if (found == words.end()) {
    Fail("{}: '{}': unknown value '{}'{}", where_, key, word, DidYouMean(word, words));
  }
  return static_cast<size_t>(found - words.begin());
}

Rounding OptionReader::RoundingOr(const std::string& key, Rounding otherwise) {
  return static_cast<Rounding>(ChoiceOr(key, kRoundingNames, static_cast<size_t>(otherwise)));
}

Initializer OptionReader::InitializerOr(const std::string& key, Initializer otherwise) {
  const Json* value = Find(key);
  return value == nullptr ? otherwise : InitializerFromJson(*value, where_ + ": '" + key + "'");
}

void OptionReader::RefuseUnknown() const {
  for (const auto& [key, value] : json_.items()) {
    if (std::ranges::find(known_, key) == known_.end()) {
      Fail("{}: unknown option '{}'{}", where_, key, DidYouMean(key, known_));
    }
  }
}

Json ToJson(Extent extent) {
  if (extent.h == extent.w) return extent.h;
  return Json::array({extent.h, extent.w});
}

Json ToJson(Rounding rounding) { return kRoundingNames[static_cast<size_t>(rounding)]; }

}  // namespace ocellus
