// An Error as text and as JSON.
// SPDX-License-Identifier: Apache-2.0
#include "report/error_report.hpp"

#include <fmt/format.h>

#include "core/json.hpp"

namespace dbmigrate {
namespace {

std::string detail_of(const ErrorInfo& error) {
  std::string place = error.at ? error.at->text() : "";
  // A file without a line that the words name themselves would only be said twice.
  const auto names_it = [&](const std::string& text) {
    return error.at && text.find(error.at->file) != std::string::npos;
  };
  if (error.at && error.at->line == 0 && (names_it(error.message) || names_it(error.detail))) place.clear();
  if (!error.sqlstate.empty()) place += (place.empty() ? "SQLSTATE " : ", SQLSTATE ") + error.sqlstate;
  if (place.empty()) return error.detail;
  return error.detail.empty() ? place + "." : fmt::format("{}. {}", place, error.detail);
}

std::string indented(std::string_view text) {
  std::string lines;
  for (const char c : text) {
    lines += c;
    if (c == '\n') lines += "  ";
  }
  return lines;
}

std::string line_of(const Paint& paint, Tone tone, std::string_view label, std::string_view text) {
  if (text.empty()) return "";
  return fmt::format("{} {}\n", paint(tone, label), indented(text));
}

Json text_or_null(const std::string& text) { return text.empty() ? Json(nullptr) : Json(text); }
Json number_or_null(int number) { return number == 0 ? Json(nullptr) : Json(number); }

}  // namespace

std::string error_text(const ErrorInfo& error, const Paint& paint) {
  return line_of(paint, Tone::bad, "error:", error.message) +
         line_of(paint, Tone::strong, "detail:", detail_of(error)) + line_of(paint, Tone::strong, "hint:", error.hint);
}

Json error_json(const ErrorInfo& error) {
  const Location at = error.at.value_or(Location{});
  return Json{{"code", name_of(error.code)},
              {"message", error.message},
              {"detail", text_or_null(error.detail)},
              {"hint", text_or_null(error.hint)},
              {"sqlstate", text_or_null(error.sqlstate)},
              {"file", text_or_null(at.file)},
              {"line", number_or_null(at.line)},
              {"column", number_or_null(at.column)}};
}

}  // namespace dbmigrate
