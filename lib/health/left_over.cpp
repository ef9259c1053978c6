// Looks names up in the expectation.
// SPDX-License-Identifier: Apache-2.0
#include "health/left_over.hpp"

#include <regex>

#include "contract/relations.hpp"

namespace dbmigrate {

bool is_made_by_a_revision(Probe& probe, const std::string& object) {
  constexpr std::string_view kKind = "table ";
  const auto identity = object.starts_with(kKind) ? object.substr(kKind.size()) : object;
  try {
    return probe.is_expected(ObjectKind::table, identity);
  } catch (const ServerError& error) {
    if (error.connection_lost()) throw;
    return false;
  } catch (const Error&) {
    return false;  // the checks of the version table tell what is wrong
  }
}

bool is_left_over(Probe& probe, const ObjectKey& key) {
  static const std::regex pattern(std::string(kLeftOverName), std::regex::extended);
  if (key.kind != ObjectKind::table || probe.is_expected(key.kind, key.identity)) return false;
  const auto parts = identity_parts(key.identity);
  return !parts.empty() && std::regex_search(parts.back(), pattern);
}

}  // namespace dbmigrate
