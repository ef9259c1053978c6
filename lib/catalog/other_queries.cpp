// What belongs to the database as a whole.
// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include "catalog/queries.hpp"

namespace dbmigrate::catalog_sql {
namespace {

/// OIDs below 16384 are those of the system itself.
constexpr std::string_view kFirstOfUsers = "16384";

std::string casts() {
  return with_ours() + fmt::format(R"(
SELECT 'cast', format('(%s AS %s)', format_type(c.castsource, NULL), format_type(c.casttarget, NULL)),
       CASE c.castmethod WHEN 'i' THEN 'inout' WHEN 'b' THEN 'binary' ELSE c.castfunc::regprocedure::text END AS method,
       CASE c.castcontext WHEN 'a' THEN 'assignment' WHEN 'i' THEN 'implicit' ELSE 'explicit' END AS context,
       obj_description(c.oid, 'pg_cast') AS comment
FROM pg_cast c WHERE c.oid >= {} AND {})",
                                   kFirstOfUsers, no_member("pg_cast", "c.oid"));
}

std::string publications(int major) {
  const auto* of_table =
      major >= 15
          ? "concat(r.prrelid::regclass, (SELECT ' (' || string_agg(quote_ident(a.attname), ', ' ORDER BY a.attnum)"
            " || ')' FROM pg_attribute a WHERE a.attrelid = r.prrelid AND a.attnum = ANY (r.prattrs::int2[])),"
            " ' WHERE ' || pg_get_expr(r.prqual, r.prrelid))"
          : "r.prrelid::regclass::text";
  const auto* schemas =
      major >= 15
          ? "(SELECT string_agg(quote_ident(s.nspname), ', ' ORDER BY s.nspname) FROM pg_publication_namespace q"
            " JOIN pg_namespace s ON s.oid = q.pnnspid WHERE q.pnpubid = p.oid)"
          : "NULL::text";
  return with_ours() + fmt::format(R"(
SELECT 'publication', quote_ident(p.pubname), CASE WHEN p.puballtables THEN 'yes' END AS "all tables",
       (SELECT string_agg(t.line, chr(10) ORDER BY t.line COLLATE "C")
        FROM (SELECT {} AS line FROM pg_publication_rel r WHERE r.prpubid = p.oid) t) AS tables,
       {} AS schemas,
       nullif(concat_ws(', ', CASE WHEN p.pubinsert THEN 'insert' END, CASE WHEN p.pubupdate THEN 'update' END,
                        CASE WHEN p.pubdelete THEN 'delete' END, CASE WHEN p.pubtruncate THEN 'truncate' END),
              'insert, update, delete, truncate') AS publishes,
       CASE WHEN p.pubviaroot THEN 'yes' END AS "via root", pg_get_userbyid(p.pubowner) AS owner,
       obj_description(p.oid, 'pg_publication') AS comment
FROM pg_publication p WHERE {})",
                                   of_table, schemas, no_member("pg_publication", "p.oid"));
}

std::string event_triggers() {
  return with_ours() + fmt::format(R"(
SELECT 'event trigger', quote_ident(e.evtname), e.evtevent::text AS event, e.evtfoid::regprocedure::text AS function,
       array_to_string(e.evttags, ', ') AS tags,
       CASE e.evtenabled WHEN 'D' THEN 'disabled' WHEN 'R' THEN 'on replicas only' WHEN 'A' THEN 'always' END AS enabled,
       pg_get_userbyid(e.evtowner) AS owner, obj_description(e.oid, 'pg_event_trigger') AS comment
FROM pg_event_trigger e WHERE {})",
                                   no_member("pg_event_trigger", "e.oid"));
}

std::string foreign_data_wrappers() {
  return with_ours() + fmt::format(R"(
SELECT 'foreign data wrapper', quote_ident(w.fdwname), nullif(w.fdwhandler, 0)::regprocedure::text AS handler,
       nullif(w.fdwvalidator, 0)::regprocedure::text AS validator, pg_get_userbyid(w.fdwowner) AS owner,
       {} AS privileges, obj_description(w.oid, 'pg_foreign_data_wrapper') AS comment
FROM pg_foreign_data_wrapper w WHERE {})",
                                   privileges("w.fdwacl", "F", "w.fdwowner"),
                                   no_member("pg_foreign_data_wrapper", "w.oid"));
}

/// Without its options: they hold addresses, and may hold secrets.
std::string foreign_servers() {
  return with_ours() + fmt::format(R"(
SELECT 'foreign server', quote_ident(s.srvname), quote_ident(w.fdwname) AS wrapper, s.srvtype AS type,
       s.srvversion AS version, pg_get_userbyid(s.srvowner) AS owner, {} AS privileges,
       obj_description(s.oid, 'pg_foreign_server') AS comment
FROM pg_foreign_server s JOIN pg_foreign_data_wrapper w ON w.oid = s.srvfdw WHERE {})",
                                   privileges("s.srvacl", "S", "s.srvowner"), no_member("pg_foreign_server", "s.oid"));
}

std::string default_privileges() {
  return with_ours() + R"(
SELECT 'default privileges', concat_ws(' ', 'of', quote_ident(pg_get_userbyid(d.defaclrole)), 'for',
         CASE d.defaclobjtype WHEN 'r' THEN 'tables' WHEN 'S' THEN 'sequences' WHEN 'f' THEN 'functions'
                              WHEN 'T' THEN 'types' WHEN 'n' THEN 'schemas' ELSE 'large objects' END,
         'in ' || quote_ident(n.nspname)),
       (SELECT string_agg(concat(g.privilege_type, CASE WHEN g.is_grantable THEN ' with grant option' END, ' to ',
                 CASE g.grantee WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(g.grantee)) END), chr(10)
               ORDER BY g.grantee::regrole::text COLLATE "C", g.privilege_type COLLATE "C")
        FROM aclexplode(d.defaclacl) g) AS grants
FROM pg_default_acl d LEFT JOIN ours n ON n.oid = d.defaclnamespace
WHERE d.defaclnamespace = 0 OR n.oid IS NOT NULL)";
}

}  // namespace

std::vector<std::string> other_queries(int server_major) {
  return {casts(),           publications(server_major), event_triggers(), foreign_data_wrappers(),
          foreign_servers(), default_privileges()};
}

}  // namespace dbmigrate::catalog_sql
