// Environment variables as a value, so that tests need no real ones.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace dbmigrate {

class Environment {
 public:
  using Variables = std::map<std::string, std::string, std::less<>>;
  Environment() = default;
  explicit Environment(Variables variables) : variables_(std::move(variables)) {}
  static Environment of_this_process();

  /// Empty when the variable is not set, or set to nothing: no setting of ours has a use for that.
  [[nodiscard]] std::optional<std::string> get(std::string_view name) const;
  [[nodiscard]] const Variables& variables() const { return variables_; }

 private:
  Variables variables_;
};

}  // namespace dbmigrate
