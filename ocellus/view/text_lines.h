// Matrices of numbers as lines of text, beside and below each other, none wider than a terminal.
//
//   const Lines left = {" channel 0", Cell("3", 2, Mark::kBrackets) + Cell("10", 2, Mark::kNone)};
//   const Lines right = {" channel 1", Cell("5", 2, Mark::kNone) + Cell("-1", 2, Mark::kNone)};
//   NarrowText text("explain conv", /*max_width=*/80);
//   text.Add("input");
//   text.Add(Beside({left, right}, " | "), "the input", "take a narrower input");
//   fmt::print("{}", text.text());
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace ocellus {

using Lines = std::vector<std::string>;

// A number with at most four significant digits, and the width of the longest of them: 1 or more.
std::string Number(double value);
int64_t NumberWidth(std::span<const double> values);

enum class Mark { kNone, kBrackets };

// A number at the right of its width, with a character for a bracket on each side.
std::string Cell(const std::string& number, int64_t width, Mark mark);

// Puts blocks of lines beside each other; shorter ones are filled up with spaces.
Lines Beside(const std::vector<Lines>& blocks, const std::string& between);

// A text and a guard against lines that a terminal would break.
class NarrowText {
 public:
  // `where` begins the messages of errors.
  NarrowText(std::string where, int64_t max_width);

  // One line, of any width, without the spaces at its end.
  void Add(const std::string& line = "");

  // Several lines. Throws Error if one is too wide: `part` is what they are of the text, `hint`
  // what makes them shorter.
  void Add(const Lines& lines, const std::string& part, const std::string& hint);

  const std::string& text() const { return text_; }

 private:
  std::string where_;
  int64_t max_width_;
  std::string text_;
};

}  // namespace ocellus
