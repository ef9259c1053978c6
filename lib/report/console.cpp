// Every text passes here before it leaves the program.
// SPDX-License-Identifier: Apache-2.0
#include "report/console.hpp"

#include "core/log.hpp"

namespace dbmigrate {

void Console::out(std::string_view text) { write_out(log::without_secrets(text)); }
void Console::err(std::string_view text) { write_err(log::without_secrets(text)); }
void Console::progress(std::string_view line) { show_progress(log::without_secrets(line)); }

}  // namespace dbmigrate
