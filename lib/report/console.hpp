// Where the program meets a person or a pipe: stdout, stderr and questions.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include "core/visible_text.hpp"

namespace dbmigrate {

enum class Answer {
  yes,
  no,
  nobody_there,  ///< not a terminal, so nothing was asked
};

/// What is written loses every secret that the log knows (core/log.hpp) on its way out, and whatever a terminal would
/// obey.
class Console {
 public:
  Console() = default;
  Console(const Console&) = delete;
  Console& operator=(const Console&) = delete;
  virtual ~Console() = default;

  /// Where our own text has colours; elsewhere nobody's have.
  void keep_colours(Colours out, Colours err);

  void out(std::string_view text);  ///< results, to stdout, as they are: no line end is added
  void err(std::string_view text);  ///< messages and progress, to stderr, as they are

  /// To stdout without looking for secrets: SQL that will be run, JSON whose strings were cleaned one by one.
  void out_verbatim(std::string_view text) { write_out(text); }

  /// Replaces the live line at the bottom of a terminal's stderr; empty takes it away; a pipe gets nothing.
  void progress(std::string_view line);

  /// Asks on the terminal and waits for `y` or `n`; anything else is a no.
  virtual Answer confirm(std::string_view question) = 0;

  [[nodiscard]] virtual bool out_is_terminal() const = 0;
  [[nodiscard]] virtual bool err_is_terminal() const = 0;
  [[nodiscard]] virtual int width() const = 0;  ///< columns that a line of stdout has; 0 = as many as it needs

 protected:
  virtual void write_out(std::string_view text) = 0;
  virtual void write_err(std::string_view text) = 0;
  virtual void show_progress(std::string_view line) = 0;

 private:
  Colours out_colours_ = Colours::shown;
  Colours err_colours_ = Colours::shown;
};

}  // namespace dbmigrate
