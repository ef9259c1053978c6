// Ten revisions in three kinds, and the branches that are shipped.
// SPDX-License-Identifier: Apache-2.0
#include "faults/scenario.hpp"

#include <fmt/format.h>

#include <fstream>
#include <sstream>
#include <stdexcept>
#include <string_view>
#include <utility>

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

constexpr std::string_view kItems = R"(
CREATE TABLE items (id int PRIMARY KEY, touched int NOT NULL DEFAULT 0);
INSERT INTO items SELECT generate_series(1, 100);
CREATE FUNCTION note_touch() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO effects.effects VALUES (format('%s touched %s', NEW.id, NEW.touched));
  RETURN NEW;
END $$;
CREATE TRIGGER note_touch AFTER UPDATE ON items FOR EACH ROW EXECUTE FUNCTION note_touch();
)";

// Up has no `where`: the checkpoint alone keeps a row from being touched again.
constexpr std::string_view kTouch = R"(
transaction: step
up:
  - backfill:
      name: touch
      table: items
      key: id
      batch: {rows: [2, 2]}
      sql: UPDATE items SET touched = touched + 1 WHERE id IN (SELECT id FROM batch)
down:
  - backfill:
      name: touch back
      table: items
      key: id
      where: touched > 0
      batch: {rows: [2, 2]}
      sql: UPDATE items SET touched = touched - 1 WHERE id IN (SELECT id FROM batch)
)";

void write_backfill(const fs::path& folder) {
  write(folder / "0001_items.up.sql", std::string(kItems));
  write(folder / "0001_items.down.sql", "DROP TABLE items;\nDROP FUNCTION note_touch();\n");
  write(folder / "0002_touch.yaml", std::string(kTouch));
  write_plain(folder, 3);
}

using Words = std::vector<std::string>;

void add_both_ways(std::vector<Scenario>& list, const std::string& name, const std::string& about,
                   const fs::path& directory, const std::string& half_way) {
  const Words up{"upgrade", "head"};
  const Words down{"downgrade", "base", "--yes"};
  list.push_back({name + "-up", about, directory, up, {}, half_way, ""});
  list.push_back({name + "-down", about, directory, down, up, half_way, ""});
}

std::string text_of(const fs::path& file) {
  std::ifstream stream(file, std::ios::binary);
  std::ostringstream text;
  text << stream.rdbuf();
  if (!stream) throw std::runtime_error("cannot read " + file.string());
  return text.str();
}

/// A shipped branch on the tables that its project has already: files below migrations/BRANCH and scripts/sample_data,
/// as scripts/sample-data takes them.
struct Branch {
  std::string name;
  std::string about;
  std::vector<std::string> tables;
  std::string sample;
  int rows = 0;
  std::string more;                 ///< SQL behind the sample
  std::vector<std::string> agreed;  ///< flags of the upgrade
};

std::string host_tables(const Branch& branch, const fs::path& project) {
  std::string sql;
  for (const auto& table : branch.tables) {
    sql += text_of(project / "migrations" / branch.name / (table + ".up.sql")) + ";\n";
  }
  auto sample = text_of(project / "scripts" / "sample_data" / (branch.sample + ".sql"));
  const std::string rows = std::to_string(branch.rows);
  constexpr std::string_view kRows = ":rows";
  for (auto at = sample.find(kRows); at != std::string::npos; at = sample.find(kRows, at)) {
    if (at > 0 && sample[at - 1] == ':') {
      at += kRows.size();  // a cast
    } else {
      sample.replace(at, kRows.size(), rows);
    }
  }
  return sql + sample + ";\n" + branch.more;
}

void add_branch(std::vector<Scenario>& list, const Branch& branch, const fs::path& project) {
  const auto directory = project / "migrations";
  const auto tables = host_tables(branch, project);
  const auto words = [&](Words command, const Words& more) {
    command.insert(command.end(), {"--branch", branch.name});
    command.insert(command.end(), more.begin(), more.end());
    return command;
  };
  const auto up = words({"upgrade", "head"}, branch.agreed);
  const auto down = words({"downgrade", branch.name + "@base"}, {"--yes"});
  list.push_back({branch.name + "-up", branch.about, directory, up, {}, "", tables});
  list.push_back({branch.name + "-down", branch.about, directory, down, up, "", tables});
}

void add_shipped(std::vector<Scenario>& list, const fs::path& project) {
  add_branch(list,
             {.name = "persons",
              .about = "the shipped branch, on 30 personas",
              .tables = {"001_create_personas"},
              .sample = "persons",
              .rows = 30,
              .more = "",
              .agreed = {"--through-holds", "--accept-skipped"}},
             project);
  add_branch(list,
             {.name = "life_graph",
              .about = "the shipped branch, on 30 documents",
              .tables = {"000_documents"},
              .sample = "life_graph_rows",
              .rows = 30,
              .more = "",
              .agreed = {"--through-holds"}},
             project);
  add_branch(list,
             {.name = "attempt_view",
              .about = "the shipped branch, on 30 results and an older view",
              .tables = {"20251021_1010_exam_results_table"},
              .sample = "attempt_view",
              .rows = 30,
              .more = "CREATE VIEW attempt AS SELECT session_id, id FROM exam_results;",
              .agreed = {}},
             project);
  add_branch(list,
             {.name = "audit_queries",
              .about = "the shipped branch to the hold, on 60 queries and responses",
              .tables = {"005_ai_visibility_schema", "006_ai_visibility_audit_system"},
              .sample = "audit_queries",
              .rows = 60,
              .more = "",
              .agreed = {}},
             project);
  // Behind the hold there is no way below it.
  auto retired = list.back();
  const Words past{"upgrade", "audit_queries@008_retire_legacy_tables", "--branch", "audit_queries"};
  retired.about = "past the hold of audit_queries";
  retired.name = "audit_retired-up";
  retired.command = past;  // from where the branch's own way down begins
  list.push_back(retired);
  retired.name = "audit_retired-down";
  retired.command = {"downgrade", "audit_queries@007_migrate_to_single_query_table", "--branch", "audit_queries",
                     "--yes"};
  retired.prepare = past;
  list.push_back(std::move(retired));
}

}  // namespace

std::vector<Scenario> scenarios_in(const fs::path& folder, const fs::path& project) {
  for (int number = 1; number <= kRevisions; ++number) {
    for (const auto* kind : {"S1", "S2", "S3"}) {
      const bool special = number == kSpecial && std::string(kind) != "S1";
      special ? write_index(folder / kind, number, std::string(kind) == "S3") : write_plain(folder / kind, number);
    }
  }
  write_backfill(folder / "backfill");
  std::vector<Scenario> list;
  add_both_ways(list, "S1", "ten transactional revisions", folder / "S1", "0005_step");
  add_both_ways(list, "S2", "with a concurrent index", folder / "S2", "0004_step");
  add_both_ways(list, "S3", "a row, then a concurrent index, in one revision", folder / "S3", "0004_step");
  add_both_ways(list, "backfill", "100 rows in 50 batches", folder / "backfill", "0001_items");
  list.back().command.emplace_back("--allow-data-loss");  // the table goes with its rows
  add_shipped(list, project);
  return list;
}

}  // namespace dbmigrate::faults
