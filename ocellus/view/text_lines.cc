// Layout of text.
#include "ocellus/view/text_lines.h"

#include <fmt/core.h>

#include <algorithm>
#include <utility>

#include "ocellus/base/error.h"

namespace ocellus {

std::string Number(double value) { return fmt::format("{:.4g}", value); }

int64_t NumberWidth(std::span<const double> values) {
  size_t width = 1;
  for (const double value : values) width = std::max(width, Number(value).size());
  return static_cast<int64_t>(width);
}

std::string Cell(const std::string& number, int64_t width, Mark mark) {
  return fmt::format(fmt::runtime(mark == Mark::kBrackets ? "[{:>{}}]" : " {:>{}} "), number,
                     width);
}

Lines Beside(const std::vector<Lines>& blocks, const std::string& between) {
  size_t height = 0;
  for (const Lines& block : blocks) height = std::max(height, block.size());
  Lines result(height);
  for (const Lines& block : blocks) {
    size_t width = 0;
    for (const std::string& line : block) width = std::max(width, line.size());
    for (size_t i = 0; i < height; ++i) {
      if (&block != &blocks.front()) result[i] += between;
      result[i] += fmt::format("{:<{}}", i < block.size() ? block[i] : "", width);
    }
  }
  return result;
}

NarrowText::NarrowText(std::string where, int64_t max_width)
    : where_(std::move(where)), max_width_(max_width) {}

void NarrowText::Add(const std::string& line) {
  text_ += line.substr(0, line.find_last_not_of(' ') + 1) + "\n";
}

void NarrowText::Add(const Lines& lines, const std::string& part, const std::string& hint) {
  for (const std::string& line : lines) {
    if (std::ssize(line) > max_width_) {
      Fail("{}: {} would be {} characters wide, a line has {}; {}", where_, part, line.size(),
           max_width_, hint);
    }
    Add(line);
  }
}

}  // namespace ocellus
