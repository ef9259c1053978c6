// The controller and the bisection, without a server.
// SPDX-License-Identifier: Apache-2.0
#include "backfill/batch_size.hpp"

#include <algorithm>

namespace dbmigrate {
namespace {

constexpr std::int64_t kFirstRows = 1'000;
constexpr double kGrowth = 1.2;
/// Aims a little below the target, so that the scatter of single batches stays under it.
constexpr double kAim = 0.95;

}  // namespace

BatchSize::BatchSize(Milliseconds target, std::int64_t least, std::int64_t most, std::int64_t start)
    : target_(target), least_(least), most_(most), rows_(std::clamp(start > 0 ? start : kFirstRows, least, most)) {}

void BatchSize::took(std::int64_t rows, Milliseconds took) {
  if (rows <= 0) return;
  const double wanted = static_cast<double>(target_.count()) * kAim;
  const double ideal =
      static_cast<double>(rows) * wanted / static_cast<double>(std::max<std::int64_t>(took.count(), 1));
  const auto now = static_cast<double>(rows_);
  // A short last batch says nothing about more rows than it had, but may say that they are too many.
  if (ideal >= now && rows < rows_) return;
  set(std::min(ideal, std::max(now * kGrowth, now + 1)));  // a fifth of fewer than five rows is none
}

void BatchSize::halve() { set(static_cast<double>(rows_) / 2); }

void BatchSize::set(double rows) { rows_ = std::clamp(static_cast<std::int64_t>(rows), least_, most_); }

bool Halving::failed(std::int64_t rows) {
  suspects_ = rows;
  try_ = std::max<std::int64_t>(rows / 2, 1);
  return rows <= 1;
}

void Halving::passed(std::int64_t rows) {
  if (!active()) return;
  suspects_ = std::max<std::int64_t>(suspects_ - rows, 0);
  try_ = std::max<std::int64_t>(suspects_ / 2, 1);
}

}  // namespace dbmigrate
