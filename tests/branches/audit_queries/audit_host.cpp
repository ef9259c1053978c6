// Tables of 005 and 006 as the host application made them, with sample rows.
// SPDX-License-Identifier: Apache-2.0
#include "audit_host.hpp"

#include <fmt/format.h>

namespace dbmigrate::tests {

bool contains(const std::string& text, std::string_view part) { return text.find(part) != std::string::npos; }

AuditHost::AuditHost(int rows) : Host("audit_queries") {
  run_file("migrations/audit_queries/005_ai_visibility_schema.up.sql");
  run_file("migrations/audit_queries/006_ai_visibility_audit_system.up.sql");
  run_file("scripts/sample_data/audit_queries.sql", rows);
  database.run(
      "CREATE TABLE tags (id int PRIMARY KEY, query uuid REFERENCES ai_queries (id),"
      " name varchar(255) REFERENCES ai_queries (query_id) ON DELETE CASCADE);"
      "INSERT INTO tags SELECT row_number() OVER (ORDER BY query_id), id, query_id FROM ai_queries"
      " ORDER BY query_id LIMIT 10;"
      "COMMENT ON TABLE ai_queries IS 'what the engine asked'");
}

void AuditHost::add_users_own() {
  database.run(
      "ALTER TABLE ai_queries ADD COLUMN asked_by text DEFAULT 'engine', ADD COLUMN words int GENERATED ALWAYS AS"
      " (length(query_text)) STORED;"
      "ALTER TABLE audit_queries ADD COLUMN reviewed boolean NOT NULL DEFAULT false;"
      "ALTER TABLE audit_responses ADD COLUMN seen_at timestamptz;"
      "CREATE INDEX users_own ON audit_queries (reviewed, created_at);"
      "CREATE INDEX users_text ON ai_queries (md5(query_text));"
      "CREATE TABLE log (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, at timestamptz DEFAULT now());"
      "CREATE FUNCTION users_log() RETURNS trigger LANGUAGE plpgsql AS"
      " 'BEGIN INSERT INTO public.log DEFAULT VALUES; RETURN NULL; END';"
      "CREATE TRIGGER users_log AFTER DELETE ON ai_responses FOR EACH ROW EXECUTE FUNCTION users_log();"
      "CREATE VIEW users_view AS SELECT query_text, count(*) FROM ai_queries GROUP BY query_text;"
      "GRANT SELECT ON ai_queries, audit_queries TO PUBLIC; GRANT INSERT (query_text) ON audit_queries TO PUBLIC;"
      "COMMENT ON COLUMN ai_queries.intent IS 'why'; COMMENT ON TABLE audit_queries IS 'what is shown'");
}

void AuditHost::generate_hash() {
  database.run(
      "ALTER TABLE audit_queries DROP COLUMN query_hash,"
      " ADD COLUMN query_hash varchar(64) GENERATED ALWAYS AS (md5(query_text)) STORED");
}

std::string AuditHost::all_rows() {
  std::string text;
  for (const auto* table : {"companies", "ai_visibility_reports", "ai_queries", "ai_responses", "ai_visibility_audits",
                            "audit_queries", "audit_responses", "dashboard_data", "tags"}) {
    text += fmt::format("{} {}\n", table, rows_of(table));
  }
  return text;
}

std::string AuditHost::recorded() {
  if (database.ask("SELECT to_regclass('dbmigrate.version') IS NULL") == "t") return "";
  return database.ask("SELECT revision || ' ' || state FROM dbmigrate.version ORDER BY revision");
}

}  // namespace dbmigrate::tests
