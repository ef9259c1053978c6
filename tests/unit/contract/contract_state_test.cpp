// Which contract is in force, revision by revision.
// SPDX-License-Identifier: Apache-2.0
#include "contract/contract_state.hpp"

#include <string>
#include <vector>

#include "support/catch.hpp"
#include "support/written_files.hpp"

namespace dbmigrate {
namespace {

std::string revision(const std::string& contract) {
  return contract + "\nup: {sql: SELECT 1}\ndown: {sql: SELECT 1}\n";
}

std::string version(int number, const std::string& column) {
  return "contract: t\nversion: " + std::to_string(number) + "\nrelation: t\ncolumns: [{name: " + column +
         ", type: text}]\nrfc: x\nsign_offs: x\ndata_path: x\nnotice: x\n";
}

Relations with(const std::string& column) {
  Relation relation;
  relation.columns = {{column, "text", false}};
  return {{RelationName{"public", "t"}, relation}};
}

Contracts contracts_of(const std::string& first, const std::string& second) {
  const test::WrittenFiles folder{{"001_a.yaml", revision(first)},
                                  {"002_b.yaml", revision(second)},
                                  {"contracts/t.v1.yaml", version(1, "one")},
                                  {"contracts/t.v2.yaml", version(2, "two")}};
  return Contracts(RevisionGraph(ContractedDirectory(folder.path()).load()));
}

/// `t v1 t v2`, and an exclamation mark where the relation breaks it.
std::string told(const ContractState& state, const Relations& relations) {
  std::string text;
  for (const auto* contract : state.in_force()) text += (text.empty() ? "" : " ") + contract->text();
  return text + (state.breaches(relations).empty() ? "" : "!");
}

const RevisionId kFirst{"main", "001_a"};
const RevisionId kSecond{"main", "002_b"};

}  // namespace

TEST_CASE("the greatest version that a revision in effect names is in force", "[contract]") {
  const auto contracts = contracts_of("contract: {t: 1}", "contract: {t: 2}");
  ContractState state(contracts);
  CHECK(told(state, with("one")) == "");
  state.enter(kFirst, with("zero"));
  CHECK(told(state, with("zero")) == "t v1!");
  CHECK(told(state, {}) == "t v1!");
  CHECK(told(state, with("one")) == "t v1");
  state.enter(kSecond, with("one"));
  CHECK(told(state, with("one")) == "t v2!");
  CHECK(told(state, with("two")) == "t v2");
  state.leave(kSecond, with("two"));
  CHECK(told(state, with("two")) == "t v1!");
  state.leave(kFirst, with("two"));
  CHECK(told(state, with("two")) == "");
}

TEST_CASE("a contract that nobody begins does so with the first relation that is what it says", "[contract]") {
  const auto contracts = contracts_of("", "");
  ContractState state(contracts);
  state.enter(kFirst, with("zero"));
  CHECK(told(state, with("zero")) == "");
  REQUIRE(state.not_begun(with("zero")).size() == 1);
  state.enter(kSecond, with("one"));
  CHECK(told(state, with("one")) == "t v1");
  CHECK(told(state, {}) == "t v1!");
  CHECK(state.not_begun(with("one")).empty());
  SECTION("and ends where a downgrade takes the relation away") {
    state.leave(kSecond, with("zero"));
    CHECK(told(state, with("zero")) == "");
  }
}

TEST_CASE("a revision that moves a contract nobody began has to leave version 1 behind when it is taken back",
          "[contract]") {
  const auto contracts = contracts_of("", "contract: {t: 2}");
  ContractState state(contracts);
  state.enter(kFirst, with("one"));
  CHECK(told(state, with("one")) == "t v1");
  state.enter(kSecond, with("two"));
  CHECK(told(state, with("two")) == "t v2");
  state.leave(kSecond, with("two"));
  CHECK(told(state, with("two")) == "t v1!");
}

TEST_CASE("the order of columns counts only where catalog files know it", "[contract]") {
  const auto contracts = contracts_of("contract: {t: 1}", "");
  ContractState state(contracts);
  state.enter(kFirst, {});
  auto relations = with("one");
  auto& relation = relations.begin()->second;
  relation.columns = {{"other", "text", false}};
  const auto lines = [&] { return state.breaches(relations).at(0).lines; };
  SECTION("all columns are of the revision that put the version in force") {
    relation.ordered_by = kFirst;
    CHECK(lines() == std::vector<std::string>{"column 1 is other, the contract says one"});
  }
  SECTION("another revision added them, and what came between may have put them elsewhere") {
    relation.ordered_by = kSecond;
    CHECK(lines().size() == 2);
  }
  SECTION("several revisions added them") {
    relation.ordered = false;
    CHECK(lines().size() == 2);
  }
}

}  // namespace dbmigrate
