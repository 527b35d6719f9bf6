// The header of a .npy file: a Python dict of three keys.
#include "ocellus/formats/npy.h"

#include <fmt/core.h>

#include <charconv>
#include <optional>
#include <vector>

#include "ocellus/base/error.h"
#include "ocellus/formats/array_layout.h"
#include "ocellus/formats/byte_reader.h"

namespace ocellus {
namespace {

constexpr std::string_view kMagic = "\x93NUMPY";
constexpr size_t kAlignment = 64;  // of the data, as NumPy writes it

// Reads the text of the header from left to right.
class HeaderParser {
 public:
  HeaderParser(std::string_view text, std::string_view where) : text_(text), where_(where) {}

  ArrayLayout Parse() {
    Expect('{');
    while (!Accept('}')) {
      ParseItem();
      if (!Accept(',')) {
        Expect('}');
        break;
      }
    }
    SkipSpace();
    if (position_ != text_.size()) FailHere("the end");
    if (!element_.has_value()) FailMissing("descr");
    if (!order_.has_value()) FailMissing("fortran_order");
    if (!shape_.has_value()) FailMissing("shape");
    return {*shape_, *element_, *order_};
  }

 private:
  [[noreturn]] void FailHere(std::string_view expected) const {
    Fail("{}: header: expected {} at character {} of \"{}\"", where_, expected, position_, text_);
  }
  [[noreturn]] void FailMissing(std::string_view key) const {
    Fail("{}: header: '{}' is missing in \"{}\"", where_, key, text_);
  }

  void SkipSpace() {
    while (position_ < text_.size() && (text_[position_] == ' ' || text_[position_] == '\n')) {
      ++position_;
    }
  }

  // Takes the word if it is next.
  bool Accept(std::string_view word) {
    SkipSpace();
    if (!text_.substr(position_).starts_with(word)) return false;
    position_ += word.size();
    return true;
  }
  bool Accept(char c) { return Accept(std::string_view(&c, 1)); }

  void Expect(char c) {
    if (!Accept(c)) FailHere(fmt::format("'{}'", c));
  }

  // A text in single or double quotes; Python writes no escapes for what belongs here.
  std::string_view ParseText() {
    const char quote = Accept('"') ? '"' : '\'';
    if (quote == '\'') Expect('\'');
    const size_t size = text_.substr(position_).find(quote);
    if (size == std::string_view::npos) FailHere("the end of a text");
    const std::string_view text = text_.substr(position_, size);
    position_ += size + 1;
    return text;
  }

  int64_t ParseInteger() {
    SkipSpace();
    int64_t number = 0;
    const char* begin = text_.data() + position_;
    const auto [end, error] = std::from_chars(begin, text_.data() + text_.size(), number);
    if (error != std::errc()) FailHere("a number below 2^63");
    position_ += static_cast<size_t>(end - begin);
    return number;
  }

  // (), (3,), (2, 3) or (2, 3,)
  Shape ParseTuple() {
    std::vector<int64_t> sizes;
    Expect('(');
    while (!Accept(')')) {
      sizes.push_back(ParseInteger());
      if (Accept(',')) continue;
      if (sizes.size() == 1) FailHere("','");  // (3) is no tuple
      Expect(')');
      break;
    }
    return ParseShape(sizes, fmt::format("{}: shape", where_));
  }

  template <typename T>
  void Set(std::optional<T>& value, T parsed, std::string_view key) {
    if (value.has_value()) Fail("{}: header: '{}' occurs twice in \"{}\"", where_, key, text_);
    value = parsed;
  }

  void ParseItem() {
    const std::string_view key = ParseText();
    Expect(':');
    if (key == "descr") {
      const std::string_view code = Accept('[') ? "a record" : ParseText();
      const std::optional<ElementFormat> element = ParseElementFormat(code);
      if (!element.has_value()) {
        Fail("{}: expected float32 or float64 (<f4, >f4, <f8 or >f8), found {}", where_, code);
      }
      Set(element_, *element, key);
    } else if (key == "fortran_order") {
      const bool is_fortran = Accept("True");
      if (!is_fortran && !Accept("False")) FailHere("True or False");
      Set(order_, is_fortran ? AxisOrder::kFortran : AxisOrder::kC, key);
    } else if (key == "shape") {
      Set(shape_, ParseTuple(), key);
    } else {
      Fail("{}: header: expected descr, fortran_order and shape, found '{}'", where_, key);
    }
  }

  std::string_view text_;
  std::string_view where_;
  size_t position_ = 0;
  std::optional<ElementFormat> element_;
  std::optional<AxisOrder> order_;
  std::optional<Shape> shape_;
};

}  // namespace

ArrayValues ParseNpy(std::span<const uint8_t> bytes, std::string_view where) {
  ByteReader reader(bytes, where);
  if (reader.Text(kMagic.size(), "the beginning of an array") != kMagic) {
    Fail("{}: expected an array in NumPy's format", where);
  }
  const uint64_t major = reader.LittleEndian<1>("the version");
  const uint64_t minor = reader.LittleEndian<1>("the version");
  if (major < 1 || major > 3 || minor != 0) {
    Fail("{}: expected version 1.0, 2.0 or 3.0, found {}.{}", where, major, minor);
  }
  constexpr const char* kLength = "the length of the header";
  const uint64_t size =
      major == 1 ? reader.LittleEndian<2>(kLength) : reader.LittleEndian<4>(kLength);
  // As in NumPy, whose headers of plain arrays have less than 128.
  constexpr uint64_t kMaxHeaderBytes = 10'000;
  if (size > kMaxHeaderBytes) {
    Fail("{}: expected a header of at most {} bytes, found {}", where, kMaxHeaderBytes, size);
  }
  const ArrayLayout layout = HeaderParser(reader.Text(size, "the header"), where).Parse();
  if (static_cast<uint64_t>(layout.size_bytes()) != reader.left()) {
    Fail("{}: an array of shape {} needs {} bytes, found {}", where, layout.shape.ToString(),
         layout.size_bytes(), reader.left());
  }
  return DecodeArray(reader.Take(reader.left(), "the data"), layout);
}

std::string NpyHeader(const NamedArray& array) {
  std::string shape;
  for (const int64_t size : array.shape().sizes()) {
    shape += fmt::format("{}{},", shape.empty() ? "" : " ", size);
  }
  // (3,) but (2, 3)
  if (array.shape().rank() > 1) shape.pop_back();
  std::string header = fmt::format("{{'descr': '{}', 'fortran_order': False, 'shape': ({}), }}",
                                   array.dtype() == "float32" ? "<f4" : "<f8", shape);
  const size_t begin = kMagic.size() + 4;
  while ((begin + header.size() + 1) % kAlignment != 0) header += ' ';
  header += '\n';
  // Two bytes are enough for its length: there are at most 6 sizes of at most 19 digits.
  std::string text(kMagic);
  text +=
      {'\1', '\0', static_cast<char>(header.size() & 0xff), static_cast<char>(header.size() >> 8)};
  return text + header;
}

}  // namespace ocellus
