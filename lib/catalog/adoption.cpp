// None, all or part: every object that the file names is looked for.
// SPDX-License-Identifier: Apache-2.0
#include "catalog/adoption.hpp"

#include <cstddef>
#include <set>
#include <utility>

#include "catalog/expected_catalog.hpp"

namespace dbmigrate {
namespace {

std::map<std::string, ExpectedText> printed(const Properties& properties, int server_major) {
  std::map<std::string, ExpectedText> texts;
  for (const auto& [name, value] : properties) texts.emplace(name, ExpectedText{value, server_major});
  return texts;
}

class Judging {
 public:
  Judging(const CatalogFile& file, const Snapshot& live) : file_(file), live_(live) {}

  Adoption judge() {
    std::size_t needed = 0;
    std::size_t there = 0;
    for (const auto& object : file_.adds) {
      const auto* live = live_.find(object.key);
      if (needed_for_adoption(object)) {
        ++needed;
        if (live != nullptr) ++there;
      }
      look_at(object, live);
    }
    if (there == 0)
      return {.verdict = Adoption::Verdict::run, .against = {}, .tolerated = {}, .missing_extensions = {}};
    look_at_changes();
    look_at_extras();
    result_.verdict = there == needed && result_.against.empty() ? Adoption::Verdict::adopt : Adoption::Verdict::stop;
    return std::move(result_);
  }

 private:
  void look_at(const Object& object, const Properties* live) {
    if (object.key.kind == ObjectKind::extension) {
      if (live == nullptr) result_.missing_extensions.push_back(object.key.identity);
      return;
    }
    if (live == nullptr) {
      list(!needed_for_adoption(object)).push_back({Difference::Kind::missing, object, {}});
      return;
    }
    compare_with(object.key, printed(object.properties, file_.server_major), *live);
  }

  void compare_with(const ObjectKey& key, const std::map<std::string, ExpectedText>& expected, const Properties& live) {
    auto compared = compare_object(key, expected, Origin::adopted, live, live_);
    add(false, key, live, std::move(compared.changes));
    add(true, key, live, std::move(compared.tolerated));
  }

  /// Of an object that the revision only changes, nothing but what it changes is its concern.
  void look_at_changes() {
    for (const auto& change : file_.changes) {
      const auto* live = live_.find(change.key);
      if (live == nullptr) {
        result_.against.push_back({Difference::Kind::missing, {change.key, {}}, {}});
        continue;
      }
      const auto all = portable(change.key, *live, "");
      std::map<std::string, ExpectedText> wanted;
      Properties found;
      for (const auto& one : change.changes) {
        if (one.after) wanted.emplace(one.property, ExpectedText{*one.after, file_.server_major});
        const auto value = all.find(one.property);
        if (value != all.end()) found.insert(*value);
      }
      compare_with(change.key, wanted, found);
    }
    for (const auto& key : file_.drops) {
      if (const auto* live = live_.find(key)) add_extra({key, *live});
    }
  }

  /// Columns, indexes, triggers and their kind that somebody added to the revision's own relations.
  void look_at_extras() {
    std::set<std::string> relations;
    std::set<ObjectKey> named;
    for (const auto& object : file_.adds) {
      named.insert(object.key);
      if (object.key.kind == ObjectKind::table) relations.insert(object.key.identity);
    }
    for (const auto& [key, properties] : live_.objects) {
      if (named.contains(key)) continue;
      Object object{key, properties};
      const auto owner = owner_relation(object);
      if (!owner.empty() && relations.contains(owner)) add_extra(std::move(object));
    }
  }

  void add_extra(Object object) { result_.tolerated.push_back({Difference::Kind::unexpected, std::move(object), {}}); }

  void add(bool tolerated, const ObjectKey& key, const Properties& live, std::vector<PropertyChange> changes) {
    if (!changes.empty()) list(tolerated).push_back({Difference::Kind::changed, {key, live}, std::move(changes)});
  }

  std::vector<Difference>& list(bool tolerated) { return tolerated ? result_.tolerated : result_.against; }

  const CatalogFile& file_;
  const Snapshot& live_;
  Adoption result_;
};

}  // namespace

Adoption judge_adoption(const CatalogFile& file, const Snapshot& live) { return Judging(file, live).judge(); }

}  // namespace dbmigrate
