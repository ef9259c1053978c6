// Looks at the statements of a batch.
// SPDX-License-Identifier: Apache-2.0
#include "backfill/batch_sql.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "sql/facts.hpp"
#include "sql/script.hpp"

namespace dbmigrate {
namespace {

Location location_of(const SqlText& sql, int line, int column) {
  return {.file = sql.file, .line = line + sql.first_line - 1, .column = column + sql.indent};
}

[[noreturn]] void refuse(const SqlText& sql, const sql::Script& script, std::size_t index, std::string message) {
  const auto& statement = script.statements[index];
  throw Error({.code = ErrorCode::invalid_descriptor,
               .message = std::move(message),
               .detail = "A batch commits together with its checkpoint, in a transaction of dbmigrate's.",
               .hint = "Make it a step of its own, before or behind the backfill.",
               .at = location_of(sql, statement.line, statement.column),
               .statement = std::string(script.text_of(statement))});
}

}  // namespace

void require_batch_sql(const Backfill& backfill) {
  const auto& sql = backfill.sql;
  const auto script = sql::split(sql.text, sql.file, sql.first_line);
  for (std::size_t i = 0; i < script.statements.size(); ++i) {
    const auto facts = sql::facts_of(script.text_of(script.statements[i]));
    if (facts.transaction_control) refuse(sql, script, i, fmt::format("{} inside a backfill", facts.command));
    if (facts.forbids_transaction) {
      refuse(sql, script, i, fmt::format("{} cannot run inside a transaction", facts.command));
    }
    if (script.statements[i].copy_data) refuse(sql, script, i, "COPY data inside a backfill");
  }
}

std::string backfill_text(const Backfill& backfill) {
  std::string text =
      fmt::format("{}\n{}\n{}\n{}\n", backfill.name, backfill.table, fmt::join(backfill.key, ","), backfill.where);
  for (const auto& skip : backfill.skip) text += skip.when + "\n";
  return text + backfill.sql.text;
}

Error located_in(const SqlText& sql, const ServerError& error) {
  ErrorInfo info = error.info();
  info.statement.clear();
  const auto script = sql::split(sql.text, sql.file, sql.first_line);
  const auto index = static_cast<std::size_t>(std::max(error.results_before(), 0));
  if (index >= script.statements.size()) return Error(std::move(info));
  const auto& statement = script.statements[index];
  info.statement = std::string(script.text_of(statement));
  info.at = location_of(sql, statement.line, 0);
  info.at->column = 0;  // the server gave no position: the line is all that is known
  if (error.position() > 0) {
    const auto offset = sql::byte_offset(sql.text, static_cast<std::size_t>(error.position() - 1));
    const auto position = sql::position_at(sql.text, offset);
    info.at = location_of(sql, position.line, position.column);
  }
  return Error(std::move(info));
}

bool is_row_error(std::string_view sqlstate) {
  // 57014: a statement_timeout that many rows run into and few do not. XX000: what extensions raise for a bad value.
  if (sqlstate == "57014" || sqlstate == "XX000") return true;
  static constexpr std::array<std::string_view, 17> kNobodysRow{"08", "0A", "25", "26", "28", "2D", "34", "3D", "3F",
                                                                "40", "42", "53", "55", "57", "58", "F0", "XX"};
  return !sqlstate.empty() && std::none_of(kNobodysRow.begin(), kNobodysRow.end(),
                                           [&](std::string_view start) { return sqlstate.starts_with(start); });
}

}  // namespace dbmigrate
