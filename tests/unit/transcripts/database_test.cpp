// How the database of a story is named on a server.
// SPDX-License-Identifier: Apache-2.0
#include "transcripts/database.hpp"

#include <stdexcept>

#include "support/catch.hpp"

namespace dbmigrate {
namespace {

TEST_CASE("a server's URL takes another database and keeps the rest", "[transcripts]") {
  CHECK(with_database("postgresql://me@host:5433/postgres?sslmode=disable", "x") ==
        "postgresql://me@host:5433/x?sslmode=disable");
  CHECK(with_database("postgresql://postgres@/postgres?host=/tmp/s", "x") == "postgresql://postgres@/x?host=/tmp/s");
  CHECK(with_database("postgresql://host", "x") == "postgresql://host/x");
  CHECK(with_database("postgresql:///?host=/tmp/s", "x") == "postgresql:///x?host=/tmp/s");
  CHECK(with_database("host=/tmp/s dbname=postgres", "x") == "host=/tmp/s dbname=postgres dbname=x");
}

TEST_CASE("a server that is not there is an error with its reason", "[transcripts]") {
  CHECK_THROWS_AS(StoryDatabase("postgresql:///?host=/nowhere/at/all"), std::runtime_error);
}

}  // namespace
}  // namespace dbmigrate
