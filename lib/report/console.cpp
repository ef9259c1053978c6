// Every text passes here before it leaves the program.
// SPDX-License-Identifier: Apache-2.0
#include "report/console.hpp"

#include "core/log.hpp"
#include "core/visible_text.hpp"

namespace dbmigrate {

void Console::keep_colours(Colours out, Colours err) {
  out_colours_ = out;
  err_colours_ = err;
}

void Console::out(std::string_view text) { write_out(visible_text(log::without_secrets(text), out_colours_)); }
void Console::err(std::string_view text) { write_err(visible_text(log::without_secrets(text), err_colours_)); }
void Console::progress(std::string_view line) { show_progress(visible_text(log::without_secrets(line), err_colours_)); }

}  // namespace dbmigrate
