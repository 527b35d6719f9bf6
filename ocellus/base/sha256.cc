// SHA-256 through libmd.
#include "ocellus/base/sha256.h"

#include <sha2.h>

#include <array>

namespace ocellus {

struct Sha256::State {
  SHA2_CTX context;
};

Sha256::Sha256() : state_(std::make_unique<State>()) { SHA256Init(&state_->context); }

Sha256::~Sha256() = default;

void Sha256::Update(std::span<const uint8_t> bytes) {
  SHA256Update(&state_->context, bytes.data(), bytes.size());
}

void Sha256::Update(std::string_view text) {
  Update({reinterpret_cast<const uint8_t*>(text.data()), text.size()});
}

std::string Sha256::Hexadecimal() {
  std::array<char, SHA256_DIGEST_STRING_LENGTH> digits{};
  return SHA256End(&state_->context, digits.data());
}

Sha256Digest Sha256::Digest() {
  static_assert(std::tuple_size_v<Sha256Digest> == SHA256_DIGEST_LENGTH);
  Sha256Digest digest{};
  SHA256Final(digest.data(), &state_->context);
  return digest;
}

}  // namespace ocellus
