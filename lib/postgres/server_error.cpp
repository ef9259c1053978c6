// What SQLSTATEs mean for an operator.
// SPDX-License-Identifier: Apache-2.0
#include "postgres/server_error.hpp"

#include <fmt/format.h>

#include <array>
#include <charconv>

namespace dbmigrate {
namespace {

std::string field(const PGresult* result, int code) {
  const char* text = PQresultErrorField(result, code);
  return text != nullptr ? text : "";
}

/// 0 for what is no number, which a server that is none may say.
int number_in(std::string_view text) {
  int number = 0;
  std::from_chars(text.data(), text.data() + text.size(), number);
  return number;
}

/// The setting that a text of the server's names, in whatever language the rest is.
std::string_view setting_in(std::string_view text) {
  const auto begin = text.find("max_");
  if (begin == std::string_view::npos) return "";
  const auto end = text.find_first_not_of("abcdefghijklmnopqrstuvwxyz_", begin);
  return text.substr(begin, end - begin);
}

/// Of a server that has run out of something its own hint says too little: what to do about a migration is ours.
std::string hint_of_exhaustion(std::string_view sqlstate, std::string_view servers_hint) {
  if (sqlstate == "53100") return "Free disk space on the server, then run the same command again.";
  if (sqlstate == "53400") {
    return "Raise temp_file_limit for the role, or give the work more memory (work_mem, maintenance_work_mem), then "
           "run the same command again.";
  }
  if (sqlstate != "53200") return "";
  if (const auto setting = setting_in(servers_hint); !setting.empty()) {
    return fmt::format(
        "Raise {} on the server (it needs a restart), or split the migration into several revisions: each is a "
        "transaction of its own and gives back its locks.",
        setting);
  }
  return "Give the server more memory, or let the role use less (work_mem, maintenance_work_mem), then run the same "
         "command again.";
}

/// What helps where the server itself has no hint.
std::string_view hint_of(std::string_view sqlstate) {
  if (sqlstate == "53300") return "Close connections or raise max_connections; a run needs two.";
  if (sqlstate == "57014") return "Raise statement_timeout for this revision, or find out who cancelled the statement.";
  if (sqlstate == "42501") {
    return "Grant the privilege to the role, or run as one that has it (role: in dbmigrate.yaml).";
  }
  if (sqlstate == "25006") return "Connect to the primary, or make the database writable.";
  if (sqlstate == "25001") return "Run the statement outside a transaction: `transaction: none` for its step.";
  return "";
}

ErrorInfo info_of(std::string message, std::string sqlstate, std::string_view sql, std::string servers_hint) {
  ErrorInfo info;
  info.code = code_of_sqlstate(sqlstate);
  info.message = std::move(message);
  info.hint = hint_of_exhaustion(sqlstate, servers_hint);
  if (info.hint.empty()) info.hint = servers_hint.empty() ? std::string(hint_of(sqlstate)) : std::move(servers_hint);
  info.sqlstate = std::move(sqlstate);
  info.statement = std::string(sql);
  return info;
}

/// A server's errors have a SQLSTATE; without one it is libpq that complains, of what it was sent.
ErrorInfo not_understood(std::string_view complaint) {
  while (complaint.ends_with('\n')) complaint.remove_suffix(1);
  return {.code = ErrorCode::server_unsupported,
          .message = "the server's answer cannot be understood",
          .detail = fmt::format("libpq says: {}.", complaint.empty() ? "nothing" : complaint),
          .hint = "Look at what stands behind host and port."};
}

/// Cuts `label` and what follows it from `text`.
std::string cut(std::string& text, std::string_view label) {
  const auto at = text.find(label);
  if (at == std::string::npos) return "";
  std::string rest = text.substr(at + label.size());
  text.resize(at);
  while (!rest.empty() && rest.back() == '\n') rest.pop_back();
  return rest;
}

}  // namespace

ErrorCode code_of_sqlstate(std::string_view sqlstate) {
  struct Entry {
    std::string_view prefix;
    ErrorCode code;
  };
  static constexpr std::array kEntries{
      Entry{"08", ErrorCode::cannot_connect},       Entry{"57P0", ErrorCode::cannot_connect},
      Entry{"55P03", ErrorCode::lock_timeout},      Entry{"25006", ErrorCode::read_only_server},
      Entry{"42501", ErrorCode::missing_privilege}, Entry{"53", ErrorCode::out_of_resources},
  };
  for (const auto& entry : kEntries) {
    if (sqlstate.starts_with(entry.prefix)) return entry.code;
  }
  return ErrorCode::server_error;
}

bool is_transient(std::string_view sqlstate) {
  return sqlstate == "40001" || sqlstate == "40P01" || sqlstate == "57P01" || sqlstate == "57P02" ||
         sqlstate == "57P03" || sqlstate == "53300" || sqlstate.starts_with("08");
}

bool ran_out(std::string_view sqlstate) { return sqlstate.starts_with("53") && sqlstate != "53300"; }

std::string message_without_values(const ErrorInfo& info) {
  if (!info.sqlstate.starts_with("22")) return info.message;
  std::string text = info.message.substr(0, info.message.find(": "));
  for (auto from = text.find('"'); from != std::string::npos; from = text.find('"', from)) {
    const auto to = text.find('"', from + 1);
    if (to == std::string::npos) return text.substr(0, from) + "…";
    text.replace(from, to - from + 1, "…");
  }
  return text;
}

ServerError server_error_from_result(const PGresult* result, std::string_view sql, int results_before) {
  auto info = info_of(field(result, PG_DIAG_MESSAGE_PRIMARY), field(result, PG_DIAG_SQLSTATE), sql,
                      field(result, PG_DIAG_MESSAGE_HINT));
  info.detail = field(result, PG_DIAG_MESSAGE_DETAIL);
  info.context = field(result, PG_DIAG_CONTEXT);
  const auto position = field(result, PG_DIAG_STATEMENT_POSITION);
  if (info.sqlstate.empty()) return {not_understood(PQresultErrorMessage(result)), 0, results_before, false};
  return {std::move(info), number_in(position), results_before, false};
}

ServerError server_error_from_text(std::string_view text, std::string sqlstate, std::string_view sql) {
  std::string message(text);
  cut(message, "\nCONTEXT:  ");
  std::string hint = cut(message, "\nHINT:  ");
  std::string detail = cut(message, "\nDETAIL:  ");
  cut(message, "\nLINE ");
  for (const std::string_view severity : {"ERROR:  ", "FATAL:  ", "PANIC:  "}) {
    if (message.starts_with(severity)) message.erase(0, severity.size());
  }
  while (!message.empty() && message.back() == '\n') message.pop_back();
  auto info = info_of(std::move(message), std::move(sqlstate), sql, std::move(hint));
  info.detail = std::move(detail);
  return {std::move(info), 0, 0, false};
}

ServerError lost_connection(std::string_view reason) {
  std::string text(reason);
  while (!text.empty() && text.back() == '\n') text.pop_back();
  for (auto& c : text) {
    if (c == '\n' || c == '\t') c = ' ';
  }
  return {{.code = ErrorCode::cannot_connect,
           .message = "the connection to the server was lost",
           .detail = text.empty() ? "" : fmt::format("libpq says: {}", text),
           .hint = "Run the same command again: it goes on where the database is."},
          0,
          0,
          true};
}

ServerError lost_connection(const ErrorInfo& farewell) {
  auto info = lost_connection(std::string_view{}).info();
  info.detail = fmt::format("The server's last words: {}.", farewell.message);
  info.sqlstate = farewell.sqlstate;
  if (ran_out(farewell.sqlstate)) {
    info.code = ErrorCode::out_of_resources;
    info.message = "the server ran out of something and broke off";
    info.hint = farewell.hint;
  }
  return {std::move(info), 0, 0, true};
}

}  // namespace dbmigrate
