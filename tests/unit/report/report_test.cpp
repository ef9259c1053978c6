// One outcome in three formats.
// SPDX-License-Identifier: Apache-2.0
#include "report/report.hpp"

#include "core/json.hpp"
#include "core/log.hpp"
#include "report/error_report.hpp"
#include "support/catch.hpp"
#include "support/fake_console.hpp"

using namespace dbmigrate;

namespace {
const ErrorInfo kServerError{.code = ErrorCode::migration_failed,
                             .message = "column \"emial\" does not exist",
                             .hint = "Perhaps you meant to reference the column \"users.email\".",
                             .sqlstate = "42703",
                             .at = Location{.file = "migrations/0002_names.up.sql", .line = 1, .column = 33}};
}  // namespace

TEST_CASE("an error is told as PostgreSQL tells its own", "[report]") {
  const Paint plain(Paint::Colour::off);
  CHECK(error_text(kServerError, plain) ==
        "error: column \"emial\" does not exist\n"
        "detail: migrations/0002_names.up.sql:1:33, SQLSTATE 42703.\n"
        "hint: Perhaps you meant to reference the column \"users.email\".\n");
  CHECK(error_text({.message = "no such thing"}, plain) == "error: no such thing\n");
  CHECK(error_text({.message = "two", .detail = "One.\nTwo.", .at = Location{.file = "a.yaml"}}, plain) ==
        "error: two\ndetail: a.yaml. One.\n  Two.\n");
}

TEST_CASE("in JSON everything is one document", "[report]") {
  FakeConsole console;
  Report report(console, {.format = Format::json});
  report.set_command("upgrade");
  report.line("not said");
  report.event("applied", {{"revision", "001"}});
  report.result()["revisions"] = Json::array({"001"});

  SECTION("when it worked") {
    report.finish(ExitCode::done, nullptr);
    const Json expected = {{"dbmigrate", 1},
                           {"command", "upgrade"},
                           {"ok", true},
                           {"target", nullptr},
                           {"result", {{"revisions", Json::array({"001"})}}},
                           {"error", nullptr}};
    CHECK(Json::parse(console.output) == expected);
  }
  SECTION("when it did not") {
    report.finish(ExitCode::migration_failed, &kServerError);
    const Json document = Json::parse(console.output);
    CHECK(document["ok"] == false);
    const Json expected = {{"code", "migration_failed"},
                           {"message", "column \"emial\" does not exist"},
                           {"detail", nullptr},
                           {"hint", "Perhaps you meant to reference the column \"users.email\"."},
                           {"sqlstate", "42703"},
                           {"file", "migrations/0002_names.up.sql"},
                           {"line", 1},
                           {"column", 33}};
    CHECK(document["error"] == expected);
    CHECK(console.errors.empty());
  }
}

TEST_CASE("ndjson streams events and ends with the document", "[report]") {
  FakeConsole console;
  Report report(console, {.format = Format::ndjson});
  report.event("applied", {{"revision", "001"}});
  report.finish(ExitCode::done, nullptr);
  const auto end = console.output.find('\n');
  const Json event = {{"event", "applied"}, {"revision", "001"}};
  CHECK(Json::parse(console.output.substr(0, end)) == event);
  const auto last = console.output.substr(end + 1);
  CHECK(last.find('\n') == last.size() - 1);
  CHECK(Json::parse(last)["dbmigrate"] == 1);
}

TEST_CASE("quiet leaves results, warnings and errors", "[report]") {
  FakeConsole console;
  Report report(console, {.verbosity = Verbosity::quiet});
  report.note("target: x");
  report.detail("more");
  report.warning("careful");
  report.line("result");
  CHECK(console.output == "result\n");
  CHECK(console.errors == "warning: careful\n");
}

TEST_CASE("no secret leaves, and none damages a document", "[report]") {
  log::add_secret("s\"ecret");
  log::add_secret("ok");
  FakeConsole console;
  SECTION("text") {
    Report report(console, {});
    report.line("password s\"ecret");
    CHECK(console.output == "password ***\n");
  }
  SECTION("json") {
    Report report(console, {.format = Format::json});
    report.result()["note"] = "password s\"ecret";
    report.finish(ExitCode::done, nullptr);
    const Json document = Json::parse(console.output);
    CHECK(document["ok"] == true);
    CHECK(document["result"]["note"] == "password ***");
  }
  SECTION("bytes that are not UTF-8 are replaced") {
    Report report(console, {.format = Format::json});
    report.result()["note"] = "a\xff";
    report.finish(ExitCode::done, nullptr);
    CHECK(Json::parse(console.output)["result"]["note"] == "a\xef\xbf\xbd");
  }
}
