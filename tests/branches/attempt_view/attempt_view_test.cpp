// The attempt view branch on the database that its project has.
// SPDX-License-Identifier: Apache-2.0
#include <chrono>
#include <thread>

#include "../host.hpp"
#include "support/catch.hpp"

using namespace dbmigrate;
using namespace dbmigrate::tests;

namespace {

/// exam_results as the host application made it, and nothing of ours.
void make_exam_results(Host& host) { host.run_file("migrations/attempt_view/20251021_1010_exam_results_table.up.sql"); }

/// What the project had before the view: all that the first four revisions describe.
void make_tables(Host& host) {
  make_exam_results(host);
  host.database.run(
      "CREATE INDEX ix_exam_results_result_json ON exam_results USING gin (result_json);"
      "CREATE TABLE features_topic_daily (user_id text, topic_id text, date date, attempts int NOT NULL DEFAULT 0,"
      " correct int NOT NULL DEFAULT 0, avg_time_ms int, theta_estimate numeric(6, 3), last_seen_at timestamptz,"
      " computed_at timestamptz NOT NULL DEFAULT now(), hints int NOT NULL DEFAULT 0, theta_sd numeric(6, 3),"
      " rt_median int, improvement numeric(6, 3),"
      " CONSTRAINT pk_features_topic_daily PRIMARY KEY (user_id, topic_id, date));"
      "CREATE INDEX ix_ftd_topic_date ON features_topic_daily (topic_id, date);"
      "CREATE INDEX ix_ftd_user_date ON features_topic_daily (user_id, date)");
}

constexpr const char* kAdopted =
    "20251021_1010_exam_results_table adopted\n20251023_1100_exam_results_gin_index adopted\n"
    "20251031_1600_minimal_schema_tables adopted\n20251031_2120_features_kpi_cols adopted";

std::string recorded(Host& host) {
  return host.database.ask("SELECT revision || ' ' || state FROM dbmigrate.version ORDER BY revision");
}

bool contains(const std::string& text, std::string_view part) { return text.find(part) != std::string::npos; }

}  // namespace

TEST_CASE("attempt view: an empty database goes up, down and up again", "[branches]") {
  Host host("attempt_view");
  const auto before = host.schema();
  REQUIRE(host.dbmigrate({"upgrade", "head"}) == ExitCode::done);
  const auto after = host.schema();
  CHECK(host.database.ask("SELECT relkind FROM pg_class WHERE oid = 'public.attempt'::regclass") == "v");
  REQUIRE(host.dbmigrate({"downgrade", "base"}) == ExitCode::done);
  CHECK(host.schema() == before);
  REQUIRE(host.dbmigrate({"upgrade", "head"}) == ExitCode::done);
  CHECK(host.schema() == after);
}

TEST_CASE("attempt view: the view gives what the guide's expressions give wherever those do not raise", "[branches]") {
  Host host("attempt_view");
  host.database.run("SET timezone = 'UTC'");
  make_exam_results(host);
  host.run_file("tests/branches/attempt_view/guide_expression.sql");
  host.run_file("tests/branches/attempt_view/generated_inputs.sql");
  REQUIRE(host.dbmigrate({"upgrade", "head"}) == ExitCode::done);
  host.run_file("tests/branches/attempt_view/differences.sql");

  CHECK(host.database.ask("SELECT session_id, column_name, guide, view FROM differences ORDER BY 1, 2 LIMIT 20") == "");
  // The comparison is worth something only where many of both kinds are among the inputs.
  CHECK(host.database.ask(
            "SELECT count(*) FILTER (WHERE (g).raised) > 10000, count(*) FILTER (WHERE NOT (g).raised) > 5000"
            " FROM (SELECT guide_response_time_ms(result_json -> 'questions' -> 0) AS g FROM exam_results"
            " WHERE session_id LIKE 'time%') AS time") == "t|t");
  CHECK(host.database.ask("SELECT count(*) FILTER (WHERE (g).raised) > 100, count(*) FILTER (WHERE NOT (g).raised) > 60"
                          " FROM (SELECT guide_student_id(user_id) AS g FROM exam_results"
                          " WHERE session_id LIKE 'user%') AS student") == "t|t");

  SECTION("predicates that are pushed below the numbering do not raise over bad rows") {
    CHECK(host.database.ask("SELECT count(*) > 0 FROM attempt WHERE item_id = 7") == "t");
    CHECK(host.database.ask(
              "SELECT count(*) > 0 FROM attempt WHERE item_id BETWEEN 2147483648 AND 9223372036854775807") == "t");
    CHECK(host.database.ask("SELECT count(*) > 0 FROM attempt"
                            " WHERE student_id = 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11'") == "t");
    CHECK(host.database.ask("SELECT count(*) FROM attempt WHERE student_id = md5('alice')::uuid AND item_id = 42") ==
          "0");
  }
  SECTION("attempts are numbered by time, exam and place, whatever is asked for") {
    CHECK(host.database.ask("SELECT count(*) FROM (SELECT attempt_no, row_number() OVER (PARTITION BY student_id, "
                            "item_id ORDER BY attempt_no)"
                            " AS expected FROM attempt) AS numbered WHERE attempt_no <> expected") == "0");
  }
}

TEST_CASE("attempt view: the guide's columns, in its types and order", "[branches]") {
  Host host("attempt_view");
  REQUIRE(host.dbmigrate({"upgrade", "head"}) == ExitCode::done);
  CHECK(host.database.ask("SELECT attname || ' ' || format_type(atttypid, atttypmod) FROM pg_attribute"
                          " WHERE attrelid = 'attempt'::regclass AND attnum > 0 ORDER BY attnum") ==
        "id bigint\nstudent_id uuid\nitem_id bigint\ncorrect boolean\nresponse_time_ms integer\nhint_used boolean\n"
        "completed_at timestamp with time zone\nstarted_at timestamp with time zone\nattempt_no integer\nsession_id "
        "text\n"
        "topic_id text");
}

TEST_CASE("attempt view: without exam_results the way out is printed and nothing is recorded as applied",
          "[branches]") {
  Host host("attempt_view");
  make_tables(host);
  REQUIRE(host.dbmigrate({"upgrade", "20251031_2120"}) == ExitCode::done);
  host.database.run("DROP TABLE exam_results");
  CHECK(host.dbmigrate({"upgrade", "head"}) == ExitCode::findings);
  CHECK(contains(host.output, "The table exam_results is missing"));
  CHECK(contains(host.output, "dbmigrate upgrade attempt_view@20251021_1010"));
  CHECK(recorded(host) == kAdopted);
  CHECK(host.database.ask("SELECT to_regclass('attempt') IS NULL, to_regclass('attempt_before_v1') IS NULL") == "t|t");
}

TEST_CASE("attempt view: the project's own tables are adopted with what they have besides, and stay", "[branches]") {
  Host host("attempt_view");
  make_tables(host);
  host.run_file("scripts/sample_data/attempt_view.sql", 60);
  host.database.run(
      "ALTER TABLE exam_results ADD COLUMN proctor text, ALTER COLUMN status DROP DEFAULT;"
      "ALTER TABLE features_topic_daily ADD COLUMN streak int;"
      "CREATE INDEX users_own ON exam_results (proctor); GRANT SELECT ON exam_results TO PUBLIC;"
      "COMMENT ON TABLE exam_results IS 'theirs'");
  const auto schema = host.schema();
  const auto rows = host.rows_of("exam_results");
  REQUIRE(host.dbmigrate_configured({"upgrade", "head"}) == ExitCode::done);
  CHECK(recorded(host) == std::string(kAdopted) + "\n20251101_0900_attempt_view_lock applied");
  REQUIRE(host.dbmigrate_configured({"validate-only", "attempt_view@head"}) == ExitCode::done);
  CHECK(
      contains(host.output, "rows of exam_results: " + host.database.ask("SELECT count(*) FROM exam_results") + "\n"));
  CHECK(contains(host.output, "rows of attempt: " + host.database.ask("SELECT count(*) FROM attempt") + "\n"));
  CHECK(contains(host.output, "keys of a sample question: "));
  CHECK(contains(
      host.output,
      "columns of attempt: id bigint, student_id uuid, item_id bigint, correct boolean, response_time_ms "
      "integer, hint_used boolean, completed_at timestamp with time zone, started_at timestamp with time zone, "
      "attempt_no integer, session_id text, topic_id text\n"));
  CHECK(host.dbmigrate_configured({"drift"}) == ExitCode::done);
  REQUIRE(host.dbmigrate_configured({"downgrade", "base"}) == ExitCode::done);
  CHECK(host.schema() == schema);
  CHECK(host.rows_of("exam_results") == rows);
  REQUIRE(host.dbmigrate_configured({"upgrade", "head"}) == ExitCode::done);
}

TEST_CASE("attempt view: the index on result_json is built while the application writes", "[branches]") {
  Host host("attempt_view");
  make_exam_results(host);
  host.run_file("scripts/sample_data/attempt_view.sql", 60);
  const auto writer = host.database.connect();
  writer->run("BEGIN; INSERT INTO exam_results (session_id, result_json) VALUES ('open', '{}')");
  const auto child = host.start({"upgrade", "20251023_1100"});
  const auto building = [&] {
    return host.database.ask(
               "SELECT count(*) FROM pg_stat_progress_create_index WHERE relid = 'exam_results'::regclass"
               " AND command = 'CREATE INDEX CONCURRENTLY'") == "1";
  };
  for (int i = 0; i < 6'000 && !building(); ++i) std::this_thread::sleep_for(std::chrono::milliseconds{10});
  CHECK(building());
  host.database.run("INSERT INTO exam_results (session_id, result_json) VALUES ('meanwhile', '{}')");
  writer->run("COMMIT");
  CHECK(child->wait() == 0);
  CHECK(recorded(host) == "20251021_1010_exam_results_table adopted\n20251023_1100_exam_results_gin_index applied");
  CHECK(host.database.ask(
            "SELECT indisvalid FROM pg_index WHERE indexrelid = 'ix_exam_results_result_json'::regclass") == "t");
}

TEST_CASE("attempt view: what is called attempt and is no view stays", "[branches]") {
  Host host("attempt_view");
  make_tables(host);
  host.database.run("CREATE TABLE attempt (id int); INSERT INTO attempt VALUES (1)");
  CHECK(host.dbmigrate({"upgrade", "head"}) == ExitCode::findings);
  CHECK(contains(host.output, "table attempt"));
  CHECK(host.database.ask("SELECT to_regclass('attempt_before_v1') IS NULL") == "t");
  CHECK(host.database.ask("SELECT count(*) FROM attempt") == "1");
}

TEST_CASE("attempt view: an older view comes back with owner, grants, options and comments", "[branches]") {
  Host host("attempt_view");
  make_tables(host);
  const std::string role = host.database.name() + "_";
  host.database.run("CREATE ROLE " + role + "owner; CREATE ROLE " + role + "reader; CREATE ROLE " + role + "guest");
  host.database.run("GRANT CREATE ON SCHEMA public TO " + role + "owner");
  host.database.run(
      "CREATE VIEW attempt WITH (security_barrier = true) AS SELECT session_id, user_id AS student_id FROM "
      "exam_results");
  host.database.run("ALTER VIEW attempt OWNER TO " + role + "owner");
  host.database.run("GRANT SELECT ON attempt TO " + role + "reader WITH GRANT OPTION");
  host.database.run("SET ROLE " + role + "reader; GRANT SELECT ON attempt TO " + role + "guest; RESET ROLE");
  host.database.run("GRANT UPDATE (session_id) ON attempt TO " + role + "guest");
  host.database.run("COMMENT ON VIEW attempt IS 'older'; COMMENT ON COLUMN attempt.student_id IS 'as text'");
  const auto before = host.schema();

  SECTION("what hangs on it is named before anything is dropped") {
    host.database.run("CREATE VIEW report AS SELECT student_id FROM attempt");
    const auto with_report = host.schema();
    CHECK(host.dbmigrate({"upgrade", "head"}) == ExitCode::findings);
    CHECK(contains(host.output, "view report"));
    CHECK(host.schema() == with_report);
  }
  SECTION("V1 has its owner and grants, and the downgrade puts it back") {
    REQUIRE(host.dbmigrate({"upgrade", "head"}) == ExitCode::done);
    CHECK(host.database.ask("SELECT pg_get_userbyid(relowner), has_table_privilege('" + role +
                            "guest', 'attempt', 'SELECT'),"
                            " obj_description('attempt'::regclass) FROM pg_class WHERE oid = 'attempt'::regclass") ==
          role + "owner|t|older");
    host.database.run("CREATE VIEW report AS SELECT student_id FROM attempt");
    CHECK(host.dbmigrate({"downgrade", "-1"}) == ExitCode::migration_failed);
    CHECK(contains(host.output, "view report"));
    host.database.run("DROP VIEW report");
    REQUIRE(host.dbmigrate({"downgrade", "-1"}) == ExitCode::done);
    CHECK(host.schema() == before);
  }
  host.database.run("DROP OWNED BY " + role + "owner, " + role + "reader, " + role + "guest CASCADE");
  host.database.run("DROP ROLE " + role + "owner, " + role + "reader, " + role + "guest");
}

TEST_CASE("attempt view: an older view with V1's columns is replaced under what hangs on it", "[branches]") {
  Host host("attempt_view");
  make_tables(host);
  host.run_file("migrations/attempt_view/attempt_v1.sql");
  host.database.run("CREATE VIEW report AS SELECT student_id FROM attempt");
  REQUIRE(host.dbmigrate({"upgrade", "head"}) == ExitCode::done);
  REQUIRE(host.dbmigrate({"downgrade", "-1"}) == ExitCode::done);
  CHECK(host.database.ask("SELECT count(*) FROM report") == "0");
}
