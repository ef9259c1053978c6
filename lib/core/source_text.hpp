// A file that someone wrote, as text: UTF-8, lines end in LF, no byte-order mark.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "core/error.hpp"

namespace dbmigrate {

/// The offset of the first byte that is not well-formed UTF-8, `npos` when all of it is.
std::size_t first_invalid_utf8(std::string_view text);

/// Where byte `offset` of `text` is; the column counts characters.
Location location_in(std::string_view text, std::size_t offset, std::string file);

/// `bytes` without a byte-order mark and with CRLF as LF; not copied where there is neither.
/// Throws Error{code} with the place of the first NUL or of the first byte that is not UTF-8.
std::string source_text(std::string bytes, const std::string& file, ErrorCode code);

}  // namespace dbmigrate
