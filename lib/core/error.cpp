// Errors and the places they point at.
// SPDX-License-Identifier: Apache-2.0
#include "core/error.hpp"

#include <fmt/format.h>

#include <cstddef>
#include <utility>

#include "core/visible_text.hpp"

namespace dbmigrate {
namespace {

// What an error quotes comes from files, arguments and servers, and may be as large as those.
constexpr std::size_t kLongestMessage = 2'000;
constexpr std::size_t kLongestHint = 4'000;
constexpr std::size_t kLongestDetail = 32'000;

}  // namespace

std::string Location::text() const {
  if (line == 0) return file;
  if (column == 0) return fmt::format("{}:{}", file, line);
  return fmt::format("{}:{}:{}", file, line, column);
}

Error::Error(ErrorInfo info) : info_(std::move(info)) {
  info_.message = shortened(std::move(info_.message), kLongestMessage);
  info_.detail = shortened(std::move(info_.detail), kLongestDetail);
  info_.hint = shortened(std::move(info_.hint), kLongestHint);
  if (info_.at) info_.at->file = shortened(std::move(info_.at->file), kLongestMessage);
}

}  // namespace dbmigrate
