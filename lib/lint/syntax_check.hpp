// What a server says of a statement that the parser here does not know.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "postgres/session.hpp"

namespace dbmigrate {

struct SyntaxVerdict {
  enum class Kind {
    unknown,  ///< no server was asked, or it cannot tell
    taken,    ///< its syntax is right there: it is newer than the parser
    refused,
  } kind = Kind::unknown;
  std::string message;  ///< of a refusal, as the server puts it

  bool operator==(const SyntaxVerdict&) const = default;
};

using SyntaxCheck = std::function<SyntaxVerdict(std::string_view statement)>;

/// Has the server read the statement; nothing runs. `session` outlives it. The check throws ServerError where the
/// connection is lost.
SyntaxCheck syntax_check_by(Session& session);

}  // namespace dbmigrate
