// A revision in one SQL file: sections, settings, suppressions.
// SPDX-License-Identifier: Apache-2.0
#include "descriptor/migration_source.hpp"
#include "fuzz.hpp"
#include "graph/revision_graph.hpp"

using namespace dbmigrate;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const fuzz::Folder folder;
  folder.write("001_x.sql", fuzz::text_of(data, size));
  fuzz::attempt([] { const RevisionGraph graph(MigrationDirectory(folder.path()).load()); });
  return 0;
}
