// Errors and the places they point at.
// SPDX-License-Identifier: Apache-2.0
#include "core/error.hpp"

#include <fmt/format.h>

#include <utility>

namespace dbmigrate {

std::string Location::text() const {
  if (line == 0) return file;
  if (column == 0) return fmt::format("{}:{}", file, line);
  return fmt::format("{}:{}:{}", file, line, column);
}

Error::Error(ErrorInfo info) : info_(std::move(info)) {}

}  // namespace dbmigrate
