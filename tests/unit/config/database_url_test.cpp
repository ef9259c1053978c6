// Finding passwords in whatever names a database.
// SPDX-License-Identifier: Apache-2.0
#include "config/database_url.hpp"

#include "core/error.hpp"
#include "support/catch.hpp"

using namespace dbmigrate;

TEST_CASE("a url is shown without its password", "[config]") {
  CHECK(redacted("postgresql://u:secret@h:5433/d?sslmode=require") == "postgresql://u:***@h:5433/d?sslmode=require");
  CHECK(redacted("postgres://u@h/d") == "postgres://u@h/d");
  CHECK(redacted("postgresql://h:5432/d") == "postgresql://h:5432/d");
  CHECK(redacted("postgresql:///d?user=u&password=secret&host=h") == "postgresql:///d?user=u&password=***&host=h");
  CHECK(redacted("postgresql://u:postgres@h/postgres") == "postgresql://u:***@h/postgres");
  CHECK(redacted("postgresql://u:p@ss/w@h/d") == "postgresql://u:***@h/d");
  CHECK(redacted("host=h password=secret dbname=d") == "host=h password=*** dbname=d");
  CHECK(redacted("host=h password = 'se cr\\'et' dbname=d") == "host=h password = *** dbname=d");
  CHECK(redacted("sslpassword=k password='open") == "sslpassword=*** password=***");
  CHECK(redacted("embedded:") == "embedded:");
  CHECK(redacted("postgresql:///d?pass%77ord=secret&Password=other") == "postgresql:///d?pass%77ord=***&Password=***");
  CHECK(redacted("host=h PASSWORD=secret") == "host=h PASSWORD=***");
  CHECK(redacted("scram_client_key=secret oauth_client_secret=secret") == "scram_client_key=*** oauth_client_secret=***");
  CHECK(redacted("").empty());
}

TEST_CASE("a password that broke its url or conninfo string is hidden all the same", "[config]") {
  CHECK(redacted("postgresql://u:x?secret@h/d") == "postgresql://u:***@h/d");
  CHECK(redacted("postgresql://u:x#secret@h/d") == "postgresql://u:***@h/d");
  CHECK(redacted("postgresql://u:secret") == "postgresql://u:***");
  CHECK(redacted("postgresql://u:secret/d") == "postgresql://u:***/d");
  CHECK(redacted("password=two secret") == "password=*** ***");
  CHECK(redacted("password='two''secret' host=h") == "password=******");
  CHECK(redacted("host=h password='open secret") == "host=h password=***");
  SECTION("and what only looks like one is shown") {
    CHECK(redacted("postgresql://h1:5432,[::1]:5433/d?user=u@x") == "postgresql://h1:5432,[::1]:5433/d?user=u@x");
    CHECK(redacted("host=h nonsense") == "host=h nonsense");
  }
}

TEST_CASE("every form of a password is known", "[config]") {
  CHECK(passwords_in("postgresql://u:a%40b@h/d") == std::vector<std::string>{"a%40b", "a@b"});
  CHECK(passwords_in("postgresql://u:p@ss@h/d") == std::vector<std::string>{"p@ss", "p", "ss"});
  CHECK(passwords_in("password='it\\'s'") == std::vector<std::string>{"'it\\'s'", "it's"});
  CHECK(passwords_in("postgresql://u@h/d").empty());
  CHECK(passwords_in("postgresql://u:@h/d").empty());
}

TEST_CASE("what names no PostgreSQL database is refused without repeating it", "[config]") {
  for (const auto* good : {"postgresql://h/d", "postgres://", "embedded:", "dbname=d", "service=s"}) {
    INFO(good);
    CHECK_NOTHROW(check_database_url(good, "--url"));
  }
  for (const auto* bad : {"mysql://h/d", "postgresql+asyncpg://h/d", "jdbc:postgresql://h/d", "hunter2", ""}) {
    INFO(bad);
    try {
      check_database_url(bad, "DATABASE_URL");
      FAIL("accepted");
    } catch (const Error& error) {
      CHECK(error.code() == ErrorCode::invalid_config);
      CHECK(error.info().message == "DATABASE_URL does not name a PostgreSQL database");
      CHECK(error.info().detail.find("hunter2") == std::string::npos);
      CHECK_FALSE(error.info().hint.empty());
    }
  }
}
