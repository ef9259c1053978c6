// What a large catalog costs: questions and comparisons.
// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <ctime>
#include <string>
#include <vector>

#include "catalog/difference.hpp"
#include "catalog/expected_catalog.hpp"
#include "support/catch.hpp"
#include "support/test_database.hpp"

namespace dbmigrate::tests {
namespace {

/// Counts what goes over another session.
class CountingSession : public Session {
 public:
  explicit CountingSession(Session& session) : session_(session) {}

  std::vector<Result> run(std::string_view sql, std::string_view copy_data) override {
    ++messages;
    return session_.run(sql, copy_data);
  }
  Result query(std::string_view sql, const std::vector<Value>& parameters) override {
    ++messages;
    return session_.query(sql, parameters);
  }
  void parse(std::string_view statement) override { session_.parse(statement); }
  [[nodiscard]] TransactionStatus status() const override { return session_.status(); }
  [[nodiscard]] const ServerFacts& server() const override { return session_.server(); }
  void on_notice(std::function<void(const Notice&)> receiver) override { session_.on_notice(std::move(receiver)); }

  int messages = 0;

 private:
  Session& session_;
};

/// In transactions of a few hundred, so that the server's lock table is enough.
void make_tables(TestDatabase& database, int from, int to) {
  for (int first = from; first < to; first += 250) {
    database.run(
        fmt::format("DO $$BEGIN FOR i IN {}..{} LOOP EXECUTE format('CREATE TABLE t%s (id integer PRIMARY KEY,"
                    " name text DEFAULT ''x'', CHECK (id > 0)); CREATE INDEX ON t%s (name)', i, i);"
                    " END LOOP; END$$",
                    first, std::min(first + 250, to) - 1));
  }
}

double processor_seconds() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) / 1e9;
}

/// The fewest of several tries: what else the machine does only adds.
template <class Work>
double seconds_of(const Work& work) {
  double least = 1e9;
  for (int i = 0; i < 5; ++i) {
    const double start = processor_seconds();
    work();
    least = std::min(least, processor_seconds() - start);
  }
  return least;
}

Objects tables_with_columns(int tables, const std::string& type) {
  Objects objects;
  for (int i = 0; i < tables; ++i) {
    objects[{ObjectKind::table, fmt::format("public.t{:06}", i)}] = {{"owner", "somebody"}};
    for (int c = 0; c < 5; ++c) {
      objects[{ObjectKind::column, fmt::format("public.t{:06}.c{}", i, c)}] = {{"type", type},
                                                                               {"position", std::to_string(c + 1)}};
    }
  }
  return objects;
}

}  // namespace

TEST_CASE("a catalog of 5,000 tables is read with as many questions as one of 10", "[catalog]") {
  TestDatabase database;
  const auto session = database.connect();
  CountingSession counting(*session);
  make_tables(database, 0, 10);
  CHECK(read_snapshot(counting, "dbmigrate").objects.size() > 10U * 5U);
  const int few = counting.messages;
  make_tables(database, 10, 5'000);
  counting.messages = 0;
  const auto large = read_snapshot(counting, "dbmigrate");
  // A table, two columns, a key, a CHECK and an index each, and the schema.
  CHECK(large.objects.size() >= 5'000U * 6U);
  CHECK(counting.messages == few);
}

TEST_CASE("ten times the catalog takes about ten times the comparing", "[catalog]") {
  const auto cost = [](int tables) {
    const auto before = tables_with_columns(tables, "integer");
    const auto after = tables_with_columns(tables, "bigint");
    return seconds_of([&] { CHECK(compare(before, after).size() == static_cast<std::size_t>(tables) * 5U); });
  };
  // A comparison of each with each would take a hundred times as long.
  CHECK(cost(10'000) < 40 * cost(1'000));
}

TEST_CASE("so does holding it against what is expected, strangers included", "[catalog]") {
  const auto cost = [](int tables) {
    CatalogFile file;
    file.id = {"main", "001"};
    file.server_major = 15;
    for (auto [key, properties] : tables_with_columns(tables, "integer")) {
      properties.erase("position");  // which files do not have
      if (key.kind == ObjectKind::table || !key.identity.ends_with(".c4")) file.adds.push_back({key, properties});
    }
    ExpectedCatalog expected;
    expected.add(file, Origin::ran);
    const Snapshot live{.server_major = 15, .objects = tables_with_columns(tables, "integer")};
    return seconds_of([&] { CHECK(compare(expected, live).differences.size() == static_cast<std::size_t>(tables)); });
  };
  CHECK(cost(10'000) < 40 * cost(1'000));
}

}  // namespace dbmigrate::tests
