// Tables, views, sequences and all that belongs to them.
// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include "catalog/queries.hpp"

namespace dbmigrate::catalog_sql {
namespace {

/// Joined for a relation `c` in one of our schemas `n`.
constexpr std::string_view kRelation = "pg_class c JOIN ours n ON n.oid = c.relnamespace";

std::string tables() {
  return with_ours() + fmt::format(R"(
SELECT CASE c.relkind WHEN 'f' THEN 'foreign table' ELSE 'table' END, format('%I.%I', n.nspname, c.relname),
       CASE WHEN c.relpersistence = 'u' THEN 'unlogged' END AS persistence,
       CASE WHEN c.relkind = 'p' THEN pg_get_partkeydef(c.oid) END AS "partition by",
       CASE WHEN c.relispartition THEN inherits.parents END AS "partition of",
       CASE WHEN NOT c.relispartition THEN inherits.parents END AS inherits,
       CASE WHEN c.relispartition THEN pg_get_expr(c.relpartbound, c.oid) END AS bound,
       CASE WHEN c.reloftype <> 0 THEN format_type(c.reloftype, NULL) END AS "of type",
       CASE WHEN c.relrowsecurity AND c.relforcerowsecurity THEN 'enabled, forced' WHEN c.relrowsecurity THEN 'enabled'
            WHEN c.relforcerowsecurity THEN 'forced, not enabled' END AS "row security",
       array_to_string(c.reloptions, ', ') AS options,
       nullif(am.amname, 'heap') AS "access method",
       (SELECT quote_ident(s.spcname) FROM pg_tablespace s WHERE s.oid = c.reltablespace) AS tablespace,
       CASE c.relreplident WHEN 'n' THEN 'nothing' WHEN 'f' THEN 'full' WHEN 'i' THEN
         (SELECT format('index %I', r.relname) FROM pg_index i JOIN pg_class r ON r.oid = i.indexrelid
          WHERE i.indrelid = c.oid AND i.indisreplident) END AS "replica identity",
       (SELECT quote_ident(r.relname) FROM pg_index i JOIN pg_class r ON r.oid = i.indexrelid
        WHERE i.indrelid = c.oid AND i.indisclustered) AS "clustered on",
       (SELECT concat_ws(', ', quote_ident(s.srvname), array_to_string(f.ftoptions, ', ')) FROM pg_foreign_table f
        JOIN pg_foreign_server s ON s.oid = f.ftserver WHERE f.ftrelid = c.oid) AS server,
       pg_get_userbyid(c.relowner) AS owner, {} AS privileges, d.description AS comment
FROM {} LEFT JOIN pg_am am ON am.oid = c.relam
LEFT JOIN LATERAL (
  SELECT string_agg(i.inhparent::regclass::text, ', ' ORDER BY i.inhseqno) AS parents
  FROM pg_inherits i WHERE i.inhrelid = c.oid) inherits ON true
LEFT JOIN pg_description d ON d.classoid = 'pg_class'::regclass AND d.objoid = c.oid AND d.objsubid = 0
WHERE c.relkind IN ('r', 'p', 'f') AND c.relpersistence <> 't' AND {})",
                                   privileges("c.relacl", "r", "c.relowner"), kRelation,
                                   no_member("pg_class", "c.oid"));
}

/// The relations that the view's rule reads stand beside the text, which depends on the server's version.
std::string views() {
  return with_ours() + fmt::format(R"(
SELECT CASE c.relkind WHEN 'm' THEN 'materialized view' ELSE 'view' END, format('%I.%I', n.nspname, c.relname),
       pg_get_viewdef(c.oid) AS expression,
       (SELECT string_agg(DISTINCT o.refobjid::regclass::text, ', ' ORDER BY o.refobjid::regclass::text)
        FROM pg_rewrite r JOIN pg_depend o ON o.classid = 'pg_rewrite'::regclass AND o.objid = r.oid
        WHERE r.ev_class = c.oid AND r.rulename = '_RETURN' AND o.refclassid = 'pg_class'::regclass
          AND o.refobjid <> c.oid) AS reads,
       array_to_string(c.reloptions, ', ') AS options,
       CASE WHEN NOT c.relispopulated THEN 'not populated' END AS state,
       pg_get_userbyid(c.relowner) AS owner, {} AS privileges, d.description AS comment
FROM {}
LEFT JOIN pg_description d ON d.classoid = 'pg_class'::regclass AND d.objoid = c.oid AND d.objsubid = 0
WHERE c.relkind IN ('v', 'm') AND c.relpersistence <> 't' AND {})",
                                   privileges("c.relacl", "r", "c.relowner"), kRelation,
                                   no_member("pg_class", "c.oid"));
}

std::string sequences() {
  return with_ours() + fmt::format(R"(
SELECT 'sequence', format('%I.%I', n.nspname, c.relname), format_type(s.seqtypid, NULL) AS type,
       s.seqstart::text AS start, s.seqincrement::text AS increment, s.seqmin::text AS minimum,
       s.seqmax::text AS maximum, nullif(s.seqcache, 1)::text AS cache, CASE WHEN s.seqcycle THEN 'yes' END AS cycles,
       CASE WHEN c.relpersistence = 'u' THEN 'unlogged' END AS persistence,
       (SELECT format('%s.%I', o.refobjid::regclass, a.attname) FROM pg_depend o
        JOIN pg_attribute a ON a.attrelid = o.refobjid AND a.attnum = o.refobjsubid
        WHERE o.classid = 'pg_class'::regclass AND o.objid = c.oid AND o.refclassid = 'pg_class'::regclass
          AND o.deptype IN ('a', 'i')) AS "owned by",
       pg_get_userbyid(c.relowner) AS owner, {} AS privileges, obj_description(c.oid, 'pg_class') AS comment
FROM {} JOIN pg_sequence s ON s.seqrelid = c.oid
WHERE c.relpersistence <> 't' AND {})",
                                   privileges("c.relacl", "s", "c.relowner"), kRelation,
                                   no_member("pg_class", "c.oid"));
}

/// PostgreSQL 15.20 as Debian 12 has it stamps each column with an option `pg_attver`, a place in the WAL. It takes no
/// part in the schema: SET and RESET leave it as it is, and pg_dump does not write it.
std::string columns(int major) {
  const char* compression =
      major >= 14 ? "CASE a.attcompression WHEN 'p' THEN 'pglz' WHEN 'l' THEN 'lz4' END" : "NULL::text";
  return with_ours() + fmt::format(R"(
SELECT CASE c.relkind WHEN 'c' THEN 'attribute' ELSE 'column' END,
       format('%I.%I.%I', n.nspname, c.relname, a.attname),
       row_number() OVER (PARTITION BY a.attrelid ORDER BY a.attnum)::text AS position,
       format_type(a.atttypid, a.atttypmod) AS type,
       CASE WHEN a.attnotnull THEN 'NOT NULL' END AS nullability,
       CASE WHEN a.attgenerated = '' THEN pg_get_expr(e.adbin, e.adrelid) END AS "default",
       CASE a.attidentity WHEN 'a' THEN 'always' WHEN 'd' THEN 'by default' END AS identity,
       CASE a.attgenerated WHEN 's' THEN 'stored' WHEN 'v' THEN 'virtual' END AS generated,
       CASE WHEN a.attgenerated <> '' THEN pg_get_expr(e.adbin, e.adrelid) END AS expression,
       CASE WHEN a.attcollation <> t.typcollation THEN a.attcollation::regcollation::text END AS "collation",
       CASE WHEN a.attstorage <> t.typstorage THEN
         CASE a.attstorage WHEN 'p' THEN 'plain' WHEN 'e' THEN 'external' WHEN 'm' THEN 'main' ELSE 'extended' END
         END AS storage,
       {} AS compression,
       CASE WHEN a.attstattarget >= 0 THEN a.attstattarget::text END AS "statistics target",
       (SELECT string_agg(o, ', ' ORDER BY o COLLATE "C") FROM unnest(a.attoptions) o
        WHERE NOT starts_with(o, 'pg_attver=')) AS options,
       array_to_string(a.attfdwoptions, ', ') AS "server options",
       CASE WHEN a.attinhcount > 0 AND NOT a.attislocal THEN 'yes' END AS inherited,
       {} AS privileges, d.description AS comment
FROM {} JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
JOIN pg_type t ON t.oid = a.atttypid
LEFT JOIN pg_attrdef e ON e.adrelid = a.attrelid AND e.adnum = a.attnum
LEFT JOIN pg_description d ON d.classoid = 'pg_class'::regclass AND d.objoid = c.oid AND d.objsubid = a.attnum
WHERE c.relkind IN ('r', 'p', 'f', 'v', 'm', 'c') AND c.relpersistence <> 't' AND {}
  AND NOT EXISTS (SELECT FROM member WHERE classid = 'pg_type'::regclass AND objid = c.reltype))",
                                   compression, privileges("a.attacl", "c", "c.relowner"), kRelation,
                                   no_member("pg_class", "c.oid"));
}

/// NOT NULL is a property of its column in every version, so the constraints that 18 makes of it are left out.
std::string constraints() {
  return with_ours() + fmt::format(R"(
SELECT 'constraint', format('%I.%I.%I', n.nspname, coalesce(c.relname, t.typname), k.conname),
       CASE k.contype WHEN 'p' THEN 'primary key' WHEN 'u' THEN 'unique' WHEN 'f' THEN 'foreign key'
                      WHEN 'c' THEN 'check' WHEN 'x' THEN 'exclusion' END AS form,
       CASE WHEN k.contype IN ('p', 'u', 'f') THEN regexp_replace(pg_get_constraintdef(k.oid), ' NOT VALID$', '') END
         AS definition,
       CASE WHEN k.contype IN ('c', 'x') THEN regexp_replace(pg_get_constraintdef(k.oid), ' NOT VALID$', '') END
         AS expression,
       CASE WHEN NOT k.convalidated THEN 'not validated' WHEN NOT i.indisvalid THEN 'index invalid' END AS state,
       CASE WHEN k.coninhcount > 0 AND NOT k.conislocal THEN 'yes' END AS inherited,
       obj_description(k.oid, 'pg_constraint') AS comment
FROM pg_constraint k JOIN ours n ON n.oid = k.connamespace
LEFT JOIN pg_class c ON c.oid = k.conrelid LEFT JOIN pg_type t ON t.oid = k.contypid
LEFT JOIN pg_index i ON i.indexrelid = k.conindid AND i.indrelid = k.conrelid AND k.contype IN ('p', 'u', 'x')
WHERE k.contype IN ('p', 'u', 'f', 'c', 'x') AND coalesce(c.relpersistence, 'p') <> 't'
  AND {} AND NOT EXISTS (SELECT FROM member WHERE classid = 'pg_class'::regclass AND objid = k.conrelid)
  AND NOT EXISTS (SELECT FROM member WHERE classid = 'pg_type'::regclass AND objid = k.contypid))",
                                   no_member("pg_constraint", "k.oid"));
}

/// Those that a constraint made are in its definition.
std::string indexes() {
  return with_ours() + fmt::format(R"(
SELECT 'index', format('%I.%I', n.nspname, r.relname), c.oid::regclass::text AS "table",
       CASE WHEN i.indexprs IS NULL AND i.indpred IS NULL THEN pg_get_indexdef(i.indexrelid) END AS definition,
       CASE WHEN i.indexprs IS NOT NULL OR i.indpred IS NOT NULL THEN pg_get_indexdef(i.indexrelid) END AS expression,
       CASE WHEN NOT i.indisvalid THEN 'invalid' WHEN NOT i.indisready THEN 'not ready' END AS state,
       (SELECT format('%s', h.inhparent::regclass) FROM pg_inherits h WHERE h.inhrelid = r.oid) AS "partition of",
       (SELECT quote_ident(s.spcname) FROM pg_tablespace s WHERE s.oid = r.reltablespace) AS tablespace,
       obj_description(r.oid, 'pg_class') AS comment
FROM {} JOIN pg_index i ON i.indrelid = c.oid JOIN pg_class r ON r.oid = i.indexrelid
WHERE c.relpersistence <> 't' AND {} AND {} AND NOT EXISTS (
  SELECT FROM pg_constraint k WHERE k.conindid = i.indexrelid AND k.conrelid = i.indrelid
    AND k.contype IN ('p', 'u', 'x')))",
                                   kRelation, no_member("pg_class", "c.oid"), no_member("pg_class", "r.oid"));
}

std::string triggers() {
  return with_ours() + fmt::format(R"(
SELECT 'trigger', format('%I.%I.%I', n.nspname, c.relname, g.tgname),
       CASE WHEN g.tgqual IS NULL THEN pg_get_triggerdef(g.oid) END AS definition,
       CASE WHEN g.tgqual IS NOT NULL THEN pg_get_triggerdef(g.oid) END AS expression,
       CASE g.tgenabled WHEN 'D' THEN 'disabled' WHEN 'R' THEN 'on replicas only' WHEN 'A' THEN 'always' END AS enabled,
       obj_description(g.oid, 'pg_trigger') AS comment
FROM {} JOIN pg_trigger g ON g.tgrelid = c.oid AND NOT g.tgisinternal
WHERE c.relpersistence <> 't' AND {} AND {})",
                                   kRelation, no_member("pg_class", "c.oid"), no_member("pg_trigger", "g.oid"));
}

std::string rules() {
  return with_ours() + fmt::format(R"(
SELECT 'rule', format('%I.%I.%I', n.nspname, c.relname, r.rulename), pg_get_ruledef(r.oid) AS expression,
       CASE r.ev_enabled WHEN 'D' THEN 'disabled' WHEN 'R' THEN 'on replicas only' WHEN 'A' THEN 'always' END AS enabled,
       obj_description(r.oid, 'pg_rewrite') AS comment
FROM {} JOIN pg_rewrite r ON r.ev_class = c.oid AND r.rulename <> '_RETURN'
WHERE c.relpersistence <> 't' AND {} AND {})",
                                   kRelation, no_member("pg_class", "c.oid"), no_member("pg_rewrite", "r.oid"));
}

std::string policies() {
  return with_ours() + fmt::format(R"(
SELECT 'policy', format('%I.%I.%I', n.nspname, c.relname, p.polname),
       CASE p.polcmd WHEN 'r' THEN 'SELECT' WHEN 'a' THEN 'INSERT' WHEN 'w' THEN 'UPDATE' WHEN 'd' THEN 'DELETE'
                     ELSE 'ALL' END AS command,
       CASE WHEN NOT p.polpermissive THEN 'yes' END AS restrictive,
       (SELECT string_agg(CASE o WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(o)) END, ', '
                          ORDER BY CASE o WHEN 0 THEN '' ELSE pg_get_userbyid(o)::text END COLLATE "C")
        FROM unnest(p.polroles) o) AS roles,
       pg_get_expr(p.polqual, p.polrelid) AS using, pg_get_expr(p.polwithcheck, p.polrelid) AS "with check",
       obj_description(p.oid, 'pg_policy') AS comment
FROM {} JOIN pg_policy p ON p.polrelid = c.oid WHERE {})",
                                   kRelation, no_member("pg_class", "c.oid"));
}

std::string statistics() {
  // A target that was never set is -1 before version 17 and NULL since.
  const char* target = "CASE WHEN s.stxstattarget >= 0 THEN s.stxstattarget::text END";
  return with_ours() + fmt::format(R"(
SELECT 'statistics', format('%I.%I', n.nspname, s.stxname), pg_get_statisticsobjdef(s.oid) AS {}, {} AS target,
       pg_get_userbyid(s.stxowner) AS owner, obj_description(s.oid, 'pg_statistic_ext') AS comment
FROM pg_statistic_ext s JOIN ours n ON n.oid = s.stxnamespace WHERE {})",
                                   "expression", target, no_member("pg_statistic_ext", "s.oid"));
}

}  // namespace

std::vector<std::string> relation_queries(int server_major) {
  return {tables(),   views(), sequences(), columns(server_major), constraints(), indexes(),
          triggers(), rules(), policies(),  statistics()};
}

}  // namespace dbmigrate::catalog_sql
