// SHA-256 (FIPS 180-4), the fingerprint of data sets and files.
//
//   Sha256 sha256;
//   sha256.Update(bytes);
//   sha256.Hexadecimal();      // "e3b0c442..."
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace ocellus {

using Sha256Digest = std::array<uint8_t, 32>;

class Sha256 {
 public:
  Sha256();
  ~Sha256();

  // Appends bytes to what is hashed.
  void Update(std::span<const uint8_t> bytes);
  void Update(std::string_view text);

  // Ends the hash and returns it as 64 hexadecimal digits. To be called once.
  std::string Hexadecimal();

  // The same as bytes.
  Sha256Digest Digest();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// The bytes of some numbers, to be hashed.
template <typename T>
std::span<const uint8_t> BytesOf(std::span<const T> values) {
  return {reinterpret_cast<const uint8_t*>(values.data()), values.size_bytes()};
}

}  // namespace ocellus
