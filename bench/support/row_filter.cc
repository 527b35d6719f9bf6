// See row_filter.h.
#include "bench/support/row_filter.h"

#include <fmt/ranges.h>

#include <algorithm>

#include "ocellus/base/error.h"

namespace ocellus::bench {

bool RowFilter::Wants(const std::string& row) {
  rows_.push_back(row);
  const bool wanted = texts_.empty() || std::ranges::any_of(texts_, [&](const std::string& text) {
                        return row.find(text) != std::string::npos;
                      });
  found_ = found_ || wanted;
  return wanted;
}

void RowFilter::ExpectAny() const {
  if (found_) return;
  Fail("no row contains '{}'; there are:\n  {}", fmt::join(texts_, "' or '"),
       fmt::join(rows_, "\n  "));
}

}  // namespace ocellus::bench
