// Edit distance and the closest known name.
#include "ocellus/base/did_you_mean.h"

#include <fmt/core.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cctype>
#include <vector>

namespace ocellus {
namespace {

std::string LowerCase(std::string_view text) {
  std::string lower(text);
  std::ranges::transform(lower, lower.begin(),
                         [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return lower;
}

}  // namespace

int EditDistance(std::string_view a, std::string_view b) {
  // Rows i-2, i-1 and i of the table of distances between prefixes.
  std::vector<int> two_back(b.size() + 1), previous(b.size() + 1), row(b.size() + 1);
  for (size_t j = 0; j <= b.size(); ++j) previous[j] = static_cast<int>(j);
  for (size_t i = 1; i <= a.size(); ++i) {
    row[0] = static_cast<int>(i);
    for (size_t j = 1; j <= b.size(); ++j) {
      const int replace = previous[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
      row[j] = std::min({previous[j] + 1, row[j - 1] + 1, replace});
      const bool swapped = i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1];
      if (swapped) row[j] = std::min(row[j], two_back[j - 2] + 1);
    }
    std::swap(two_back, previous);
    std::swap(previous, row);
  }
  return previous[b.size()];
}

std::string DidYouMean(std::string_view name, std::span<const std::string> known) {
  if (known.empty()) return {};
  const auto distance = [lower = LowerCase(name)](const std::string& candidate) {
    return EditDistance(lower, LowerCase(candidate));
  };
  const std::string& closest = *std::ranges::min_element(known, {}, distance);
  const auto longest = static_cast<int>(std::max(name.size(), closest.size()));
  if (distance(closest) * 3 <= longest) return fmt::format("; did you mean '{}'?", closest);
  return fmt::format("; known: {}", fmt::join(known, ", "));
}

}  // namespace ocellus
