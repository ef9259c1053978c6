// Conditions and queries that stand inside statements of ours.
// SPDX-License-Identifier: Apache-2.0
#include "descriptor/embedded_sql.hpp"

#include <string>
#include <utility>
#include <vector>

#include "core/json.hpp"
#include "support/catch.hpp"
#include "support/errors.hpp"

using namespace dbmigrate;

namespace {

/// `text` as the value of a key `where` in a file.
template <class Read>
auto read_as(const std::string& text, Read read) {
  const auto document = yaml::parse("where: " + Json(text).dump() + "\n", "x.yaml", ErrorCode::invalid_descriptor);
  const auto value = yaml::Value(document, "it").mapping("it", {"where"}).required("where");
  return read(value);
}

std::string condition(const std::string& text) { return read_as(text, read_condition); }

std::string query(const std::string& text) {
  return read_as(text, [&](const yaml::Value& value) { return one_query(value, text); });
}

}  // namespace

TEST_CASE("a condition is one expression, whatever is quoted in it", "[descriptor]") {
  for (const std::string good :
       {"a IS NULL", "(a OR b) AND c", "a = ';'", "a = ')' AND \"(\" > 1", "a = $$;)$$", "a IN (1, (2))",
        "a -- and ) so ; on", "a /* ; ) /* nested */ */ > 1", "a = E'it\\'s)'", "a[1] = 2"}) {
    INFO(good);
    CHECK(condition(good) == good);
  }
}

TEST_CASE("a condition that could end the statement around it is refused", "[descriptor]") {
  for (const auto& [bad, why] :
       std::vector<std::pair<std::string, std::string>>{{"true; DROP TABLE t", "semicolon"},
                                                        {"true) OR (true", "parenthesis that it did not open"},
                                                        {"(true", "is not closed"},
                                                        {"a = 'open", "is not closed"},
                                                        {"a = \"open", "is not closed"},
                                                        {"a = $$open", "is not closed"},
                                                        {"true /* open", "is not closed"},
                                                        {"true \\gexec", "command of psql"},
                                                        {"-- nothing", "nothing in it"}}) {
    INFO(bad);
    const auto info = error_of([&bad = bad] { condition(bad); });
    CHECK(info.code == ErrorCode::invalid_descriptor);
    CHECK(info.message.starts_with("where is no condition: "));
    CHECK(info.message.find(why) != std::string::npos);
    CHECK(info.at.has_value());
  }
}

TEST_CASE("a query is one statement that leaves its transaction alone", "[descriptor]") {
  CHECK(query("SELECT 1") == "SELECT 1");
  CHECK(query("SELECT 1;") == "SELECT 1");
  CHECK(query("-- why\nSELECT ';' ; -- so") == "-- why\nSELECT ';'");
  CHECK(query("WITH a AS (SELECT 1) TABLE a") == "WITH a AS (SELECT 1) TABLE a");
  for (const auto& [bad, why] : std::vector<std::pair<std::string, std::string>>{
           {"SELECT 1; COMMIT", "several statements"},
           {"SELECT 1) x; DROP TABLE t; SELECT (1", "parenthesis"},
           {"SELECT 1) FROM (SELECT 2)", "parenthesis that it did not open"},
           {"COMMIT", "COMMIT would end the transaction"},
           {"ROLLBACK", "ROLLBACK would end the transaction"},
           {"PREPARE TRANSACTION 'x'", "would end the transaction"},
           {"COPY t FROM STDIN;\n1\n\\.\n", "COPY with its rows"},
           {";", "no statement"}}) {
    INFO(bad);
    const auto info = error_of([&bad = bad] { query(bad); });
    CHECK(info.code == ErrorCode::invalid_descriptor);
    CHECK(info.message.find(why) != std::string::npos);
  }
}

TEST_CASE("a name that PostgreSQL would cut is refused, part by part", "[descriptor]") {
  const std::string kept(63, 'k');
  for (const auto& good : std::vector<std::string>{kept, kept + "." + kept, "\"" + kept + "\"", "\"a.b\".c"}) {
    CHECK(read_as(good, read_object_name) == good);
  }
  for (const auto& bad : std::vector<std::string>{kept + "k", "public." + kept + "k", "\"" + kept + ".\""}) {
    INFO(bad);
    CHECK(error_of([&] { read_as(bad, read_object_name); }).message == "where is longer than PostgreSQL keeps names");
  }
}
