// https://www.postgresql.org/docs/current/sql-set.html
// SPDX-License-Identifier: Apache-2.0
#include "lint/session_settings.hpp"

#include <array>
#include <cctype>
#include <cstdlib>
#include <string_view>
#include <utility>

namespace dbmigrate {

std::optional<Milliseconds> timeout_of(const std::string& value) {
  struct Unit {
    std::string_view name;
    double milliseconds;
  };
  constexpr std::array kUnits{Unit{"us", 0.001},  Unit{"ms", 1},        Unit{"s", 1000},
                              Unit{"min", 60000}, Unit{"h", 3'600'000}, Unit{"d", 86'400'000}};
  char* end = nullptr;
  constexpr double kMost = 2'147'483'647;  // PostgreSQL keeps milliseconds in an int
  const double amount = std::strtod(value.c_str(), &end);
  if (end == value.c_str() || !(amount >= 0 && amount <= kMost)) return std::nullopt;
  while (std::isspace(static_cast<unsigned char>(*end)) != 0) ++end;
  std::string_view unit = end;
  while (!unit.empty() && unit.back() == ' ') unit.remove_suffix(1);
  if (unit.empty()) return Milliseconds(static_cast<Milliseconds::rep>(amount));
  for (const auto& one : kUnits) {
    if (one.name == unit) return Milliseconds(static_cast<Milliseconds::rep>(amount * one.milliseconds));
  }
  return std::nullopt;
}

void SessionSettings::set(const sql::SetVariable& setting, bool in_transaction) {
  if (setting.name.empty()) {
    session_.clear();
    local_.clear();
    all_reset_ = true;
  } else if (setting.scope == sql::SetVariable::Scope::transaction) {
    if (in_transaction) local_[setting.name] = setting.values;
  } else {
    session_[setting.name] = setting.values;
    local_.erase(setting.name);
  }
}

void SessionSettings::begin() { before_ = session_; }

void SessionSettings::end(bool committed) {
  local_.clear();
  if (!committed) session_ = before_;
}

std::vector<std::string> SessionSettings::values(const std::string& name) const {
  for (const auto* const from : {&local_, &session_}) {
    if (const auto found = from->find(name); found != from->end()) return found->second;
  }
  return {};
}

bool SessionSettings::was_reset(const std::string& name) const {
  const auto in = [&](const Values& values) {
    const auto found = values.find(name);
    return found != values.end() && found->second.empty();
  };
  return all_reset_ || in(local_) || in(session_);
}

std::optional<Milliseconds> SessionSettings::timeout(const std::string& name) const {
  const auto found = values(name);
  const auto value = found.empty() ? std::nullopt : timeout_of(found.front());
  return value && value->count() > 0 ? value : std::nullopt;
}

}  // namespace dbmigrate
