// What stops a command: one fact, its evidence and the next step.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <exception>
#include <optional>
#include <string>

#include "core/error_code.hpp"

namespace dbmigrate {

/// A place in a file that someone wrote. Lines and columns count from 1; columns count characters.
struct Location {
  std::string file;  ///< as the user would open it: relative to the working directory where it lies below it
  int line = 0;      ///< 0 = the file as a whole
  int column = 0;    ///< 0 = unknown

  /// `file:line:column`, without the parts that are unknown.
  [[nodiscard]] std::string text() const;
  bool operator==(const Location&) const = default;
};

struct ErrorInfo {
  ErrorCode code = ErrorCode::internal;
  std::string message;   ///< one fact on one line, lower case, no full stop
  std::string detail;    ///< the evidence, in sentences; may be empty
  std::string hint;      ///< the next step, in sentences; may be empty
  std::string sqlstate;  ///< five characters when the server said it, else empty
  std::optional<Location> at;
  std::string statement;  ///< the SQL that failed, else empty
  std::string context;    ///< the server's CONTEXT, else empty
};

/// Thrown where the facts are known, caught once, in cli. Texts that are longer than people read are cut.
class Error : public std::exception {
 public:
  explicit Error(ErrorInfo info);
  [[nodiscard]] const char* what() const noexcept override { return info_.message.c_str(); }
  [[nodiscard]] const ErrorInfo& info() const { return info_; }
  [[nodiscard]] ErrorCode code() const { return info_.code; }

 protected:
  ErrorInfo info_;
};

}  // namespace dbmigrate
