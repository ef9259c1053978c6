// A YAML descriptor with a file beside it that it may name.
// SPDX-License-Identifier: Apache-2.0
#include "descriptor/migration_source.hpp"
#include "fuzz.hpp"
#include "graph/revision_graph.hpp"

using namespace dbmigrate;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const fuzz::Folder folder;
  static const bool prepared = [] {
    folder.write("step.sql", "SELECT 1;\n");
    return true;
  }();
  static_cast<void>(prepared);
  folder.write("001_x.yaml", fuzz::text_of(data, size));
  fuzz::attempt([] {
    const RevisionGraph graph(MigrationDirectory(folder.path()).load());
    fuzz::require(graph.size() <= 1, "one descriptor is one revision");
  });
  return 0;
}
