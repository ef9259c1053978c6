// `catalog_read [TABLES]`: how long it takes to read a catalog, and to hold it against another, with that many tables.
// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <functional>

#include "catalog/difference.hpp"
#include "catalog/snapshot.hpp"
#include "support/test_database.hpp"

namespace dbmigrate::tests {
namespace {

using Seconds = std::chrono::duration<double>;

/// The quickest of five, after one that fills the server's caches.
double seconds_of(const std::function<void()>& work) {
  double least = 1e9;
  for (int round = 0; round < 6; ++round) {
    const auto start = std::chrono::steady_clock::now();
    work();
    const Seconds took = std::chrono::steady_clock::now() - start;
    if (round > 0) least = std::min(least, took.count());
  }
  return least;
}

void measure(int tables) {
  TestDatabase database;
  for (int first = 0; first < tables; first += 250) {
    database.run(fmt::format("DO $$BEGIN FOR i IN {}..{} LOOP EXECUTE format('CREATE TABLE t%s (id bigint PRIMARY KEY,"
                             " name text NOT NULL, at timestamptz DEFAULT now(), CHECK (id > 0));"
                             " CREATE INDEX ON t%s (name)', i, i); END LOOP; END$$",
                             first, std::min(first + 250, tables) - 1));
  }
  database.run("VACUUM ANALYZE");
  const auto session = database.connect();
  Snapshot snapshot;
  const double reading = seconds_of([&] { snapshot = read_snapshot(*session, "dbmigrate"); });
  auto other = snapshot.objects;
  for (auto& [key, properties] : other) {
    if (key.kind == ObjectKind::column) properties["default"] = "0";
  }
  std::size_t found = 0;
  const double comparing = seconds_of([&] { found = compare(snapshot.objects, other).size(); });
  fmt::print("{} tables, {} objects: read in {:.3f} s, compared in {:.3f} s ({} differences)\n", tables,
             snapshot.objects.size(), reading, comparing, found);
}

}  // namespace
}  // namespace dbmigrate::tests

int main(int argc, char** argv) {
  try {
    dbmigrate::tests::measure(argc > 1 ? std::atoi(argv[1]) : 5'000);
    return 0;
  } catch (const std::exception& error) {
    fmt::print(stderr, "catalog_read: {}\n", error.what());
    return 1;
  }
}
