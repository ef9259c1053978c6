// The SQLSTATE in libpq's words, and what to do about each.
// SPDX-License-Identifier: Apache-2.0
#include "postgres/refusal.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <cstddef>

namespace dbmigrate {
namespace {

bool is_sqlstate(std::string_view text) {
  return text.size() == 5 && std::all_of(text.begin(), text.end(), [](unsigned char c) {
           return std::isdigit(c) != 0 || (c >= 'A' && c <= 'Z');
         });
}

/// `LOCATION:  InitProcess, proc.c:365`, in whatever language.
bool is_source_location(std::string_view line) {
  while (!line.empty() && std::isdigit(static_cast<unsigned char>(line.back())) != 0) line.remove_suffix(1);
  return line.ends_with(".c:") && line.find(":  ") != std::string_view::npos;
}

/// Takes `53300: ` out of `FATAL:  53300: sorry, too many clients already`.
std::string take_sqlstate(std::string& line) {
  constexpr std::string_view kBehindSeverity = ":  ";
  for (auto at = line.find(kBehindSeverity); at != std::string::npos; at = line.find(kBehindSeverity, at + 1)) {
    const auto begin = at + kBehindSeverity.size();
    const auto code = line.substr(begin, 5);
    if (!is_sqlstate(code) || line.compare(begin + 5, 2, ": ") != 0) continue;
    line.erase(begin, 7);
    return code;
  }
  return "";
}

std::string_view hint_for(std::string_view sqlstate) {
  if (sqlstate == "3D000") return "Create the database first, with createdb, or correct its name.";
  if (sqlstate == "42501") return "Have its owner run GRANT CONNECT ON DATABASE … TO the user.";
  if (sqlstate == "53300") {
    return "Wait until connections are given back, raise max_connections or the limit of the role or database, or put "
           "a pooler before the server; a run needs two.";
  }
  if (sqlstate == "57P03") return "The server starts, stops or recovers: run the same command again in a moment.";
  return "";
}

/// For what no server gave a SQLSTATE for, or one that means several things; the words are in libpq's language, and
/// what is not recognised gets the general answer.
std::string_view hint_for_words(std::string_view text) {
  const auto says = [&](std::string_view words) { return text.find(words) != std::string_view::npos; };
  if (says("role \"") && says("does not exist")) return "Correct the user's name, or create the role first.";
  if (says("password authentication failed") || says("no password supplied")) {
    return "Give the password in PGPASSWORD, a pgpass file, a service file or the URL; user and database have to be "
           "right, too.";
  }
  if (says("no pg_hba.conf entry")) {
    return "The server's pg_hba.conf does not let this user in from here; ask its administrator.";
  }
  if (says("session is read-only") || says("hot standby mode")) {
    return "No host that the URL names is a primary now; wait for the failover to end, or name the new primary.";
  }
  if (says("could not translate host name")) {
    return "Correct the host's name; \"getent hosts NAME\" shows whether it is known here.";
  }
  if (says("Connection refused") || says("No such file or directory")) {
    return "No server listens there: start it, or correct host and port.";
  }
  if (says("SSL")) return "Correct sslmode in the URL, or PGSSLMODE.";
  return "Check host, port, user and database; `psql` with the same URL shows the same.";
}

}  // namespace

Refusal refusal_of(std::string_view printed) {
  Refusal refusal;
  while (!printed.empty()) {
    const auto end = std::min(printed.find('\n'), printed.size());
    std::string line(printed.substr(0, end));
    printed.remove_prefix(std::min(end + 1, printed.size()));
    if (line.empty() || is_source_location(line)) continue;
    if (auto sqlstate = take_sqlstate(line); !sqlstate.empty()) refusal.sqlstate = std::move(sqlstate);
    std::erase(line, '\t');
    auto& text = refusal.text;
    if (!text.empty()) text += text.ends_with('.') || text.ends_with('?') || text.ends_with(':') ? " " : ". ";
    text += line;
  }
  return refusal;
}

Error refused_connection(const Refusal& refusal) {
  const bool forbidden = refusal.sqlstate == "42501";
  const auto hint = hint_for(refusal.sqlstate);
  return Error({.code = forbidden ? ErrorCode::missing_privilege : ErrorCode::cannot_connect,
                .message = forbidden ? "the user may not connect to the database" : "cannot connect to the database",
                .detail = fmt::format("libpq says: {}", refusal.text.empty() ? "nothing" : refusal.text),
                .hint = std::string(hint.empty() ? hint_for_words(refusal.text) : hint),
                .sqlstate = refusal.sqlstate});
}

bool refusal_passes(const ErrorInfo& info) {
  return info.code == ErrorCode::cannot_connect && (info.sqlstate == "53300" || info.sqlstate == "57P03");
}

}  // namespace dbmigrate
