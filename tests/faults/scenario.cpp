// Ten revisions in three kinds, and the branches that are shipped.
// SPDX-License-Identifier: Apache-2.0
#include "faults/scenario.hpp"

#include <fmt/format.h>

#include <fstream>
#include <stdexcept>

namespace dbmigrate::faults {
namespace fs = std::filesystem;
namespace {

constexpr int kRevisions = 10;
constexpr int kSpecial = 5;

void write(const fs::path& file, const std::string& text) {
  fs::create_directories(file.parent_path());
  std::ofstream stream(file, std::ios::binary);
  stream << text;
  if (!stream.flush()) throw std::runtime_error("cannot write " + file.string());
}

std::string effect(const char* direction, int number) {
  return fmt::format("INSERT INTO effects.effects VALUES ('{} {:04}');\n", direction, number);
}

void write_plain(const fs::path& folder, int number) {
  const auto stem = fmt::format("{:04}_step", number);
  write(folder / (stem + ".up.sql"), fmt::format("CREATE TABLE t{} (id int);\n", number) + effect("up", number));
  write(folder / (stem + ".down.sql"), fmt::format("DROP TABLE t{};\n", number) + effect("down", number));
}

void write_index(const fs::path& folder, int number, bool with_data) {
  const auto stem = fmt::format("{:04}_step", number);
  const std::string none = "-- dbmigrate: transaction=none\n";
  write(folder / (stem + ".up.sql"),
        none + (with_data ? effect("up", number) : "") +
            fmt::format("CREATE INDEX CONCURRENTLY ix{} ON t{} (id);\n", number, number - 1));
  write(folder / (stem + ".down.sql"),
        none + (with_data ? effect("down", number) : "") + fmt::format("DROP INDEX CONCURRENTLY ix{};\n", number));
}

void add_both_ways(std::vector<Scenario>& list, const std::string& name, const std::string& about,
                   const fs::path& directory, const std::vector<std::string>& flags, const std::string& half_way) {
  const auto with_flags = [&](std::vector<std::string> words) {
    words.insert(words.end(), flags.begin(), flags.end());
    return words;
  };
  const auto up = with_flags({"upgrade", "head"});
  const auto down = with_flags({"downgrade", "base", "--yes"});
  list.push_back({name + "-up", about, directory, up, {}, half_way});
  list.push_back({name + "-down", about, directory, down, up, half_way});
}

}  // namespace

std::vector<Scenario> scenarios_in(const fs::path& folder, const fs::path& project) {
  for (int number = 1; number <= kRevisions; ++number) {
    for (const auto* kind : {"S1", "S2", "S3"}) {
      const bool special = number == kSpecial && std::string(kind) != "S1";
      special ? write_index(folder / kind, number, std::string(kind) == "S3") : write_plain(folder / kind, number);
    }
  }
  std::vector<Scenario> list;
  add_both_ways(list, "S1", "ten transactional revisions", folder / "S1", {}, "0005_step");
  add_both_ways(list, "S2", "with a concurrent index", folder / "S2", {}, "0004_step");
  add_both_ways(list, "S3", "a row, then a concurrent index, in one revision", folder / "S3", {}, "0004_step");
  add_both_ways(list, "life_graph", "the shipped branch", project / "migrations",
                {"--branch", "life_graph", "--through-holds"}, "life_graph@002_create_core_tables");
  list.back().command = {"downgrade", "life_graph@000_documents", "--branch", "life_graph", "--yes"};
  return list;
}

std::string scenario_setup_sql() { return "CREATE SCHEMA effects; CREATE TABLE effects.effects (what text);"; }

}  // namespace dbmigrate::faults
