// The attempt view branch on the database that its project has.
// SPDX-License-Identifier: Apache-2.0
#include "../host.hpp"
#include "support/catch.hpp"

using namespace dbmigrate;
using namespace dbmigrate::tests;

namespace {

/// exam_results as the host application made it, and nothing of ours.
void make_exam_results(Host& host) { host.run_file("migrations/attempt_view/20251021_1010_exam_results_table.up.sql"); }

bool contains(const std::string& text, std::string_view part) { return text.find(part) != std::string::npos; }

/// Takes the host's own tables as the first three revisions, then goes up.
ExitCode upgrade_existing(Host& host) {
  host.run_steps("20251023_1100_exam_results_gin_index", Direction::upgrade);
  host.run_steps("20251031_1600_minimal_schema_tables", Direction::upgrade);
  host.run_steps("20251031_2120_features_kpi_cols", Direction::upgrade);
  REQUIRE(host.dbmigrate({"stamp", "20251031_2120"}) == ExitCode::done);
  return host.dbmigrate({"upgrade", "head"});
}

}  // namespace

TEST_CASE("attempt view: an empty database goes up, down and up again", "[branches]") {
  Host host("attempt_view");
  const auto before = host.schema();
  REQUIRE(host.dbmigrate({"upgrade", "head"}) == ExitCode::done);
  const auto after = host.schema();
  CHECK(contains(after, "CREATE VIEW public.attempt AS"));
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
  host.run_steps("20251101_0900_attempt_view_lock", Direction::upgrade);
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
  REQUIRE(host.dbmigrate({"stamp", "20251031_2120"}) == ExitCode::done);
  CHECK(host.dbmigrate({"upgrade", "head"}) == ExitCode::findings);
  CHECK(contains(host.output, "The table exam_results is missing"));
  CHECK(host.database.ask("SELECT count(*) FROM dbmigrate.version WHERE revision LIKE '20251101%'") == "0");
}

TEST_CASE("attempt view: what is called attempt and is no view stays", "[branches]") {
  Host host("attempt_view");
  make_exam_results(host);
  host.database.run("CREATE TABLE attempt (id int); INSERT INTO attempt VALUES (1)");
  CHECK(upgrade_existing(host) == ExitCode::findings);
  CHECK(contains(host.output, "table attempt"));
  CHECK(host.database.ask("SELECT count(*) FROM attempt") == "1");
}

TEST_CASE("attempt view: an older view comes back with owner, grants, options and comments", "[branches]") {
  Host host("attempt_view");
  make_exam_results(host);
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
  host.run_steps("20251023_1100_exam_results_gin_index", Direction::upgrade);
  host.run_steps("20251031_1600_minimal_schema_tables", Direction::upgrade);
  host.run_steps("20251031_2120_features_kpi_cols", Direction::upgrade);
  const auto before = host.schema();
  REQUIRE(host.dbmigrate({"stamp", "20251031_2120"}) == ExitCode::done);

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
  make_exam_results(host);
  host.run_file("migrations/attempt_view/attempt_v1.sql");
  host.database.run("CREATE VIEW report AS SELECT student_id FROM attempt");
  REQUIRE(upgrade_existing(host) == ExitCode::done);
  REQUIRE(host.dbmigrate({"downgrade", "-1"}) == ExitCode::done);
  CHECK(host.database.ask("SELECT count(*) FROM report") == "0");
}
