// Parts that the questions to pg_catalog share; schemas, extensions, types and collations.
// SPDX-License-Identifier: Apache-2.0
#include "catalog/queries.hpp"

#include <fmt/format.h>

namespace dbmigrate::catalog_sql {
namespace {

void append(std::vector<std::string>& all, const std::vector<std::string>& more) {
  all.insert(all.end(), more.begin(), more.end());
}

std::string schemas() {
  return with_ours() + fmt::format(R"(
SELECT 'schema', quote_ident(n.nspname), pg_get_userbyid(n.nspowner) AS owner, {} AS privileges,
       obj_description(n.oid, 'pg_namespace') AS comment
FROM ours n WHERE {})",
                                   privileges("n.nspacl", "n", "n.nspowner"), no_member("pg_namespace", "n.oid"));
}

std::string extensions() {
  return R"(
SELECT 'extension', quote_ident(e.extname), e.extversion AS version, quote_ident(n.nspname) AS schema
FROM pg_extension e JOIN pg_namespace n ON n.oid = e.extnamespace WHERE $1::text IS NOT NULL)";
}

/// Not the row types of tables, nor arrays and multiranges, which come by themselves.
std::string types() {
  return with_ours() + fmt::format(R"(
SELECT CASE t.typtype WHEN 'c' THEN 'composite type' ELSE 'type' END, format('%I.%I', n.nspname, t.typname),
       CASE t.typtype WHEN 'e' THEN 'enum' WHEN 'd' THEN 'domain' WHEN 'r' THEN 'range' WHEN 'b' THEN 'base'
                      WHEN 'p' THEN 'shell' END AS form,
       CASE WHEN t.typtype = 'e' THEN
         (SELECT string_agg(quote_literal(l.enumlabel), ', ' ORDER BY l.enumsortorder) FROM pg_enum l
          WHERE l.enumtypid = t.oid) END AS labels,
       CASE WHEN t.typtype = 'd' THEN format_type(t.typbasetype, t.typtypmod) END AS type,
       CASE WHEN t.typtype = 'd' THEN pg_get_expr(t.typdefaultbin, 0) END AS "default",
       CASE WHEN t.typtype = 'd' AND t.typnotnull THEN 'NOT NULL' END AS nullability,
       CASE WHEN t.typtype = 'd' AND t.typcollation <> base.typcollation THEN t.typcollation::regcollation::text END
         AS "collation",
       CASE WHEN t.typtype = 'r' THEN
         (SELECT concat_ws(', ', 'subtype = ' || format_type(r.rngsubtype, NULL),
                           'operator class = ' || (SELECT format('%I.%I', s.nspname, o.opcname) FROM pg_opclass o
                              JOIN pg_namespace s ON s.oid = o.opcnamespace WHERE o.oid = r.rngsubopc),
                           'collation = ' || nullif(r.rngcollation, 0)::regcollation::text,
                           'canonical = ' || nullif(r.rngcanonical::oid, 0)::regprocedure::text,
                           'subtype_diff = ' || nullif(r.rngsubdiff::oid, 0)::regprocedure::text)
          FROM pg_range r WHERE r.rngtypid = t.oid) END AS definition,
       CASE WHEN t.typtype = 'b' THEN
         concat_ws(', ', 'input = ' || t.typinput::oid::regprocedure::text,
                   'output = ' || t.typoutput::oid::regprocedure::text, 'length = ' || t.typlen::text,
                   'alignment = ' || t.typalign::text,
                   'storage = ' || t.typstorage::text) END AS functions,
       pg_get_userbyid(t.typowner) AS owner, {} AS privileges, obj_description(t.oid, 'pg_type') AS comment
FROM pg_type t JOIN ours n ON n.oid = t.typnamespace
LEFT JOIN pg_type base ON base.oid = t.typbasetype
LEFT JOIN pg_class c ON c.oid = t.typrelid
WHERE (t.typtype IN ('e', 'd', 'r') OR (t.typtype = 'c' AND c.relkind = 'c')
       OR (t.typtype = 'p' AND NOT t.typisdefined)
       OR (t.typtype = 'b' AND NOT EXISTS (SELECT FROM pg_type e WHERE e.typarray = t.oid))) AND {})",
                                   privileges("t.typacl", "T", "t.typowner"), no_member("pg_type", "t.oid"));
}

/// How the locale is spelt moved between columns from version to version.
std::string collations(int major) {
  const char* locale = "NULL";
  if (major >= 17) locale = "c.colllocale";
  if (major == 15 || major == 16) locale = "c.colliculocale";
  return with_ours() + fmt::format(R"(
SELECT 'collation', format('%I.%I', n.nspname, c.collname),
       CASE c.collprovider WHEN 'c' THEN 'libc' WHEN 'i' THEN 'icu' WHEN 'b' THEN 'builtin' WHEN 'd' THEN 'default' END
         AS provider,
       coalesce({}, c.collcollate) AS locale, CASE WHEN NOT c.collisdeterministic THEN 'no' END AS deterministic,
       pg_get_userbyid(c.collowner) AS owner, obj_description(c.oid, 'pg_collation') AS comment
FROM pg_collation c JOIN ours n ON n.oid = c.collnamespace WHERE {})",
                                   locale, no_member("pg_collation", "c.oid"));
}

}  // namespace

std::string with_ours() {
  return R"(WITH ours AS MATERIALIZED (
  SELECT * FROM pg_namespace
  WHERE nspname <> $1::text AND nspname <> 'information_schema' AND nspname !~ '^pg_'),
member AS MATERIALIZED (
  SELECT classid, objid FROM pg_depend WHERE refclassid = 'pg_extension'::regclass AND deptype = 'e'))";
}

std::string no_member(const std::string& catalog, const std::string& oid) {
  return fmt::format("NOT EXISTS (SELECT FROM member WHERE classid = '{}'::regclass AND objid = {})", catalog, oid);
}

std::string privileges(const std::string& acl, const std::string& type, const std::string& owner) {
  const auto explode = [](const std::string& list) {
    return fmt::format("SELECT grantee, privilege_type, is_grantable FROM aclexplode({})", list);
  };
  const auto usual = fmt::format("acldefault('{}', {})", type, owner);
  const auto lines = [&](const std::string& verb, const std::string& direction, const std::string& from,
                         const std::string& without) {
    return fmt::format(
        "SELECT concat('{} ', g.privilege_type, CASE WHEN g.is_grantable THEN ' with grant option' END, ' {} ',"
        " CASE g.grantee WHEN 0 THEN 'PUBLIC' WHEN {} THEN 'the owner' ELSE quote_ident(pg_get_userbyid(g.grantee)) "
        "END)"
        " AS line FROM ({} EXCEPT {}) g",
        verb, direction, owner, explode(from), explode(without));
  };
  return fmt::format(
      "CASE WHEN {0} IS NOT NULL THEN (SELECT string_agg(p.line, chr(10) ORDER BY p.line COLLATE \"C\") FROM"
      " ({1} UNION ALL {2}) p) END",
      acl, lines("grant", "to", acl, usual), lines("revoke", "from", usual, acl));
}

std::string extension_names() {
  return R"(
SELECT named.name, quote_ident(n.nspname)
FROM pg_depend d
CROSS JOIN LATERAL (
  SELECT quote_ident(p.proname), p.pronamespace FROM pg_proc p WHERE d.classid = 'pg_proc'::regclass AND p.oid = d.objid
  UNION ALL
  SELECT quote_ident(t.typname), t.typnamespace FROM pg_type t WHERE d.classid = 'pg_type'::regclass AND t.oid = d.objid
  UNION ALL
  SELECT quote_ident(c.opcname), c.opcnamespace FROM pg_opclass c
  WHERE d.classid = 'pg_opclass'::regclass AND c.oid = d.objid
  UNION ALL
  SELECT o.oprname::text, o.oprnamespace FROM pg_operator o WHERE d.classid = 'pg_operator'::regclass AND o.oid = d.objid
) AS named (name, namespace)
JOIN pg_namespace n ON n.oid = named.namespace
WHERE d.deptype = 'e' AND d.refclassid = 'pg_extension'::regclass AND n.nspname <> 'pg_catalog')";
}

std::vector<std::string> snapshot_queries(int server_major) {
  std::vector<std::string> all{schemas(), extensions(), types(), collations(server_major)};
  append(all, relation_queries(server_major));
  append(all, routine_queries(server_major));
  append(all, other_queries(server_major));
  return all;
}

}  // namespace dbmigrate::catalog_sql
