// How many rows the next batch has.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "core/duration.hpp"

namespace dbmigrate {

/// Steers towards a time for each batch: shrinks at once, grows by a fifth at most.
class BatchSize {
 public:
  /// Begins with `start` rows, or 1,000 where that is 0, within `least` and `most`.
  BatchSize(Milliseconds target, std::int64_t least, std::int64_t most, std::int64_t start);

  [[nodiscard]] std::int64_t rows() const { return rows_; }

  /// A batch of `rows` took `took`. Batches that waited or failed are not told.
  void took(std::int64_t rows, Milliseconds took);
  /// Others queue behind our batches.
  void halve();

 private:
  void set(double rows);

  Milliseconds target_;
  std::int64_t least_;
  std::int64_t most_;
  std::int64_t rows_;
};

/// Finds the failing rows of a batch by halving it: at most log2(rows) + 1 failing attempts and as many short batches
/// for each bad row, then the full size again.
class Halving {
 public:
  [[nodiscard]] bool active() const { return suspects_ > 0; }
  /// How many rows to try next; only while active.
  [[nodiscard]] std::int64_t rows() const { return try_; }

  /// A batch of `rows` failed. True: it was one row, which is the bad one.
  bool failed(std::int64_t rows);
  /// A batch of `rows` went through.
  void passed(std::int64_t rows);
  /// The bad row is out of the way.
  void isolated() { suspects_ = 0; }

 private:
  std::int64_t suspects_ = 0;  ///< the next so many rows hold a bad one
  std::int64_t try_ = 0;
};

}  // namespace dbmigrate
