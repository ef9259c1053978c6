// Functions, procedures, aggregates, operators and what is made of them.
// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include "catalog/queries.hpp"

namespace dbmigrate::catalog_sql {
namespace {

/// A body in SQL's own form (since 14) is stored parsed and printed by the server; others are kept as written.
std::string functions(int major) {
  return with_ours() + fmt::format(R"(
SELECT CASE p.prokind WHEN 'p' THEN 'procedure' ELSE 'function' END,
       format('%I.%I(%s)', n.nspname, p.proname, pg_get_function_identity_arguments(p.oid)),
       pg_get_function_arguments(p.oid) AS arguments, pg_get_function_result(p.oid) AS returns,
       quote_ident(l.lanname) AS language, CASE WHEN {1} IS NULL THEN p.prosrc END AS body, {1} AS expression,
       p.probin AS library,
       CASE p.provolatile WHEN 'i' THEN 'immutable' WHEN 's' THEN 'stable' END AS volatility,
       CASE p.proparallel WHEN 's' THEN 'safe' WHEN 'r' THEN 'restricted' END AS parallel,
       CASE WHEN p.proisstrict THEN 'yes' END AS strict,
       CASE WHEN p.prosecdef THEN 'definer' END AS security,
       CASE WHEN p.proleakproof THEN 'yes' END AS leakproof,
       CASE WHEN p.prokind = 'w' THEN 'yes' END AS window,
       nullif(p.procost, CASE WHEN l.lanname IN ('internal', 'c') THEN 1 ELSE 100 END)::text AS cost,
       nullif(p.prorows, CASE WHEN p.proretset THEN 1000 ELSE 0 END)::text AS rows,
       nullif(p.prosupport::oid, 0)::regproc::text AS support,
       array_to_string(p.protrftypes::regtype[], ', ') AS transforms,
       array_to_string(p.proconfig, chr(10)) AS settings,
       pg_get_userbyid(p.proowner) AS owner, {0} AS privileges, obj_description(p.oid, 'pg_proc') AS comment
FROM pg_proc p JOIN ours n ON n.oid = p.pronamespace JOIN pg_language l ON l.oid = p.prolang
WHERE p.prokind <> 'a' AND {2})",
                                   privileges("p.proacl", "f", "p.proowner"),
                                   major >= 14 ? "pg_get_function_sqlbody(p.oid)" : "NULL::text",
                                   no_member("pg_proc", "p.oid"));
}

std::string aggregates() {
  return with_ours() + fmt::format(R"(
SELECT 'aggregate', format('%I.%I(%s)', n.nspname, p.proname, pg_get_function_identity_arguments(p.oid)),
       pg_get_function_result(p.oid) AS returns,
       CASE a.aggkind WHEN 'o' THEN 'ordered set' WHEN 'h' THEN 'hypothetical set' END AS form,
       a.aggtransfn::oid::regprocedure::text AS "transition function", format_type(a.aggtranstype, NULL) AS "state type",
       nullif(a.aggtransspace, 0)::text AS "state size", a.agginitval AS "initial value",
       nullif(a.aggfinalfn::oid, 0)::regprocedure::text AS "final function",
       CASE a.aggfinalmodify WHEN 'r' THEN NULL WHEN 's' THEN 'shareable' ELSE 'read-write' END AS "final modifies",
       CASE WHEN a.aggfinalextra THEN 'yes' END AS "final extra arguments",
       nullif(a.aggcombinefn::oid, 0)::regprocedure::text AS "combine function",
       nullif(a.aggserialfn::oid, 0)::regprocedure::text AS "serial function",
       nullif(a.aggdeserialfn::oid, 0)::regprocedure::text AS "deserial function",
       nullif(a.aggmtransfn::oid, 0)::regprocedure::text AS "moving transition function",
       nullif(a.aggminvtransfn::oid, 0)::regprocedure::text AS "moving inverse function",
       nullif(a.aggmfinalfn::oid, 0)::regprocedure::text AS "moving final function",
       a.aggminitval AS "moving initial value", nullif(a.aggsortop, 0)::regoperator::text AS "sort operator",
       CASE p.proparallel WHEN 's' THEN 'safe' WHEN 'r' THEN 'restricted' END AS parallel,
       pg_get_userbyid(p.proowner) AS owner, {} AS privileges, obj_description(p.oid, 'pg_proc') AS comment
FROM pg_proc p JOIN ours n ON n.oid = p.pronamespace JOIN pg_aggregate a ON a.aggfnoid = p.oid
WHERE {})",
                                   privileges("p.proacl", "f", "p.proowner"), no_member("pg_proc", "p.oid"));
}

std::string operators() {
  return with_ours() + fmt::format(R"(
SELECT 'operator', format('%I.%s(%s, %s)', n.nspname, o.oprname,
                          CASE o.oprleft WHEN 0 THEN 'NONE' ELSE format_type(o.oprleft, NULL) END,
                          CASE o.oprright WHEN 0 THEN 'NONE' ELSE format_type(o.oprright, NULL) END),
       nullif(o.oprcode::oid, 0)::regprocedure::text AS function, format_type(o.oprresult, NULL) AS returns,
       nullif(o.oprcom, 0)::regoperator::text AS commutator, nullif(o.oprnegate, 0)::regoperator::text AS negator,
       nullif(o.oprrest::oid, 0)::regprocedure::text AS restrict, nullif(o.oprjoin::oid, 0)::regprocedure::text AS join,
       CASE WHEN o.oprcanhash THEN 'yes' END AS hashes, CASE WHEN o.oprcanmerge THEN 'yes' END AS merges,
       pg_get_userbyid(o.oprowner) AS owner, obj_description(o.oid, 'pg_operator') AS comment
FROM pg_operator o JOIN ours n ON n.oid = o.oprnamespace WHERE {})",
                                   no_member("pg_operator", "o.oid"));
}

std::string operator_classes() {
  return with_ours() + fmt::format(R"(
SELECT 'operator class', format('%I.%I(%I)', n.nspname, o.opcname, am.amname), format_type(o.opcintype, NULL) AS type,
       CASE WHEN o.opcdefault THEN 'yes' END AS "default class",
       (SELECT format('%I.%I', s.nspname, f.opfname) FROM pg_opfamily f JOIN pg_namespace s ON s.oid = f.opfnamespace
        WHERE f.oid = o.opcfamily) AS family,
       CASE WHEN o.opckeytype <> 0 THEN format_type(o.opckeytype, NULL) END AS storage,
       pg_get_userbyid(o.opcowner) AS owner, obj_description(o.oid, 'pg_opclass') AS comment
FROM pg_opclass o JOIN ours n ON n.oid = o.opcnamespace JOIN pg_am am ON am.oid = o.opcmethod WHERE {})",
                                   no_member("pg_opclass", "o.oid"));
}

std::string operator_families() {
  return with_ours() + fmt::format(R"(
SELECT 'operator family', format('%I.%I(%I)', n.nspname, o.opfname, am.amname),
       (SELECT string_agg(m.line, chr(10) ORDER BY m.line COLLATE "C") FROM (
          SELECT format('operator %s %s', a.amopstrategy, a.amopopr::regoperator) AS line
          FROM pg_amop a WHERE a.amopfamily = o.oid
          UNION ALL
          SELECT format('function %s (%s, %s) %s', f.amprocnum, format_type(f.amproclefttype, NULL),
                        format_type(f.amprocrighttype, NULL), f.amproc::oid::regprocedure)
          FROM pg_amproc f WHERE f.amprocfamily = o.oid) m) AS members,
       pg_get_userbyid(o.opfowner) AS owner, obj_description(o.oid, 'pg_opfamily') AS comment
FROM pg_opfamily o JOIN ours n ON n.oid = o.opfnamespace JOIN pg_am am ON am.oid = o.opfmethod WHERE {})",
                                   no_member("pg_opfamily", "o.oid"));
}

}  // namespace

std::vector<std::string> routine_queries(int server_major) {
  return {functions(server_major), aggregates(), operators(), operator_classes(), operator_families()};
}

}  // namespace dbmigrate::catalog_sql
