// Reads the options of a layer (or any other JSON object) strictly: a value of the wrong kind and a
// key that nobody asked for are errors that say where.
//
//   OptionReader options(json, "layers[2] (Convolution)");
//   convolution.filters = options.Integer("filters");                     // must be there
//   convolution.stride = options.ExtentOr("stride", convolution.stride);  // or keeps its default
//   options.RefuseUnknown();
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "ocellus/base/json_fwd.h"
#include "ocellus/layers/initializer.h"
#include "ocellus/tensor/geometry.h"

namespace ocellus {

class OptionReader {
 public:
  // `json` must be an object and outlive the reader; `where` begins every message.
  OptionReader(const Json& json, std::string where);
  OptionReader(Json&& json, std::string where) = delete;  // it is read later

  const std::string& where() const { return where_; }

  // A required value. Throws Error if it is missing or of another kind.
  int64_t Integer(const std::string& key);
  Extent ExtentOf(const std::string& key);  // 5 or [5, 3]: height and width

  // An optional value.
  int64_t IntegerOr(const std::string& key, int64_t otherwise);
  double NumberOr(const std::string& key, double otherwise);
  bool BooleanOr(const std::string& key, bool otherwise);
  std::string TextOr(const std::string& key, std::string otherwise);
  std::vector<double> NumbersOr(const std::string& key, std::vector<double> otherwise);
  // A list of lists: [[0, 1, 2], [3]].
  std::vector<std::vector<int64_t>> IntegerListsOr(const std::string& key,
                                                   std::vector<std::vector<int64_t>> otherwise);
  Extent ExtentOr(const std::string& key, Extent otherwise);
  Rounding RoundingOr(const std::string& key, Rounding otherwise);  // "exact", "floor", "ceil"
  Initializer InitializerOr(const std::string& key, Initializer otherwise);

  // One of the given words. Returns its position.
  size_t ChoiceOr(const std::string& key, const std::vector<std::string>& words, size_t otherwise);

  // To be called last. Throws Error if the object has a key that was not asked for.
  void RefuseUnknown() const;

 private:
  // The value of a key, or nullptr. Remembers that the key is known.
  const Json* Find(const std::string& key);
  const Json& Get(const std::string& key);
  [[noreturn]] void FailKind(const std::string& key, const char* expected, const Json& found) const;
  int64_t ToInteger(const std::string& key, const Json& value) const;
  Extent ToExtent(const std::string& key, const Json& value) const;

  const Json& json_;
  std::string where_;
  std::vector<std::string> known_;
};

// The other direction: how values appear in JSON.
Json ToJson(Extent extent);      // 5 or [5, 3]
Json ToJson(Rounding rounding);  // "exact"

}  // namespace ocellus
