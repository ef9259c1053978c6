// Predictions against what was measured: every line of tests/data/lock_facts.csv.
// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "core/file.hpp"
#include "lint/prediction.hpp"
#include "lint/script_so_far.hpp"
#include "sql/analysis.hpp"
#include "sql/script.hpp"
#include "support/catch.hpp"
#include "support/csv.hpp"

using namespace dbmigrate;
using Names = std::set<std::string>;
using Row = std::map<std::string, std::string>;

namespace {

std::vector<Row> facts() {
  const auto lines = tests::read_csv(read_file(std::string(DBMIGRATE_TEST_DATA) + "/lock_facts.csv"));
  std::vector<Row> rows;
  for (std::size_t i = 1; i < lines.size(); ++i) {
    Row row;
    for (std::size_t column = 0; column < lines[i].size(); ++column) row[lines[0].at(column)] = lines[i][column];
    rows.push_back(std::move(row));
  }
  return rows;
}

/// Runs SQL as history: what it makes is old.
void run_before(const std::string& sql, ScriptSoFar& so_far) {
  const auto script = sql::split(sql, "test");
  so_far.schema().set_age_of_new(Age::old);
  for (const auto& one : script.statements) {
    const auto analysis = sql::analysis_of(script.text_of(one));
    REQUIRE(analysis.facts.parsed);
    so_far.add(Statement(script.text_of(one), analysis, {}, Place::script));
  }
}

Names parts(std::string_view text, std::string_view separator) {
  Names names;
  while (!text.empty()) {
    const auto end = std::min(text.find(separator), text.size());
    names.insert(std::string(text.substr(0, end)));
    text.remove_prefix(std::min(end + separator.size(), text.size()));
  }
  return names;
}

Names names_of(const std::vector<ObjectName>& names) {
  Names all;
  for (const auto& name : names) all.insert(name.name);
  return all;
}

bool includes(const Names& all, const Names& some) {
  return std::includes(all.begin(), all.end(), some.begin(), some.end());
}

class Fact {
 public:
  Fact(const Row& row, const KnownSchema& schema, const PredictionSettings& settings)
      : row_(row), schema_(schema), analysis_(sql::analysis_of(row.at("statement_form"))) {
    prediction_ = predict(analysis_.actions, schema, settings);
  }

  void compare() const {
    REQUIRE(analysis_.facts.parsed);
    if (row_.at("strongest_lock").starts_with("ERROR ")) {
      const auto state = row_.at("strongest_lock").substr(6);
      CHECK((prediction_.fails == state || prediction_.fails_with_rows == state));
      return;
    }
    CHECK(prediction_.fails.empty());
    compare_locks();
    compare_other_tables();
    CHECK((row_.at("transactional") == "n") == analysis_.facts.forbids_transaction);
    if (row_.at("id").starts_with("truncate")) {
      // The files are new, and nothing was written to them.
      CHECK(names_of(prediction_.emptied) == parts(row_.at("rewritten"), "+"));
      CHECK(prediction_.rewrites.empty());
      return;
    }
    CHECK((row_.at("rewrite") == "y") == !prediction_.rewrites.empty());
    CHECK(parts(row_.at("rewritten"), "+") == names_of(prediction_.rewrites));
    CHECK((row_.at("index_build") == "y") == !prediction_.index_builds.empty());
    const auto measured = parts(row_.at("scanned"), "+");
    const auto certain = names_of(prediction_.scans);
    auto possible = names_of(prediction_.perhaps_scans);
    possible.insert(certain.begin(), certain.end());
    CHECK(includes(measured, certain));
    CHECK(includes(possible, measured));
  }

 private:
  [[nodiscard]] bool is_index(const std::string& name) const {
    for (const auto& lock : prediction_.locks) {
      if (lock.relation.name == name && lock.what == ObjectClass::index) return true;
    }
    return schema_.index({"", name}).second != nullptr;
  }

  [[nodiscard]] bool is_sampled() const { return row_.at("notes").find("sampled") != std::string::npos; }

  void compare_locks() const {
    auto strongest = TableLockMode::none;
    for (const auto& lock : prediction_.locks) strongest = std::max(strongest, lock.mode);
    CHECK(name_of(strongest) == row_.at("strongest_lock"));
    Names tables;
    Names all;
    for (const auto& lock : prediction_.locks) {
      if (lock.mode != strongest) continue;
      all.insert(lock.relation.name);
      if (lock.what != ObjectClass::index && lock.what != ObjectClass::sequence) tables.insert(lock.relation.name);
    }
    const auto measured = parts(row_.at("on_relation"), "+");
    if (measured == all) return;
    CHECK(tables == measured);
  }

  /// Weaker locks on tables; those on indexes follow from them.
  void compare_other_tables() const {
    Names measured;
    for (const auto& one : parts(row_.at("other_locks"), "; ")) {
      if (!is_index(one.substr(0, one.find(':'))) && schema_.relation(ObjectName{"", one.substr(0, one.find(':'))})) {
        measured.insert(one);
      }
    }
    const auto perhaps = names_of(prediction_.perhaps_scans);
    std::erase_if(measured, [&](const std::string& one) { return perhaps.contains(one.substr(0, one.find(':'))); });
    const auto strongest = parts(row_.at("on_relation"), "+");
    Names predicted;
    for (const auto& lock : prediction_.locks) {
      const bool told = lock.what == ObjectClass::index || strongest.contains(lock.relation.name) ||
                        perhaps.contains(lock.relation.name);
      if (!told) predicted.insert(lock.relation.name + ":" + std::string(name_of(lock.mode)));
    }
    if (row_.at("id") == "drop_schema_cascade") return;  // its sequences and types are among the others
    if (is_sampled()) {
      CHECK(includes(predicted, measured));
    } else {
      CHECK(predicted == measured);
    }
  }

  const Row& row_;
  const KnownSchema& schema_;
  sql::Analysis analysis_;
  Prediction prediction_;
};

}  // namespace

TEST_CASE("what is predicted is what was measured, for every form of statement", "[lint]") {
  ScriptSoFar schema({}, {.server_major = 15});
  schema.begin_text(false, false, 0, std::nullopt);
  run_before("SET search_path = m", schema);
  run_before(read_file(std::string(DBMIGRATE_TEST_DATA) + "/lock_facts_schema.sql"), schema);
  const auto rows = facts();
  CHECK(rows.size() == 210);
  for (const auto& row : rows) {
    INFO(row.at("id") << ": " << row.at("statement_form"));
    auto so_far = schema;
    const auto& notes = row.at("notes");
    if (const auto at = notes.find("after: "); at != std::string::npos) {
      auto before = notes.substr(at + 7);
      if (before.starts_with("!")) before.erase(0, 1);
      run_before(before, so_far);
    }
    Fact(row, so_far.schema(), so_far.prediction_settings()).compare();
  }
}
