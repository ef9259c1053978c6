// One row of conditions for each object that adopting needs.
// SPDX-License-Identifier: Apache-2.0
#include "executor/adopting_script.hpp"

#include <fmt/format.h>

#include <string_view>

#include "catalog/expected_catalog.hpp"
#include "sql/quote.hpp"

namespace dbmigrate {
namespace {

using sql::quote_literal;

/// The last part of the identity, quoted as the catalog's names are when quote_ident() has seen them.
std::string own_name(const Object& object) { return object.key.identity.substr(owner_relation(object).size() + 1); }

std::string part_exists(const Object& object, std::string_view catalog, std::string_view relation,
                        std::string_view name, std::string_view also = "") {
  return fmt::format(
      "EXISTS (SELECT FROM pg_catalog.{0} WHERE {1} = pg_catalog.to_regclass({2}) AND"
      " pg_catalog.quote_ident({3}) = {4}{5})",
      catalog, relation, quote_literal(owner_relation(object)), name, quote_literal(own_name(object)), also);
}

std::string found_by(std::string_view function, const Object& object) {
  return fmt::format("pg_catalog.{}({}) IS NOT NULL", function, quote_literal(object.key.identity));
}

std::string is_there(const Object& object) {
  switch (object.key.kind) {
    case ObjectKind::table:
    case ObjectKind::foreign_table:
    case ObjectKind::view:
    case ObjectKind::materialized_view:
    case ObjectKind::sequence:
    case ObjectKind::index:
      return found_by("to_regclass", object);
    case ObjectKind::type:
    case ObjectKind::composite_type:
      return found_by("to_regtype", object);
    case ObjectKind::function:
    case ObjectKind::procedure:
    case ObjectKind::aggregate:
      return found_by("to_regprocedure", object);
    case ObjectKind::schema:
      return found_by("to_regnamespace", object);
    case ObjectKind::column:
    case ObjectKind::attribute:
      return part_exists(object, "pg_attribute", "attrelid", "attname", " AND NOT attisdropped");
    case ObjectKind::constraint:
      return part_exists(object, "pg_constraint", "conrelid", "conname");
    case ObjectKind::trigger:
      return part_exists(object, "pg_trigger", "tgrelid", "tgname");
    case ObjectKind::policy:
      return part_exists(object, "pg_policy", "polrelid", "polname");
    case ObjectKind::rule:
      return part_exists(object, "pg_rewrite", "ev_class", "rulename");
    default:
      throw Error({.code = ErrorCode::unsupported_feature,
                   .message = fmt::format("a script cannot look for {}", object.key.text()),
                   .detail = "It belongs to a revision that is adopted where all of it is there.",
                   .hint = "Run `dbmigrate upgrade` against the database, or record it with `dbmigrate stamp`."});
  }
}

/// True where an object that is there may be taken for the revision's own.
std::string fits(const Object& object) {
  if (object.key.kind != ObjectKind::column && object.key.kind != ObjectKind::attribute) return is_there(object);
  return part_exists(object, "pg_attribute", "attrelid", "attname",
                     fmt::format(" AND NOT attisdropped AND pg_catalog.format_type(atttypid, atttypmod) = {}",
                                 quote_literal(object.property("type"))));
}

}  // namespace

std::string adoption_question(const CatalogFile& file) {
  std::string rows;
  for (const auto& object : file.adds) {
    if (!needed_for_adoption(object)) continue;
    rows += fmt::format("{}\n  ({}, {}, {})", rows.empty() ? "" : ",", quote_literal(object.key.text()),
                        is_there(object), fits(object));
  }
  if (rows.empty()) return "SELECT true AS dbmigrate_run, false AS dbmigrate_adopt, '' AS dbmigrate_against";
  return fmt::format(
      "SELECT NOT pg_catalog.bool_or(there) AS dbmigrate_run, pg_catalog.bool_and(fits) AS dbmigrate_adopt,\n"
      "  coalesce(pg_catalog.string_agg(object, ', ') FILTER (WHERE NOT fits), '') AS dbmigrate_against\n"
      "FROM (VALUES{}) AS needed (object, there, fits)",
      rows);
}

}  // namespace dbmigrate
