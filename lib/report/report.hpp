// One command's outcome on its way to the user, in the format that was asked for.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "core/error.hpp"
#include "core/json_fwd.hpp"
#include "report/console.hpp"
#include "report/paint.hpp"
#include "report/table.hpp"

namespace dbmigrate {

enum class Format { text, json, ndjson };
enum class Verbosity { quiet, normal, verbose };

/// Text goes out as it is said; JSON is gathered and goes out once, in finish().
class Report {
 public:
  struct Style {
    Format format = Format::text;
    Verbosity verbosity = Verbosity::normal;
    Paint::Colour out = Paint::Colour::off;  ///< on stdout
    Paint::Colour err = Paint::Colour::off;  ///< on stderr
  };
  Report(Console& console, Style style);
  ~Report();
  Report(const Report&) = delete;
  Report& operator=(const Report&) = delete;

  [[nodiscard]] Format format() const { return style_.format; }
  [[nodiscard]] bool is_text() const { return style_.format == Format::text; }
  [[nodiscard]] Verbosity verbosity() const { return style_.verbosity; }
  void set_verbosity(Verbosity verbosity) { style_.verbosity = verbosity; }
  [[nodiscard]] const Paint& paint() const { return out_paint_; }       ///< for line() and table()
  [[nodiscard]] const Paint& note_paint() const { return err_paint_; }  ///< for note()
  [[nodiscard]] Console& console() { return console_; }

  // Text format only; the others drop it.
  void line(std::string_view text);    ///< a result: one line of stdout
  void table(const Table& table);      ///< a result, fitted to the terminal
  void script(std::string_view text);  ///< a result that will be run: no secret is looked for, no line end added

  /// JSON of a form of its own, in place of dbmigrate's document; in lines where `indent` is not negative.
  void write_json(const Json& document, int indent);

  // stderr, in every format.
  void note(std::string_view text);     ///< one line, unless -q
  void detail(std::string_view text);   ///< one line, with -v only
  void warning(std::string_view text);  ///< `warning: …`, also with -q

  // json and ndjson.
  void set_command(std::string name);
  void set_target(Json target);                    ///< the database as the document names it
  Json& result();                                  ///< the document's `result`, an object; filled by the command
  void event(std::string_view name, Json fields);  ///< ndjson: one line at once, `{"event": name, …}`

  /// The last word: in text the error, if any, on stderr; else the one document on stdout. `exit` decides `ok`.
  void finish(ExitCode exit, const ErrorInfo* error);

 private:
  Console& console_;
  Style style_;
  Paint out_paint_;
  Paint err_paint_;
  struct Document;
  std::unique_ptr<Document> document_;
};

}  // namespace dbmigrate
