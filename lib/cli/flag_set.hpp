// What a command takes: flags and arguments, declared once for parsing, help and completion.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/duration.hpp"

namespace dbmigrate {

/// What a shell may offer as a value.
enum class Completes { nothing, file, directory, branch, revision, command };

/// One flag (`--branch`) or argument (`TARGET`).
struct Flag {
  enum class Group { own, common };

  std::string name;        ///< `--branch`; an argument's name in capitals, `TARGET`
  std::string short_name;  ///< `-q`, or empty
  std::string value_name;  ///< `NAME`; empty for a switch
  std::string description;
  std::string default_text;  ///< what holds when it is not given, for the help; may be empty
  std::vector<std::string> choices;
  Completes completion = Completes::nothing;
  Group group = Group::own;
  bool is_required = false;
  bool is_repeatable = false;
  /// Takes one value as written (empty for a switch). Throws Error{usage} for one that makes no sense.
  std::function<void(const std::string&)> take;

  [[nodiscard]] bool is_argument() const { return !name.starts_with("-"); }
  [[nodiscard]] bool is_switch() const { return value_name.empty(); }

  Flag& required();
  Flag& value(std::string shown);      ///< how the value is called in the help
  Flag& default_is(std::string text);  ///< where the variable's first value does not say it
  Flag& one_of(std::vector<std::string> permitted);
  Flag& completes(Completes what);
};

/// Variables are written when the command line is parsed, and must live until then. Names: `--check`, `-q,--quiet`;
/// without a dash it is an argument, taken in the order of declaration. The first value of a variable is its default.
class FlagSet {
 public:
  Flag& add_flag(const std::string& names, bool& value, std::string description);
  Flag& add_option(const std::string& names, std::string& value, std::string description);
  Flag& add_option(const std::string& names, std::optional<std::string>& value, std::string description);
  Flag& add_option(const std::string& names, std::vector<std::string>& values, std::string description);
  Flag& add_option(const std::string& names, std::optional<Milliseconds>& value, std::string description);
  Flag& add_option(const std::string& names, Milliseconds& value, std::string description);
  Flag& add_option(const std::string& names, std::optional<std::int64_t>& value, std::string description);
  Flag& add_option(const std::string& names, std::int64_t& value, std::string description);

  [[nodiscard]] const std::deque<Flag>& flags() const { return flags_; }
  [[nodiscard]] std::deque<Flag>& flags() { return flags_; }
  /// By `--name` or `-n`; null when there is none.
  [[nodiscard]] const Flag* find(std::string_view name) const;

 private:
  Flag& add(const std::string& names, std::string value_name, std::string description);

  std::deque<Flag> flags_;  ///< a deque: references that were handed out stay good
};

}  // namespace dbmigrate
