// errno sorted into what a user can do about it.
// SPDX-License-Identifier: Apache-2.0
#include "embedded/failure.hpp"

#include <fmt/format.h>

#include <cerrno>
#include <system_error>
#include <utility>

#include "core/error.hpp"

namespace dbmigrate {
namespace {

const char* hint_for(int reason) {
  switch (reason) {
    case ENOSPC:
    case EDQUOT:
      return "Free some space there, or name another place: TMPDIR for temporary servers.";
    case EAGAIN:
    case ENOMEM:
      return "Raise the limit of processes or memory, or end what uses them.";
    case EMFILE:
    case ENFILE:
      return "Raise the limit of open files (ulimit -n).";
    default:
      return nullptr;
  }
}

}  // namespace

void fail_by_system(std::string message, int reason, std::string hint) {
  const char* resources = hint_for(reason);
  throw Error({.code = resources != nullptr ? ErrorCode::out_of_resources : ErrorCode::file_unreadable,
               .message = std::move(message),
               .detail = fmt::format("The system says: {}.", std::generic_category().message(reason)),
               .hint = resources != nullptr ? std::string(resources) : std::move(hint)});
}

}  // namespace dbmigrate
