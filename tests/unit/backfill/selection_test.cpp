// The walk's SQL keeps every name quoted and every value a literal.
// SPDX-License-Identifier: Apache-2.0
#include "backfill/selection.hpp"

#include <string>
#include <vector>

#include "support/catch.hpp"

using namespace dbmigrate;

namespace {

const WalkKey kKey{.table = R"("public"."odd ""table""")", .columns = {"a b", "c\"d"}, .types = {"text", "integer"}};

std::string joined(const std::vector<std::string>& statements) {
  std::string text;
  for (const auto& statement : statements) text += statement + "\n";
  return text;
}

bool contains(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

Result row_of(std::vector<Value> row) {
  Result result;
  result.rows.push_back(std::move(row));
  return result;
}

}  // namespace

TEST_CASE("names and values of a key reach SQL quoted", "[backfill]") {
  const Wanted wanted{.after = RowKey{"it's", "7"}, .rows = 100, .window = 200, .keys_told = 5};
  const auto text = joined(selection_sql(kKey, Backfill{}, wanted, BatchTable::kept_for_session, ""));
  CHECK(contains(text, R"("a b", "c""d")"));
  CHECK(contains(text, "'it''s'"));
  CHECK_FALSE(contains(text, "'it's'"));
}

TEST_CASE("behind a pooler the batch table goes with its transaction", "[backfill]") {
  const Wanted wanted{.rows = 1, .window = 1};
  CHECK(contains(joined(selection_sql(kKey, Backfill{}, wanted, BatchTable::dropped_at_commit, "")), "ON COMMIT DROP"));
  CHECK(contains(joined(selection_sql(kKey, Backfill{}, wanted, BatchTable::kept_for_session, "")),
                 "ON COMMIT DELETE ROWS"));
}

TEST_CASE("a comment at the end of a condition does not swallow what follows", "[backfill]") {
  Backfill backfill;
  backfill.where = "done IS NULL -- not yet";
  backfill.skip = {{"a = 1 -- really", "no"}};
  const auto text = joined(selection_sql(kKey, backfill, {.rows = 1, .window = 1}, BatchTable::kept_for_session, ""));
  CHECK(contains(text, "-- not yet\n)"));
  CHECK(contains(text, "-- really\n)"));
}

TEST_CASE("the answer of a selection is read into counts and keys", "[backfill]") {
  const auto selected = selected_of(row_of({Value(R"(["x","9"])"), Value("10"), Value(R"(["w","8"])"),
                                            Value(R"([["v","1"],["w","8"]])"), Value("3"), Value("1")}),
                                    2);
  CHECK(selected.edge == RowKey{"x", "9"});
  CHECK(selected.last_due == RowKey{"w", "8"});
  CHECK(selected.keys == std::vector<RowKey>{{"v", "1"}, {"w", "8"}});
  CHECK(selected.skipped == std::vector<std::int64_t>{3, 1});
  CHECK(selected.ready() == 6);

  const auto nothing = selected_of(row_of({Value(), Value("0"), Value(), Value()}), 0);
  CHECK_FALSE(nothing.edge.has_value());
  CHECK(nothing.ready() == 0);
}
