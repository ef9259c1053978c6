// Addresses of databases: a password that libpq finds is found by us, and shown in none of its spellings.
// SPDX-License-Identifier: Apache-2.0
#include <libpq-fe.h>

#include <algorithm>

#include "config/database_url.hpp"
#include "fuzz.hpp"

using namespace dbmigrate;

namespace {

std::string password_by_libpq(const std::string& address) {
  std::string password;
  PQconninfoOption* options = PQconninfoParse(address.c_str(), nullptr);
  for (const auto* option = options; option != nullptr && option->keyword != nullptr; ++option) {
    if (std::string_view(option->keyword) == "password" && option->val != nullptr) password = option->val;
  }
  PQconninfoFree(options);
  return password;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto address = fuzz::text_of(data, size);
  const auto found = passwords_in(address);
  const auto shown = redacted(address);
  fuzz::attempt([&] { check_database_url(address, "--url"); });
  if (address.find('\0') != std::string::npos) return 0;
  const auto password = password_by_libpq(address);
  if (password.empty()) return 0;
  fuzz::require(std::find(found.begin(), found.end(), password) != found.end(), "the password is known");
  // A short one may well be a part of something else.
  if (password.size() > 8) fuzz::require(shown.find(password) == std::string::npos, "the password is not shown");
  return 0;
}
