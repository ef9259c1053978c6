// Text made fit for a terminal.
// SPDX-License-Identifier: Apache-2.0
#include "core/json.hpp"
#include "core/source_text.hpp"
#include "core/visible_text.hpp"
#include "fuzz.hpp"

using namespace dbmigrate;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto text = fuzz::text_of(data, size);
  const auto shown = visible_text(text);
  fuzz::require(first_invalid_utf8(shown) == std::string::npos, "what is shown is UTF-8");
  fuzz::require(visible_text(shown) == shown, "what is shown stays as it is");
  for (const char c : shown) {
    const auto byte = static_cast<unsigned char>(c);
    fuzz::require(byte >= 0x20 || c == '\n' || c == '\t' || c == '\x1b', "no control character is shown");
  }
  const auto document = visible_json(Json(text).dump(-1, ' ', false, Json::error_handler_t::replace));
  const auto value = Json::parse(document).get<std::string>();
  if (first_invalid_utf8(text) == std::string::npos) fuzz::require(value == text, "JSON holds the text");
  return 0;
}
