// After ATColumnChangeRequiresRewrite() in PostgreSQL's tablecmds.c and the support functions of its types; each line
// was measured.
// SPDX-License-Identifier: Apache-2.0
#include "lint/column_changes.hpp"

#include <fmt/format.h>

#include <cstdlib>

#include "lint/builtin_functions.hpp"

namespace dbmigrate {
namespace {

bool is_timestamp(const std::string& name) { return name == "timestamp" || name == "timestamptz"; }

bool has_precision(const std::string& name) {
  return is_timestamp(name) || name == "time" || name == "timetz" || name == "interval";
}

int number_of(const sql::TypeUse& type, std::size_t index, int otherwise) {
  return index < type.modifiers.size() ? std::atoi(type.modifiers[index].c_str()) : otherwise;
}

constexpr int kFinest = 6;  ///< the precision of a timestamp that says none

TypeChange within_text(const sql::TypeUse& from, const sql::TypeUse& to) {
  // What has no limit takes everything; a limit is checked row by row unless the old one was no wider.
  if (to.modifiers.empty()) return TypeChange::nothing;
  const bool narrower = from.modifiers.empty() || number_of(to, 0, 0) < number_of(from, 0, 0);
  return narrower ? TypeChange::rewrite : TypeChange::nothing;
}

TypeChange within_numeric(const sql::TypeUse& from, const sql::TypeUse& to) {
  if (to.modifiers.empty()) return TypeChange::nothing;
  const bool same_scale = !from.modifiers.empty() && number_of(from, 1, 0) == number_of(to, 1, 0);
  return same_scale && number_of(to, 0, 0) >= number_of(from, 0, 0) ? TypeChange::nothing : TypeChange::rewrite;
}

bool is_text(const std::string& name) { return name == "text" || name == "varchar"; }

TypeChange between(const sql::TypeUse& from, const sql::TypeUse& to, bool utc) {
  const auto& old_name = from.name.name;
  const auto& new_name = to.name.name;
  if (from == to) return TypeChange::nothing;
  if (from.is_array || to.is_array) return TypeChange::rewrite;
  if (is_text(old_name) && is_text(new_name)) return within_text(from, to);
  if (old_name == "numeric" && new_name == "numeric") return within_numeric(from, to);
  if (old_name == "cidr" && new_name == "inet") return TypeChange::nothing;
  if (old_name == "varbit" && new_name == "varbit") return within_text(from, to);
  const bool coarser = number_of(to, 0, kFinest) < number_of(from, 0, kFinest);
  if (has_precision(old_name) && old_name == new_name) return coarser ? TypeChange::rewrite : TypeChange::nothing;
  if (is_timestamp(old_name) && is_timestamp(new_name)) {
    return utc && !coarser ? TypeChange::indexes : TypeChange::rewrite;
  }
  return TypeChange::rewrite;
}

sql::TypeUse without_domain(sql::TypeUse type, const KnownSchema& schema) {
  for (int depth = 0; depth < 8; ++depth) {
    const auto* const known = schema.type(type.name);
    if (known == nullptr || !known->base || type.is_array) break;
    type = *known->base;
  }
  return type;
}

}  // namespace

std::string volatile_call(const sql::Expression& expression, const KnownSchema& schema) {
  for (const auto& call : expression.calls) {
    if (const auto* const own = schema.function(call.name)) {
      if (own->volatility == sql::Volatility::volatile_) return name_for_people(call.name) + "()";
      continue;
    }
    const auto builtin = call.name.schema.empty() ? builtin_is_volatile(call.name.name) : std::nullopt;
    if (builtin.value_or(true)) return name_for_people(call.name) + "()";
  }
  return {};
}

std::string why_added_column_rewrites(const sql::ColumnDefinition& column, const KnownSchema& schema) {
  if (column.is_serial()) return fmt::format("{} is filled from a sequence", column.type.text());
  if (column.identity) return "an identity column is filled from a sequence";
  if (column.generated) return "a stored generated column is computed for every row";
  if (column.default_value) {
    if (const auto call = volatile_call(*column.default_value, schema); !call.empty()) {
      return fmt::format("{} is evaluated for every row", call);
    }
  }
  if (schema.is_constrained_domain(column.type)) {
    return fmt::format("the constraints of the domain {} are checked for every row", column.type.text());
  }
  return {};
}

TypeChange type_change(const KnownColumn* column, const sql::ChangeColumnType& change, const KnownSchema& schema,
                       bool time_zone_is_utc) {
  const auto& use = change.using_value;
  // USING that only casts the column does what happens without it.
  if (use && !(use->is_column && (use->cast_to.empty() || use->cast_to == change.type.name.name))) {
    return TypeChange::rewrite;
  }
  if (schema.is_constrained_domain(change.type)) return TypeChange::rewrite;
  const auto to = without_domain(change.type, schema);
  if (column == nullptr || column->type.name.name.empty()) {
    const auto& name = to.name.name;
    const bool wide = (is_text(name) || name == "numeric") && to.modifiers.empty() && !to.is_array;
    return wide ? TypeChange::perhaps_nothing : TypeChange::perhaps_rewrite;
  }
  const auto from = without_domain(column->type, schema);
  const auto result = between(from, to, time_zone_is_utc);
  const bool other_collation = column->collation != change.collation;
  return result == TypeChange::nothing && other_collation ? TypeChange::indexes : result;
}

}  // namespace dbmigrate
