// Every field goes in with its length before it, so that no two revisions give the same bytes.
// SPDX-License-Identifier: Apache-2.0
#include "descriptor/revision_checksum.hpp"

#include <array>
#include <charconv>
#include <cstddef>
#include <string_view>

#include "descriptor/directives.hpp"

namespace dbmigrate {
namespace {

std::string_view word_for(Kind kind) {
  switch (kind) {
    case Kind::schema:
      return "schema";
    case Kind::data:
      return "data";
    case Kind::baseline:
      return "baseline";
  }
  return {};
}

std::string_view word_for(TransactionMode mode) {
  switch (mode) {
    case TransactionMode::revision:
      return "revision";
    case TransactionMode::step:
      return "step";
    case TransactionMode::none:
      return "none";
  }
  return {};
}

class Fields {
 public:
  void add(std::string_view field) {
    add_count(field.size());
    bytes_ += field;
  }

  void add_count(std::size_t count) {
    std::array<char, 24> digits{};
    const auto end = std::to_chars(digits.begin(), digits.end(), count).ptr;
    bytes_.append(digits.begin(), end);
    bytes_ += ':';
  }

  /// The text without its directive lines.
  void add_sql(const SqlText& sql) {
    auto found = next_directive(sql, 0);
    if (!found) {
      add(sql.text);
      return;
    }
    std::string rest;
    std::size_t from = 0;
    for (; found; found = next_directive(sql, from)) {
      rest.append(sql.text, from, found->begin - from);
      from = found->end;
    }
    add(rest.append(sql.text, from));
  }

  void add_steps(const std::vector<Step>& steps) {
    add_count(steps.size());
    for (const auto& step : steps) {
      add(word_for(step.transaction));
      if (const auto* sql = step.sql()) {
        add("sql");
        add_sql(*sql);
      } else if (const auto* backfill = step.backfill()) {
        add_backfill(*backfill);
      }
    }
  }

  [[nodiscard]] Checksum checksum() const { return Checksum::of(bytes_); }
  void clear() {
    constexpr std::size_t kKept = std::size_t{1} << 20;
    if (bytes_.capacity() > kKept) bytes_ = std::string();
    bytes_.clear();
  }

 private:
  void add_backfill(const Backfill& backfill) {
    add("backfill");
    add(backfill.name);
    add(backfill.table);
    add_count(backfill.key.size());
    for (const auto& column : backfill.key) add(column);
    add(backfill.where);
    add_count(backfill.skip.size());
    for (const auto& skip : backfill.skip) add(skip.when);
    add_sql(backfill.sql);
  }

  std::string bytes_;
};

}  // namespace

Checksum revision_checksum(const Migration& migration) {
  static thread_local Fields fields;  // its buffer is worth keeping over 100,000 revisions
  fields.clear();
  fields.add("dbmigrate revision 1");
  fields.add(migration.id.name);
  fields.add(word_for(migration.kind));
  fields.add(migration.parents_declared ? "parents" : "");
  if (migration.parents_declared) {
    fields.add_count(migration.parents.size());
    for (const auto& parent : migration.parents) fields.add(parent);
  }
  fields.add(word_for(migration.transaction));
  fields.add_steps(migration.up);
  fields.add_steps(migration.down);
  return fields.checksum();
}

}  // namespace dbmigrate
