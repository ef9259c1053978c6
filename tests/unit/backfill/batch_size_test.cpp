// The size of batches follows the cost of rows, and a bad row is found in few attempts.
// SPDX-License-Identifier: Apache-2.0
#include "backfill/batch_size.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <set>

#include "support/catch.hpp"

using namespace dbmigrate;

namespace {

constexpr Milliseconds kTarget{500};

/// Runs one batch of rows that cost `microseconds` each; how long it took.
Milliseconds batch(BatchSize& size, double microseconds) {
  const auto took = Milliseconds{static_cast<std::int64_t>(static_cast<double>(size.rows()) * microseconds / 1000)};
  size.took(size.rows(), took);
  return took;
}

/// Batches until one is within a quarter of the target; more than 50 count as never.
int batches_to_settle(BatchSize& size, double microseconds) {
  for (int batches = 1; batches <= 50; ++batches) {
    const auto took = batch(size, microseconds).count();
    if (took >= kTarget.count() * 3 / 4 && took <= kTarget.count() * 5 / 4) return batches;
  }
  return 51;
}

struct Search {
  int failed = 0;
  int passed = 0;
};

/// Looks for `bad` rows among `rows` in key order, as a walk does.
Search find(std::int64_t rows, const std::set<std::int64_t>& bad, std::int64_t full) {
  Search search;
  Halving halving;
  std::int64_t done = 0;
  while (done < rows) {
    const auto wanted = std::min(halving.active() ? halving.rows() : full, rows - done);
    const auto first_bad = bad.lower_bound(done);
    if (first_bad == bad.end() || *first_bad >= done + wanted) {
      halving.passed(wanted);
      done += wanted;
      ++search.passed;
    } else {
      ++search.failed;
      if (!halving.failed(wanted)) continue;
      halving.isolated();
      ++done;
    }
  }
  return search;
}

}  // namespace

TEST_CASE("the first batch has a thousand rows, within the limits", "[backfill]") {
  CHECK(BatchSize(kTarget, 100, 10'000, 0).rows() == 1'000);
  CHECK(BatchSize(kTarget, 100, 500, 0).rows() == 500);
  CHECK(BatchSize(kTarget, 2'000, 10'000, 0).rows() == 2'000);
  CHECK(BatchSize(kTarget, 100, 10'000, 4'000).rows() == 4'000);
}

TEST_CASE("a batch grows by a fifth at most and shrinks at once", "[backfill]") {
  BatchSize size(kTarget, 1, 1'000'000, 0);
  size.took(1'000, Milliseconds{1});
  CHECK(size.rows() == 1'200);
  size.took(1'200, Milliseconds{50'000});
  CHECK(size.rows() == 11);
  size.halve();
  CHECK(size.rows() == 5);
}

TEST_CASE("a short last batch does not make the next one larger", "[backfill]") {
  BatchSize size(kTarget, 1, 1'000'000, 5'000);
  size.took(100, Milliseconds{1});
  CHECK(size.rows() == 5'000);
  size.took(10, Milliseconds{5'000});
  CHECK(size.rows() == 1);
}

TEST_CASE("after rows became ten times as dear the time is back within ten batches", "[backfill]") {
  BatchSize size(kTarget, 100, 1'000'000, 0);
  REQUIRE(batches_to_settle(size, 100) <= 50);
  CHECK(batches_to_settle(size, 1'000) <= 10);

  SECTION("and never more than twice the target once it has settled") {
    for (int i = 0; i < 100; ++i) CHECK(batch(size, i % 2 == 0 ? 1'000 : 1'300).count() <= 2 * kTarget.count());
  }
}

TEST_CASE("one bad row costs twice the logarithm of a batch at most", "[backfill]") {
  constexpr std::int64_t kRows = 100'000;
  constexpr std::int64_t kBatch = 8'192;
  const auto clean = find(kRows, {}, kBatch);
  for (const std::int64_t bad : {0, 1, 4'095, 4'096, 8'191, 50'000, 99'999}) {
    const auto search = find(kRows, {bad}, kBatch);
    INFO("bad row " << bad << ": " << search.failed << " failed, " << search.passed << " passed");
    CHECK(search.failed + search.passed - clean.passed <= 2 * static_cast<int>(std::log2(kBatch)) + 2);
  }
}

TEST_CASE("bad rows side by side are each found", "[backfill]") {
  const auto search = find(1'000, {10, 11, 12, 500, 999}, 256);
  CHECK(search.failed >= 5);
  CHECK(search.failed <= 5 * 9);
}
