// SHA-256 through OpenSSL.
// SPDX-License-Identifier: Apache-2.0
#include "core/checksum.hpp"

#include <openssl/evp.h>

#include <array>
#include <utility>

#include "core/error.hpp"

namespace dbmigrate {

Checksum Checksum::of(std::string_view text) {
  // Looked up once: with OpenSSL 3 fetching the algorithm costs more than hashing a small file.
  static const EVP_MD* const sha256 = EVP_MD_fetch(nullptr, "SHA256", nullptr);
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned int size = 0;
  if (sha256 == nullptr || EVP_Digest(text.data(), text.size(), digest.data(), &size, sha256, nullptr) != 1) {
    throw Error({.code = ErrorCode::internal, .message = "OpenSSL has no SHA-256"});
  }
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string hex;
  hex.reserve(std::size_t{size} * 2);
  for (unsigned int i = 0; i < size; ++i) {
    hex += kDigits[digest.at(i) >> 4];
    hex += kDigits[digest.at(i) & 15];
  }
  return recorded(std::move(hex));
}

Checksum Checksum::recorded(std::string hex) {
  Checksum checksum;
  checksum.hex_ = std::move(hex);
  return checksum;
}

}  // namespace dbmigrate
