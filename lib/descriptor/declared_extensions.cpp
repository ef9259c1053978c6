// Read from the statements of a migration.
// SPDX-License-Identifier: Apache-2.0
#include "descriptor/declared_extensions.hpp"

#include <set>
#include <string_view>

#include "sql/facts.hpp"
#include "sql/script.hpp"

namespace dbmigrate {

std::vector<std::string> declared_extensions(const Migration& migration) {
  std::set<std::string> names;
  for (const auto& step : migration.up) {
    const auto* source = step.sql();
    if (source == nullptr) continue;
    const auto script = sql::split(source->text, source->file, source->first_line);
    std::vector<std::string_view> statements;
    for (const auto& statement : script.statements) statements.push_back(script.text_of(statement));
    for (auto& facts : sql::facts_of(statements)) {
      names.insert(facts.creates_extensions.begin(), facts.creates_extensions.end());
    }
  }
  return {names.begin(), names.end()};
}

}  // namespace dbmigrate
