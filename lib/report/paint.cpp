// The terminal's sixteen colours only: they follow the user's own theme.
// SPDX-License-Identifier: Apache-2.0
#include "report/paint.hpp"

#include <fmt/format.h>

namespace dbmigrate {
namespace {

std::string_view code_of(Tone tone) {
  switch (tone) {
    case Tone::plain:
      return "";
    case Tone::good:
      return "32";
    case Tone::bad:
      return "1;31";
    case Tone::warning:
      return "33";
    case Tone::faint:
      return "2";
    case Tone::strong:
      return "1";
  }
  return "";
}

}  // namespace

std::string Paint::operator()(Tone tone, std::string_view text) const {
  if (!enabled() || tone == Tone::plain || text.empty()) return std::string(text);
  return fmt::format("\x1b[{}m{}\x1b[0m", code_of(tone), text);
}

}  // namespace dbmigrate
