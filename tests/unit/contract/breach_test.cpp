// Columns against a contract, one line for each mistake.
// SPDX-License-Identifier: Apache-2.0
#include "contract/breach.hpp"

#include <string>
#include <utility>
#include <vector>

#include "support/catch.hpp"

namespace dbmigrate {
namespace {

using Lines = std::vector<std::string>;

Contract contract() {
  Contract frozen;
  frozen.name = "t";
  frozen.relation = {"public", "t"};
  frozen.columns = {{"id", "bigint", true}, {"correct", "boolean", false}, {"note", "text", false}};
  return frozen;
}

Relation table(std::vector<RelationColumn> columns) {
  Relation relation;
  relation.is_table = true;
  relation.columns = std::move(columns);
  return relation;
}

Lines breaches(const std::vector<RelationColumn>& columns, ColumnOrdering ordering = ColumnOrdering::compared) {
  const auto relation = table(columns);
  return breaches_of(contract(), &relation, ordering);
}

const RelationColumn kId{"id", "bigint", true};
const RelationColumn kCorrect{"correct", "boolean", false};
const RelationColumn kNote{"note", "text", false};

}  // namespace

TEST_CASE("a relation with the contract's columns keeps it", "[contract]") {
  CHECK(breaches({kId, kCorrect, kNote}).empty());
  SECTION("NULL may be rarer than it has to be") {
    CHECK(breaches({kId, {"correct", "boolean", true}, kNote}).empty());
  }
}

TEST_CASE("whatever a reader would notice is a breach", "[contract]") {
  CHECK(breaches_of(contract(), nullptr, ColumnOrdering::compared) == Lines{"the relation public.t is missing"});
  CHECK(breaches({kId, kNote}) == Lines{"column correct is missing"});
  CHECK(breaches({kId, kCorrect, kNote, {"more", "text", false}}) == Lines{"column more is not in the contract"});
  CHECK(breaches({kId, {"correct", "text", false}, kNote}) ==
        Lines{"type of correct is text, the contract says boolean"});
  CHECK(breaches({{"id", "bigint", false}, kCorrect, kNote}) ==
        Lines{"column id may be NULL, the contract requires it"});
  SECTION("a renamed column is told as one") {
    CHECK(breaches({kId, {"right", "boolean", false}, kNote}) == Lines{"column 2 is right, the contract says correct"});
  }
  SECTION("columns in another order") {
    CHECK(breaches({kId, kNote, kCorrect}) ==
          Lines{"column 2 is note, the contract says correct", "column 3 is correct, the contract says note"});
  }
}

TEST_CASE("what is not known is no breach", "[contract]") {
  SECTION("the order, where catalog files do not say it") {
    CHECK(breaches({kNote, kId, kCorrect}, ColumnOrdering::unknown).empty());
    CHECK(breaches({kId, kNote, {"right", "boolean", false}}, ColumnOrdering::unknown) ==
          Lines{"column correct is missing", "column right is not in the contract"});
  }
  SECTION("which columns of a view are never NULL") {
    auto view = table({{"id", "bigint", false}, kCorrect, kNote});
    view.is_table = false;
    CHECK(breaches_of(contract(), &view, ColumnOrdering::compared).empty());
  }
}

}  // namespace dbmigrate
