// Cutting and locating.
// SPDX-License-Identifier: Apache-2.0
#include "executor/messages.hpp"

#include <fmt/format.h>

#include <optional>

namespace dbmigrate {
namespace {

constexpr std::size_t kMessageSize = 1 << 20;

void append(Message& message, const Part& part, std::size_t statement) {
  const auto& range = part.script.statements[statement].range;
  message.pieces.push_back(
      {.sent_at = message.sql.size(), .length = range.end - range.begin, .part = &part, .text_at = range.begin});
  message.sql += part.script.text_of(part.script.statements[statement]);
  message.sql += ";\n";
  message.statements.push_back({&part, statement});
}

/// The place in the files that byte `offset` of the message came from.
std::optional<Location> location_at(const Message& message, std::size_t offset) {
  for (const auto& piece : message.pieces) {
    if (offset < piece.sent_at || offset > piece.sent_at + piece.length) continue;
    const auto& source = *piece.part->source;
    const auto position = sql::position_at(source.text, piece.text_at + offset - piece.sent_at);
    return Location{.file = source.file,
                    .line = position.line + source.first_line - 1,
                    .column = position.column + source.indent};
  }
  return std::nullopt;
}

std::optional<std::size_t> piece_index_at(const Message& message, std::size_t offset) {
  for (std::size_t i = 0; i < message.pieces.size(); ++i) {
    const auto& piece = message.pieces[i];
    if (offset >= piece.sent_at && offset <= piece.sent_at + piece.length) return i;
  }
  return std::nullopt;
}

}  // namespace

void for_each_message(const std::vector<std::string>& own_statements, const std::vector<const Part*>& parts,
                      const std::function<void(const Message&)>& send) {
  Message message;
  for (const auto& statement : own_statements) message.sql += statement + "\n";
  message.own_statements = static_cast<int>(own_statements.size());
  const auto flush = [&] {
    if (!message.sql.empty()) send(message);
    message = Message{};
  };
  for (const auto* part : parts) {
    for (std::size_t i = 0; i < part->script.statements.size(); ++i) {
      const auto& statement = part->script.statements[i];
      const auto size = statement.range.end - statement.range.begin;
      if (!message.statements.empty() && message.sql.size() + size > kMessageSize) flush();
      append(message, *part, i);
      if (!statement.copy_data) continue;
      message.copy_data = part->script.text.substr(statement.copy_data->begin,
                                                   statement.copy_data->end - statement.copy_data->begin);
      flush();
    }
  }
  flush();
}

bool in_own_statements(const ServerError& error, const Message& message) {
  if (error.results_before() >= message.own_statements) return false;
  if (error.position() == 0) return true;
  const auto offset = sql::byte_offset(message.sql, static_cast<std::size_t>(error.position() - 1));
  return !piece_index_at(message, offset).has_value();
}

Error located(const ServerError& error, const Message& message) {
  ErrorInfo info = error.info();
  info.statement.clear();
  if (in_own_statements(error, message)) return Error(std::move(info));
  auto index = static_cast<std::size_t>(std::max(error.results_before() - message.own_statements, 0));
  if (error.position() > 0) {
    const auto offset = sql::byte_offset(message.sql, static_cast<std::size_t>(error.position() - 1));
    info.at = location_at(message, offset);
    if (const auto piece = piece_index_at(message, offset)) index = *piece;
  }
  if (index < message.statements.size()) {
    const auto& at = message.statements[index];
    info.statement = std::string(at.part->script.text_of(at.part->script.statements[at.statement]));
    if (!info.at) {
      info.at = location_of(*at.part, at.statement);
      info.at->column = 0;
    }
  }
  return Error(std::move(info));
}

}  // namespace dbmigrate
