// SHA-256 of a migration's text.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

namespace dbmigrate {

/// 64 lower-case hexadecimal digits, or empty where nothing was recorded.
class Checksum {
 public:
  Checksum() = default;
  static Checksum of(std::string_view text);
  /// What a version table holds; taken as it is.
  static Checksum recorded(std::string hex);

  [[nodiscard]] const std::string& hex() const { return hex_; }
  /// The first twelve digits, for people.
  [[nodiscard]] std::string short_form() const { return hex_.substr(0, 12); }
  bool operator==(const Checksum&) const = default;

 private:
  std::string hex_;
};

}  // namespace dbmigrate
