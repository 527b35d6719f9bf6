// Which rows of the benchmarks are wanted: those whose name contains one of the given texts.
#pragma once

#include <string>
#include <vector>

namespace ocellus::bench {

class RowFilter {
 public:
  // No text: every row.
  explicit RowFilter(std::vector<std::string> texts) : texts_(std::move(texts)) {}

  // To be asked about every row before it is measured.
  bool Wants(const std::string& row);

  // Throws Error, which names all rows, if none of them was wanted.
  void ExpectAny() const;

 private:
  std::vector<std::string> texts_;
  std::vector<std::string> rows_;
  bool found_ = false;
};

}  // namespace ocellus::bench
