// PostgreSQL's wire protocol as far as a bystander needs it: where a message ends and what it is called.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace dbmigrate::faults {

/// Who sent it: `F` and `B` in messages, as PostgreSQL's manual has it.
enum class Side { frontend, backend };

/// One whole message.
struct Message {
  Side side = Side::frontend;
  char type = '\0';  ///< of those without a type byte: kStartup and its kind
  std::string bytes;

  /// `B CommandComplete INSERT 0 1`. Never a password.
  [[nodiscard]] std::string text() const;
  /// A parameter of a StartupMessage; empty when it has none of that name.
  [[nodiscard]] std::string startup_parameter(std::string_view name) const;
};

/// Messages that begin with their length, told apart by the code behind it.
constexpr char kStartup = '\1';
constexpr char kCancelRequest = '\2';
constexpr char kSslRequest = '\3';
constexpr char kGssRequest = '\4';

/// Cuts one direction of one connection into messages. The answer to an SSLRequest is no message; who uses this must
/// answer those requests itself, which it has to anyway to read along.
class MessageReader {
 public:
  explicit MessageReader(Side side) : side_(side), untyped_(side == Side::frontend) {}

  void feed(std::string_view bytes) { buffer_ += bytes; }
  /// The next whole message, in order. Throws std::runtime_error on a length that no message can have.
  std::optional<Message> next();

 private:
  Side side_;
  bool untyped_;  ///< until the StartupMessage
  std::string buffer_;
  std::size_t done_ = 0;  ///< bytes of the buffer that were given out
};

}  // namespace dbmigrate::faults
