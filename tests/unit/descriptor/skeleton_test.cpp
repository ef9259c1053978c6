// What is written for a new revision reads back as it was meant.
// SPDX-License-Identifier: Apache-2.0
#include "descriptor/skeleton.hpp"

#include <string>

#include "core/file.hpp"
#include "descriptor/migration_source.hpp"
#include "support/catch.hpp"
#include "support/temporary_folder.hpp"

using namespace dbmigrate;

namespace {

MigrationSet load(const TemporaryFolder& folder, const std::vector<NewFile>& files) {
  for (const auto& file : files) write_file(folder.path() / file.name, file.content, Overwrite::no);
  return MigrationDirectory(folder.path()).load();
}

}  // namespace

TEST_CASE("a new revision has its parents, its description and SQL that fails until it is written", "[descriptor]") {
  const auto form = GENERATE(RevisionForm::sql, RevisionForm::yaml);
  const TemporaryFolder folder;
  load(folder, skeleton_of({"001_a", "first: \"quoted\"", {}}, form));
  const auto set = load(folder, skeleton_of({"002_b", "it's 100% #2", {"001_a"}}, form));
  REQUIRE(set.migrations.size() == 2);
  CHECK(set.migrations[0].id.name == "001_a");
  CHECK(set.migrations[0].parents.empty());
  CHECK(set.migrations[0].description == "first: \"quoted\"");
  CHECK(set.migrations[1].parents == std::vector<std::string>{"001_a"});
  CHECK(set.migrations[1].parents_declared);
  CHECK(set.migrations[1].description == "it's 100% #2");
  CHECK(set.migrations[1].up.front().sql()->text.find("RAISE EXCEPTION") != std::string::npos);
  CHECK(set.migrations[1].down.front().sql()->text.find("RAISE EXCEPTION") != std::string::npos);
}

TEST_CASE("a merge has all its parents and runs as it is", "[descriptor]") {
  const TemporaryFolder folder;
  load(folder, skeleton_of({"001_a", "a", {}}, RevisionForm::sql));
  load(folder, skeleton_of({"002_b", "b", {"001_a"}}, RevisionForm::sql));
  load(folder, skeleton_of({"002_c", "c", {"001_a"}}, RevisionForm::sql));
  const auto set = load(folder, merge_skeleton_of({"003_m", "merge", {"002_b", "002_c"}}));
  const Migration& merge = set.migrations.back();
  CHECK(merge.parents == std::vector<std::string>{"002_b", "002_c"});
  CHECK(merge.up.front().sql()->text.find("SELECT 1") != std::string::npos);
}
