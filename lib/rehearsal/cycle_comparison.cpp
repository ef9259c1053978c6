// The plain difference, with order and dates taken out of it.
// SPDX-License-Identifier: Apache-2.0
#include "rehearsal/cycle_comparison.hpp"

#include <algorithm>
#include <cstddef>
#include <iterator>
#include <map>
#include <set>
#include <utility>

#include "catalog/dated_names.hpp"
#include "rehearsal/dates.hpp"
#include "rehearsal/table_rows.hpp"

namespace dbmigrate {
namespace {

constexpr std::string_view kPosition = "position";

std::string joined(const std::vector<std::string>& names) {
  std::string text;
  for (const auto& name : names) text += (text.empty() ? "" : ", ") + name;
  return text;
}

std::vector<std::string> those_in(const std::vector<std::string>& names, const std::vector<std::string>& others) {
  std::vector<std::string> found;
  std::copy_if(names.begin(), names.end(), std::back_inserter(found),
               [&](const auto& name) { return std::find(others.begin(), others.end(), name) != others.end(); });
  return found;
}

/// Tables whose common columns follow one another otherwise.
std::vector<Difference> orders(const Snapshot& before, const Snapshot& after) {
  std::vector<Difference> differences;
  const auto columns_after = columns_of_tables(after);
  for (const auto& [table, columns] : columns_of_tables(before)) {
    const auto found = columns_after.find(table);
    if (found == columns_after.end()) continue;
    const auto was = those_in(columns, found->second);
    const auto is = those_in(found->second, columns);
    if (was == is) continue;
    differences.push_back({Difference::Kind::changed,
                           {{ObjectKind::table, table}, {}},
                           {{.property = "column order", .before = joined(was), .after = joined(is)}}});
  }
  return differences;
}

bool is_column_of_table(const Difference& difference, const Snapshot& snapshot) {
  return difference.object.key.kind == ObjectKind::column &&
         snapshot.find({ObjectKind::table, owner_relation(difference.object)}) != nullptr;
}

bool differs_in_dates_only(const Difference& difference) {
  return std::all_of(difference.changes.begin(), difference.changes.end(), [](const PropertyChange& change) {
    return change.before && change.after && without_dates(*change.before) == without_dates(*change.after);
  });
}

/// An object on one line, without the dates in it.
std::string undated(const Object& object) {
  std::string text = object.key.text();
  for (const auto& [name, value] : object.properties) text += '\n' + name + ' ' + value;
  return without_dates(text);
}

/// Pairs of a missing and an unexpected object that are one but for their dates move to `clock`.
void take_out_renamed_by_date(CatalogComparison& comparison) {
  std::map<std::string, std::vector<std::size_t>> missing;
  auto& all = comparison.differences;
  for (std::size_t i = 0; i < all.size(); ++i) {
    if (all[i].kind == Difference::Kind::missing) missing[undated(all[i].object)].push_back(i);
  }
  std::set<std::size_t> paired;
  for (std::size_t i = 0; i < all.size(); ++i) {
    if (all[i].kind != Difference::Kind::unexpected) continue;
    const auto found = missing.find(undated(all[i].object));
    if (found == missing.end() || found->second.empty()) continue;
    paired.insert(i);
    paired.insert(found->second.back());
    found->second.pop_back();
  }
  std::vector<Difference> rest;
  for (std::size_t i = 0; i < all.size(); ++i)
    (paired.contains(i) ? comparison.clock : rest).push_back(std::move(all[i]));
  all = std::move(rest);
}

bool has_spelling(const ObjectKey& key, const Properties& properties, const std::vector<std::string>& spellings) {
  const auto has = [&](const std::string& text) {
    return std::any_of(spellings.begin(), spellings.end(),
                       [&](const std::string& spelling) { return holds_spelling(text, spelling); });
  };
  return has(key.identity) ||
         std::any_of(properties.begin(), properties.end(), [&](const auto& property) { return has(property.second); });
}

}  // namespace

CatalogComparison compare_catalogs(const Snapshot& before, const Snapshot& after) {
  CatalogComparison comparison;
  comparison.order = orders(before, after);
  for (auto& one : compare(before.objects, after.objects)) {
    if (is_column_of_table(one, after)) {
      std::erase_if(one.changes, [](const PropertyChange& change) { return change.property == kPosition; });
      if (one.kind == Difference::Kind::changed && one.changes.empty()) continue;
    }
    const bool clock = one.kind == Difference::Kind::changed && differs_in_dates_only(one);
    (clock ? comparison.clock : comparison.differences).push_back(std::move(one));
  }
  take_out_renamed_by_date(comparison);
  return comparison;
}

std::vector<ObjectKey> made_by_the_clock(const Snapshot& before, const Snapshot& after,
                                         const std::vector<std::string>& spellings, std::string_view sql) {
  std::vector<std::string> unwritten;
  std::copy_if(spellings.begin(), spellings.end(), std::back_inserter(unwritten),
               [&](const std::string& spelling) { return !holds_spelling(sql, spelling); });
  std::vector<ObjectKey> keys;
  for (const auto& one : compare(before.objects, after.objects)) {
    if (one.kind == Difference::Kind::missing) continue;
    const auto& [key, properties] = one.object;
    const bool dated = one.kind == Difference::Kind::unexpected && owner_relation(one.object).empty() &&
                       has_day_left_out(key.identity);
    if (dated) {
      keys.push_back(key);
    } else if (one.kind == Difference::Kind::unexpected) {
      if (has_spelling(key, properties, unwritten)) keys.push_back(key);
    } else if (std::any_of(one.changes.begin(), one.changes.end(), [&](const PropertyChange& change) {
                 return change.after && has_spelling({}, {{change.property, *change.after}}, unwritten);
               })) {
      keys.push_back(key);
    }
  }
  return keys;
}

}  // namespace dbmigrate
