// Questions to a real server.
// SPDX-License-Identifier: Apache-2.0
#include "postgres/session.hpp"

#include <chrono>
#include <thread>

#include "support/catch.hpp"
#include "support/errors.hpp"
#include "support/test_database.hpp"

using namespace dbmigrate;
using namespace dbmigrate::tests;

TEST_CASE("parameters of a question are values, whatever they hold", "[session]") {
  TestDatabase database;
  auto session = database.connect();
  const std::string hostile = "it's \\ $1 $2 \"; DROP TABLE x; --\n";
  const auto result =
      session->query("SELECT $1 || '/', $2::int + 1, $3 IS NULL, '$', $1 = $1", {hostile, "41", Value{}});
  CHECK(result.text(0, 0) == hostile + "/");
  CHECK(result.text(0, 1) == "42");
  CHECK(result.text(0, 2) == "t");
  CHECK(result.text(0, 3) == "$");
  CHECK(result.text(0, 4) == "t");
}

TEST_CASE("a question is one statement", "[session]") {
  TestDatabase database;
  auto session = database.connect();
  CHECK(error_of([&] { session->query("SELECT 1; CREATE TABLE a (id int)"); }).sqlstate == "42601");
  CHECK(database.ask("SELECT to_regclass('a')") == "NULL");
  CHECK(session->query("SELECT ';' -- ;\n;").text(0, 0) == ";");
}

TEST_CASE("errors of questions keep their SQLSTATE", "[session]") {
  TestDatabase database;
  auto session = database.connect();
  CHECK(error_of([&] { session->query("SELECT nothing"); }).sqlstate == "42703");
  CHECK(session->status() == TransactionStatus::idle);
}

TEST_CASE("of very many rows that a script selects only the first are kept", "[session]") {
  TestDatabase database;
  auto session = database.connect();
  const auto results = session->run("SELECT repeat('x', 1000000) FROM generate_series(1, 200); SELECT 1");
  REQUIRE(results.size() == 2);
  CHECK(results[0].rows.size() > 50);
  CHECK(results[0].rows.size() < 70);
  CHECK(results[0].tag == "SELECT 200");
  CHECK(session->query("SELECT 42").text(0, 0) == "42");
}

TEST_CASE("a value that is not there, or no number, is an error and no accident", "[session]") {
  TestDatabase database;
  auto session = database.connect();
  const auto result = session->query("SELECT 'word', '99999999999999999999', NULL, ' 7', '-7'");
  CHECK(result.number(0, 4) == -7);
  for (const std::size_t column : {0U, 1U, 2U, 3U, 5U}) {
    CHECK(error_of([&] { static_cast<void>(result.number(0, column)); }).code == ErrorCode::server_unsupported);
  }
  CHECK(error_of([&] { static_cast<void>(result.text(1, 0)); }).code == ErrorCode::server_unsupported);
  CHECK(error_of([&] { session->query(""); }).code == ErrorCode::server_unsupported);
}

TEST_CASE("what libpq cannot read as an address is told without a word of it", "[session]") {
  for (const std::string address : {"postgresql://u:secret%zz@h/d", "password=two secret", "host=h password='secret",
                                    "postgresql://u:secret@[::1/d", "password=x secret=1"}) {
    INFO(address);
    const auto info = error_of([&] { connect({.conninfo = address, .application_name = "test"}); });
    CHECK(info.code == ErrorCode::invalid_config);
    CHECK(info.detail.find("secret") == std::string::npos);
  }
  const auto info =
      error_of([] { connect({.conninfo = "host=127.0.0.1 port=1 connect_timeout=soon", .application_name = "test"}); });
  CHECK(info.code == ErrorCode::invalid_config);
}

TEST_CASE("a statement may be silent for as long as the server is at work", "[session]") {
  TestDatabase database;
  auto session = database.connect();
  int asked = 0;
  session->on_silence(Milliseconds{50}, [&] { return ++asked > 0; });
  CHECK(session->run("SELECT 1 FROM pg_sleep(0.4)").back().text(0, 0) == "1");
  CHECK(asked > 1);
  CHECK(session->status() == TransactionStatus::idle);
}

TEST_CASE("a connection that is silent although the server has nothing to do is lost", "[session]") {
  TestDatabase database;
  auto session = database.connect();
  session->on_silence(Milliseconds{50}, [] { return false; });
  const auto error = error_of([&] { session->run("SELECT pg_sleep(30)"); });
  CHECK(error.code == ErrorCode::cannot_connect);
  CHECK(error.message == "the connection to the server was lost");
  CHECK(session->status() == TransactionStatus::lost);
}

TEST_CASE("an answer that came while its absence was looked into counts", "[session]") {
  TestDatabase database;
  auto session = database.connect();
  session->on_silence(Milliseconds{50}, [] {
    std::this_thread::sleep_for(std::chrono::milliseconds(600));
    return false;
  });
  CHECK(session->run("SELECT 1 FROM pg_sleep(0.2)").back().text(0, 0) == "1");
}
