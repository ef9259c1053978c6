// Copies and edits descriptors.
// SPDX-License-Identifier: Apache-2.0
#include "migrations_copy.hpp"

#include <fmt/format.h>

#include <filesystem>
#include <fstream>
#include <stdexcept>

#include "core/file.hpp"

namespace dbmigrate::tests {
namespace fs = std::filesystem;

std::string with_small_batches(std::string_view branch, int rows, const std::string& folder) {
  const fs::path target = fs::path(folder) / branch;
  fs::create_directories(folder);
  fs::copy(fs::path(PROJECT_ROOT) / "migrations" / branch, target, fs::copy_options::recursive);
  constexpr std::string_view kBatch = "batch: {time: 500ms, rows: [100, 10000]}";
  int changed = 0;
  for (const auto& entry : fs::directory_iterator(target)) {
    if (entry.path().extension() != ".yaml") continue;
    auto text = read_file(entry.path());
    for (auto at = text.find(kBatch); at != std::string::npos; at = text.find(kBatch, at)) {
      text.replace(at, kBatch.size(), fmt::format("batch: {{rows: [{0}, {0}]}}", rows));
      ++changed;
    }
    std::ofstream(entry.path()) << text;
  }
  if (changed == 0) throw std::runtime_error("no batches in " + std::string(branch));
  return folder;
}

}  // namespace dbmigrate::tests
