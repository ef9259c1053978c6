// What may stand in a batch, and which errors a single row may be to blame for.
// SPDX-License-Identifier: Apache-2.0
#include "backfill/batch_sql.hpp"

#include <string>
#include <utility>
#include <vector>

#include "support/catch.hpp"
#include "support/errors.hpp"

using namespace dbmigrate;

namespace {

Backfill backfill_of(std::string text) {
  Backfill backfill;
  backfill.name = "rows";
  backfill.table = "t";
  backfill.key = {"id"};
  backfill.sql = {.text = std::move(text), .file = "migrations/002.yaml", .first_line = 10, .indent = 8};
  return backfill;
}

}  // namespace

TEST_CASE("what would end or leave the batch's transaction is refused where it stands", "[backfill]") {
  const std::vector<std::pair<std::string, std::string>> refused{
      {"UPDATE t SET a = 1;\nCOMMIT", "COMMIT inside a backfill"},
      {"UPDATE t SET a = 1;\nROLLBACK", "ROLLBACK inside a backfill"},
      {"UPDATE t SET a = 1;\nVACUUM t", "VACUUM cannot run inside a transaction"},
      {"UPDATE t SET a = 1;\nCREATE INDEX CONCURRENTLY i ON t (a)",
       "CREATE INDEX CONCURRENTLY cannot run inside a transaction"},
      {"UPDATE t SET a = 1;\nCOPY t FROM stdin;\n1\n\\.\n", "COPY data inside a backfill"}};
  for (const auto& [text, message] : refused) {
    const auto error = error_of([&] { require_batch_sql(backfill_of(text)); });
    CHECK(error.message == message);
    CHECK(error.at->file == "migrations/002.yaml");
    CHECK(error.at->line == 11);
  }
  CHECK_NOTHROW(
      require_batch_sql(backfill_of("UPDATE t SET a = 1 FROM batch b WHERE b.id = t.id; SELECT f(id) FROM batch")));
}

TEST_CASE("a server's error is told at its line in the descriptor", "[backfill]") {
  const auto sql = backfill_of("UPDATE t SET a = 1;\nUPDATE t SET b = nothing").sql;
  ErrorInfo info{.code = ErrorCode::server_error, .message = "column \"nothing\" does not exist", .sqlstate = "42703"};

  SECTION("by the server's position") {
    const auto located = located_in(sql, ServerError(info, 38, 1, false));
    CHECK(located.info().at->line == 11);
    CHECK(located.info().at->column == 18 + 8);
    CHECK(located.info().statement == "UPDATE t SET b = nothing");
  }
  SECTION("by the statement alone, where there is no position") {
    const auto located = located_in(sql, ServerError(info, 0, 1, false));
    CHECK(located.info().at->line == 11);
    CHECK(located.info().at->column == 0);
  }
  SECTION("behind the author's statements there is no place to name") {
    CHECK_FALSE(located_in(sql, ServerError(info, 0, 2, false)).info().at.has_value());
  }
}

TEST_CASE("values, constraints, triggers and time are a row's fault; mistakes and trouble are not", "[backfill]") {
  for (const auto* state :
       {"23505", "23514", "23502", "22P02", "22003", "22012", "P0001", "57014", "21000", "XX000", "DBX01"}) {
    INFO(state);
    CHECK(is_row_error(state));
  }
  for (const auto* state : {"42703", "42P01", "42501", "53100", "53200", "08006", "57P01", "55P03", "40001", "40P01",
                            "25006", "0A000", "28000", "58030", "XX001", ""}) {
    INFO(state);
    CHECK_FALSE(is_row_error(state));
  }
}

TEST_CASE("what must stay the same while a backfill is half-way is all of what it walks and does", "[backfill]") {
  const auto before = backfill_of("UPDATE t SET a = 1");
  auto after = before;
  SECTION("not how fast it goes, and where it stands") {
    after.batch_time = Milliseconds{9'000};
    after.max_failures = 7;
    after.sql.first_line = 99;
    CHECK(backfill_text(after) == backfill_text(before));
  }
  SECTION("its condition") {
    after.where = "a IS NULL";
    CHECK(backfill_text(after) != backfill_text(before));
  }
  SECTION("what it skips") {
    after.skip = {{"a = 1", "done"}};
    CHECK(backfill_text(after) != backfill_text(before));
  }
  SECTION("its SQL") {
    after.sql.text += " ";
    CHECK(backfill_text(after) != backfill_text(before));
  }
}
