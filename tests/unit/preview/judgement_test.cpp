// How bad it is depends on the size of the table.
// SPDX-License-Identifier: Apache-2.0
#include "preview/judgement.hpp"

#include "support/catch.hpp"

namespace dbmigrate {
namespace {

StatementTrace rewriting(const std::string& table) {
  StatementTrace trace;
  trace.command = "ALTER TABLE";
  trace.locks = {{.relation = table, .table = table, .mode = TableLockMode::access_exclusive}};
  trace.rewritten = {table};
  trace.scanned = {table};
  return trace;
}

std::map<std::string, TableSize> sized(std::int64_t bytes) {
  return {{"public.t", {.table = "public.t", .rows = 10, .rows_are_exact = true, .bytes = bytes, .index_bytes = 0}}};
}

}  // namespace

TEST_CASE("a rewrite is told once, and as bad as its table is large", "[preview]") {
  const auto trace = rewriting("public.t");
  REQUIRE(work_findings(trace, sized(8192)).size() == 1);
  CHECK(work_findings(trace, sized(8192))[0].severity == Severity::info);
  CHECK(work_findings(trace, sized(kNoticedBytes))[0].severity == Severity::warning);
  CHECK(work_findings(trace, sized(kLongBytes))[0].severity == Severity::error);
  CHECK(work_findings(trace, sized(8192))[0].message ==
        "rewrites public.t (10 rows, 8.0 kB) under ACCESS EXCLUSIVE: reads and writes wait");
}

TEST_CASE("a scan that lets readers and writers go on is nothing to tell", "[preview]") {
  StatementTrace trace;
  trace.locks = {{.relation = "public.t", .table = "public.t", .mode = TableLockMode::share_update_exclusive}};
  trace.scanned = {"public.t"};
  CHECK(work_findings(trace, sized(kLongBytes)).empty());
  // Unless an earlier statement of the transaction holds more.
  trace.held = {{.relation = "public.t", .table = "public.t", .mode = TableLockMode::access_exclusive}};
  CHECK(work_findings(trace, sized(kLongBytes)).at(0).rule == "scan-under-lock");
}

TEST_CASE("nobody waits for work on a table without rows", "[preview]") {
  auto sizes = sized(8192);
  sizes.at("public.t").rows = 0;
  CHECK(work_findings(rewriting("public.t"), sizes).empty());
}

TEST_CASE("what the text says of a table is no worse than the table is large", "[preview]") {
  PreviewFinding finding{.rule = "index-not-concurrent", .severity = Severity::error};
  finding.relation = "public.t";
  CHECK(no_worse_than_size(finding, sized(8192)) == Severity::info);
  CHECK(no_worse_than_size(finding, sized(kNoticedBytes)) == Severity::warning);
  CHECK(no_worse_than_size(finding, sized(kLongBytes)) == Severity::error);
  CHECK(no_worse_than_size(finding, {}) == Severity::error);
  finding.severity = Severity::warning;
  CHECK(no_worse_than_size(finding, sized(kLongBytes)) == Severity::warning);
  CHECK(is_about_work("index-not-concurrent"));
  CHECK_FALSE(is_about_work("drop-column"));
  CHECK(says_the_same("index-build-under-lock", "index-not-concurrent"));
  CHECK_FALSE(says_the_same("scan-under-lock", "index-not-concurrent"));
}

TEST_CASE("a statement that reads rows may fail for want of them", "[preview]") {
  StatementTrace trace;
  trace.command = "INSERT";
  trace.error = TracedError{.sqlstate = "23503", .message = "no such parent"};
  CHECK(may_want_rows(trace));
  trace.command = "DO";
  trace.error->sqlstate = "P0001";
  CHECK(may_want_rows(trace));
  trace.error->sqlstate = "42P01";
  CHECK_FALSE(may_want_rows(trace));
  trace.command = "ALTER TABLE";
  trace.error->sqlstate = "23502";
  CHECK_FALSE(may_want_rows(trace));
}

TEST_CASE("a rewrite needs the table's size once more", "[preview]") {
  CHECK(disk_needed(rewriting("public.t"), sized(1000)) == 1000);
  CHECK(disk_needed(rewriting("public.other"), sized(1000)) == 0);
}

TEST_CASE("what a clone of revisions alone does not have is no failure of the plan", "[preview]") {
  const TracedError missing{.sqlstate = "42P01", .message = "relation \"legacy\" does not exist"};
  CHECK(may_be_the_clone(missing, CloneOrigin::replay));
  CHECK_FALSE(may_be_the_clone(missing, CloneOrigin::dump));
  CHECK(
      may_be_the_clone({.sqlstate = "0A000", .message = "extension \"postgis\" is not available"}, CloneOrigin::dump));
  CHECK_FALSE(may_be_the_clone({.sqlstate = "42701", .message = "column exists"}, CloneOrigin::replay));
}

}  // namespace dbmigrate
