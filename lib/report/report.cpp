// Text as it is said, JSON once at the end.
// SPDX-License-Identifier: Apache-2.0
#include "report/report.hpp"

#include <fmt/format.h>

#include <utility>

#include "core/json.hpp"
#include "core/log.hpp"
#include "core/visible_text.hpp"
#include "report/error_report.hpp"

namespace dbmigrate {

struct Report::Document {
  Json command = nullptr;
  Json target = nullptr;
  Json result = Json::object();
};

namespace {

/// Strings are cleaned one by one: a password that happens to be `ok` must not damage the document's own words.
void remove_secrets(Json& value) {
  if (value.is_string()) {
    value = log::without_secrets(value.get_ref<const std::string&>());
  } else if (value.is_structured()) {
    for (auto& element : value) remove_secrets(element);
  }
}

}  // namespace

Report::Report(Console& console, Style style)
    : console_(console),
      style_(style),
      out_paint_(style.out),
      err_paint_(style.err),
      document_(std::make_unique<Document>()) {
  const auto colours = [](Paint::Colour colour) {
    return colour == Paint::Colour::on ? Colours::kept : Colours::shown;
  };
  console.keep_colours(colours(style.out), colours(style.err));
}

Report::~Report() = default;

void Report::line(std::string_view text) {
  log::record(text);
  if (is_text()) console_.out(std::string(text) + "\n");
}

void Report::table(const Table& table) {
  if (is_text()) console_.out(table.text(console_.width(), out_paint_));
}

void Report::script(std::string_view text) {
  if (is_text()) console_.out_verbatim(text);
}

void Report::note(std::string_view text) {
  log::record(text);
  if (style_.verbosity != Verbosity::quiet) console_.err(std::string(text) + "\n");
}

void Report::detail(std::string_view text) {
  log::record(text);
  if (style_.verbosity == Verbosity::verbose) console_.err(std::string(text) + "\n");
}

void Report::warning(std::string_view text) {
  log::record(fmt::format("warning: {}", text));
  console_.err(err_paint_(Tone::warning, "warning:") + " " + std::string(text) + "\n");
}

void Report::set_command(std::string name) { document_->command = std::move(name); }
void Report::set_target(Json target) { document_->target = std::move(target); }
Json& Report::result() { return document_->result; }

void Report::event(std::string_view name, Json fields) {
  if (style_.format != Format::ndjson) return;
  Json line{{"event", name}};
  line.update(fields);
  write_json(line, -1);
}

void Report::finish(ExitCode exit, const ErrorInfo* error) {
  console_.progress("");
  if (error) log::record(error_text(*error, Paint(Paint::Colour::off)));
  log::record(fmt::format("exit status {}", static_cast<int>(exit)));
  if (is_text()) {
    if (error) console_.err(error_text(*error, err_paint_));
    return;
  }
  const Json document{{"dbmigrate", 1},
                      {"command", document_->command},
                      {"ok", exit == ExitCode::done},
                      {"target", document_->target},
                      {"result", document_->result},
                      {"error", error ? error_json(*error) : Json(nullptr)}};
  write_json(document, style_.format == Format::json ? 2 : -1);
}

void Report::write_json(const Json& document, int indent) {
  Json clean = document;
  remove_secrets(clean);
  // Bytes that are not UTF-8 (a file name, a server's message) become U+FFFD instead of stopping the program.
  console_.out_verbatim(visible_json(clean.dump(indent, ' ', false, Json::error_handler_t::replace)) + "\n");
}

}  // namespace dbmigrate
