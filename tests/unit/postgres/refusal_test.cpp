// What libpq prints about a refused connection, read.
// SPDX-License-Identifier: Apache-2.0
#include "postgres/refusal.hpp"

#include "support/catch.hpp"

using namespace dbmigrate;

TEST_CASE("a server's refusal is its words without code and place in its source", "[postgres]") {
  const auto refusal = refusal_of(
      "connection to server on socket \"/tmp/.s.PGSQL.5432\" failed: FATAL:  53300: sorry, too many clients already\n"
      "LOCATION:  InitProcess, proc.c:365\n");
  CHECK(refusal.sqlstate == "53300");
  CHECK(refusal.text ==
        "connection to server on socket \"/tmp/.s.PGSQL.5432\" failed: FATAL:  sorry, too many clients already");
}

TEST_CASE("a refusal is read in other languages", "[postgres]") {
  const auto refusal = refusal_of(
      "Verbindung zum Server fehlgeschlagen: FATAL:  3D000: Datenbank \"x\" existiert nicht\nORT:  InitPostgres, "
      "postinit.c:885\n");
  CHECK(refusal.sqlstate == "3D000");
  CHECK(refusal.text == "Verbindung zum Server fehlgeschlagen: FATAL:  Datenbank \"x\" existiert nicht");
}

TEST_CASE("what no server said has no SQLSTATE", "[postgres]") {
  const auto refusal = refusal_of(
      "connection to server at \"db\" (10.0.0.1), port 5432 failed: Connection refused\n"
      "\tIs the server running on that host and accepting TCP/IP connections?\n");
  CHECK(refusal.sqlstate.empty());
  CHECK(refusal.text ==
        "connection to server at \"db\" (10.0.0.1), port 5432 failed: Connection refused. Is the server running on "
        "that host and accepting TCP/IP connections?");
  CHECK(refusal_of("").text.empty());
}

TEST_CASE("of several hosts the last server that said something gives the SQLSTATE", "[postgres]") {
  const auto refusal = refusal_of(
      "connection to server at \"a\" failed: FATAL:  57P03: the database system is starting up\nLOCATION:  f, "
      "postmaster.c:2\nconnection to server at \"b\" failed: Connection refused\n");
  CHECK(refusal.sqlstate == "57P03");
  CHECK(refusal.text ==
        "connection to server at \"a\" failed: FATAL:  the database system is starting up. connection to server at "
        "\"b\" failed: Connection refused");
}

TEST_CASE("a database that may not be entered is a missing privilege, everything else no connection", "[postgres]") {
  CHECK(refused_connection({.text = "x", .sqlstate = "42501"}).code() == ErrorCode::missing_privilege);
  for (const auto* sqlstate : {"", "53300", "57P03", "28P01", "3D000"}) {
    const auto error = refused_connection({.text = "x", .sqlstate = sqlstate});
    CHECK(error.code() == ErrorCode::cannot_connect);
    CHECK_FALSE(error.info().hint.empty());
  }
}

TEST_CASE("a refusal passes when the server is full, starts or stops", "[postgres]") {
  CHECK(refusal_passes(refused_connection({.text = "x", .sqlstate = "53300"}).info()));
  CHECK(refusal_passes(refused_connection({.text = "x", .sqlstate = "57P03"}).info()));
  CHECK_FALSE(refusal_passes(refused_connection({.text = "x", .sqlstate = "28P01"}).info()));
  CHECK_FALSE(refusal_passes(refused_connection({.text = "x", .sqlstate = ""}).info()));
}
