// Reads numbers and pieces from bytes that nobody has checked yet.
//
//   ByteReader reader(bytes, "model.safetensors");
//   const uint64_t size = reader.LittleEndian<8>("the length of the header");
//   const std::span<const uint8_t> header = reader.Take(size, "the header");
//
// Whoever asks for more than there is gets an Error such as "model.safetensors: offset 8: the
// header needs 1000 bytes, 12 are left".
#pragma once

#include <algorithm>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "ocellus/base/error.h"

namespace ocellus {

class ByteReader {
 public:
  // The bytes must outlive the reader. Messages begin with `where`.
  ByteReader(std::span<const uint8_t> bytes, std::string_view where)
      : bytes_(bytes), where_(where) {}

  const std::string& where() const { return where_; }
  uint64_t offset() const { return offset_; }
  uint64_t left() const { return bytes_.size() - offset_; }

  // Throws Error unless there are `size` more bytes. `what` names them in the message.
  void CheckLeft(uint64_t size, std::string_view what) const {
    if (size > left()) {
      Fail("{}: offset {}: {} needs {} bytes, {} are left", where_, offset_, what, size, left());
    }
  }

  // The next bytes, at most `max_size`, which stay.
  std::string_view Peek(uint64_t max_size) const {
    const std::span<const uint8_t> bytes = bytes_.subspan(offset_, std::min(max_size, left()));
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
  }

  // The next `size` bytes. `what` names them in messages.
  std::span<const uint8_t> Take(uint64_t size, std::string_view what) {
    CheckLeft(size, what);
    return bytes_.subspan(std::exchange(offset_, offset_ + size), size);
  }

  std::string_view Text(uint64_t size, std::string_view what) {
    const std::span<const uint8_t> bytes = Take(size, what);
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
  }

  // The next kBytes bytes as a number, the lowest byte first or last.
  template <int kBytes>
  uint64_t LittleEndian(std::string_view what) {
    uint64_t value = 0;
    int shift = 0;
    for (const uint8_t byte : Take(kBytes, what)) {
      value |= uint64_t{byte} << shift;
      shift += 8;
    }
    return value;
  }
  template <int kBytes>
  uint64_t BigEndian(std::string_view what) {
    uint64_t value = 0;
    for (const uint8_t byte : Take(kBytes, what)) value = value << 8 | byte;
    return value;
  }

 private:
  std::span<const uint8_t> bytes_;
  std::string where_;
  uint64_t offset_ = 0;
};

}  // namespace ocellus
