// What a catalog holds: objects, each with its properties as text.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <compare>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace dbmigrate {

/// In the order in which people read a schema.
enum class ObjectKind {
  schema,
  extension,
  collation,
  type,  ///< enums, domains, ranges, base types
  composite_type,
  attribute,  ///< of a composite type
  sequence,
  table,
  foreign_table,
  column,
  constraint,
  index,
  view,
  materialized_view,
  rule,
  function,
  procedure,
  aggregate,
  trigger,
  policy,
  statistics,
  cast,
  operator_,
  operator_class,
  operator_family,
  foreign_data_wrapper,
  foreign_server,
  publication,
  event_trigger,
  default_privileges,
};

/// `materialized view`
std::string_view name_of(ObjectKind kind);
/// Empty for a word that is none.
std::optional<ObjectKind> object_kind(std::string_view name);
/// The names of all kinds, in order.
const std::vector<std::string>& object_kind_names();

/// The identity is quoted and qualified as SQL wants it: `public.users`, `public.users.id` for what belongs to a
/// relation, `public.f(integer)` for functions.
struct ObjectKey {
  ObjectKind kind = ObjectKind::schema;
  std::string identity;

  auto operator<=>(const ObjectKey&) const = default;
  /// `table public.users`
  [[nodiscard]] std::string text() const;
};

/// By name; a property that is as usual (not unlogged, not disabled, no comment) is not there.
using Properties = std::map<std::string, std::string>;

struct Object {
  ObjectKey key;
  Properties properties;

  bool operator==(const Object&) const = default;
  /// Empty where there is no such property.
  [[nodiscard]] std::string property(const std::string& name) const;
};

/// The relation (or type) that an object is a part of, `public.users` for its columns, keys, indexes, triggers, rules
/// and policies; empty for what stands alone.
std::string owner_relation(const Object& object);

/// The schema that an object lives in, quoted; empty for what lives in none.
std::string schema_of(const ObjectKey& key);

/// True for properties that hold text which the server prints from what it parsed: another major version may print
/// the same thing in other words.
bool is_printed_text(const std::string& property);

}  // namespace dbmigrate
