// Only the grammar's verdict counts: names may well be those of earlier statements, which have not run.
// SPDX-License-Identifier: Apache-2.0
#include "lint/syntax_check.hpp"

namespace dbmigrate {
namespace {

using Kind = SyntaxVerdict::Kind;

/// A query is analysed behind the grammar, and fails there for a table or column that the server does not have yet.
bool is_about_names(std::string_view sqlstate) {
  return sqlstate.starts_with("42") || sqlstate.starts_with("3D") || sqlstate.starts_with("3F");
}

SyntaxVerdict verdict_of(const ServerError& error) {
  constexpr std::string_view kSyntaxError = "42601";
  constexpr std::string_view kNotSupported = "0A000";
  const std::string_view state = error.sqlstate();
  if (state == kSyntaxError || state == kNotSupported) return {Kind::refused, error.info().message};
  if (is_about_names(state)) return {Kind::taken, {}};
  return {};
}

}  // namespace

SyntaxCheck syntax_check_by(Session& session) {
  return [&session](std::string_view statement) -> SyntaxVerdict {
    try {
      session.parse(statement);
    } catch (const ServerError& error) {
      if (error.connection_lost()) throw;
      return verdict_of(error);
    }
    return {Kind::taken, {}};
  };
}

}  // namespace dbmigrate
