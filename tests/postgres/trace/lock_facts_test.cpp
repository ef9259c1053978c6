// The tracer against every statement form that was measured.
// SPDX-License-Identifier: Apache-2.0
#include "lock_facts.hpp"

#include <algorithm>
#include <array>
#include <string>
#include <string_view>

#include "support/catch.hpp"
#include "support/traced.hpp"
#include "trace/trace_pass.hpp"

namespace dbmigrate {
namespace {

using tests::LockFact;

const std::string kFacts = std::string(DBMIGRATE_TEST_DATA) + "/lock_facts.csv";
const std::string kSchema = std::string(DBMIGRATE_TEST_DATA) + "/lock_facts_schema.sql";

StatementTrace traced(const LockFact& fact, const std::string& url) {
  TraceOptions options{.version_schema = "dbmigrate", .settings = {{"TimeZone", "UTC"}, {"search_path", "m"}}};
  {
    auto setup = connect({.conninfo = url, .application_name = "test"});
    setup->run("SET search_path = m");
    for (const auto& statement : fact.after) {
      if (statement.starts_with("!SET timezone=")) {
        options.settings.front().second = statement.substr(15, statement.size() - 16);
      } else {
        setup->run(statement);
      }
    }
  }
  TracePass pass(url, Commits::after_each_statement, options);
  const tests::OneStatement one(fact.statement);
  return pass.run(one.prepared()).front();
}

/// Where a trace rightly says something else than the file, on which versions, and why.
struct Known {
  std::string_view id;
  int from;  ///< major versions
  int to;
  std::string_view column;  ///< empty = all of the line
  std::string_view reason;
};
constexpr std::array kKnown{
    Known{"alter_index_attach", 13, 99, "indexes",
          "the file names what is invalid at the end; that index was so before, and a trace tells changes"},
    Known{"reindex_schema", 13, 99, "other_locks", "sampled from outside: both are lower bounds"},
    Known{"vacuum", 13, 99, "other_locks", "sampled from outside: the locks on indexes last for a moment"},
    Known{"detach", 13, 13, "", "before 14 the partition is locked less strongly than its parent"},
    Known{"add_fk_partitioned_nv", 18, 99, "", "allowed since 18"},
    Known{"grant", 18, 99, "", "18 opens the table whose privileges change"},
};

bool is_known(const LockFact& fact, std::string_view column, int major) {
  // Which indexes are opened for reading beside the table differs between the major versions.
  if (column == "other_locks" && major != 15) return true;
  return std::any_of(kKnown.begin(), kKnown.end(), [&](const Known& one) {
    return one.id == fact.id && major >= one.from && major <= one.to && (one.column.empty() || one.column == column);
  });
}

/// `PG>=14` in the notes: the statement is not in older grammars.
bool exists_in(const LockFact& fact, int major) {
  const auto at = fact.notes.find("PG>=");
  return at == std::string::npos || std::stoi(fact.notes.substr(at + 4)) <= major;
}

void compare(const LockFact& fact, const LockFact& seen, int major) {
  const auto same = [&](std::string_view column, const std::string& now, const std::string& measured) {
    INFO(column);
    if (!is_known(fact, column, major)) CHECK(now == measured);
  };
  same("strongest_lock", seen.strongest_lock, fact.strongest_lock);
  if (fact.strongest_lock.starts_with("ERROR")) return;
  same("on_relation", seen.on_relation, fact.on_relation);
  same("rewrite", seen.rewrite, fact.rewrite);
  same("rewritten", seen.rewritten, fact.rewritten);
  same("scan", seen.scan, fact.scan);
  same("scanned", seen.scanned, fact.scanned);
  same("index_build", seen.index_build, fact.index_build);
  same("transactional", seen.transactional, fact.transactional);
  same("table_lock", seen.table_lock, fact.table_lock);
  same("indexes", seen.indexes, fact.indexes);
  same("other_locks", seen.other_locks, fact.other_locks);
}

}  // namespace

TEST_CASE("the tracer sees what was measured of every statement form", "[trace]") {
  tests::LockFactServer server(kSchema);
  const auto facts = tests::read_lock_facts(kFacts);
  CHECK(facts.size() == 210);
  for (const auto& fact : facts) {
    INFO(fact.id << ": " << fact.statement);
    if (!exists_in(fact, server.major())) continue;
    compare(fact, tests::fact_of(traced(fact, server.create_database())), server.major());
    server.drop_databases();
  }
}

}  // namespace dbmigrate
