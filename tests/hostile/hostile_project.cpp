// What every run is held to.
// SPDX-License-Identifier: Apache-2.0
#include "hostile_project.hpp"

#include <algorithm>
#include <set>

#include "core/json.hpp"
#include "core/source_text.hpp"
#include "support/catch.hpp"

namespace dbmigrate::tests {
namespace fs = std::filesystem;
namespace {

/// What a terminal acts upon, other than ends of lines and tabs.
bool has_terminal_command(std::string_view text) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto c = static_cast<unsigned char>(text[i]);
    if ((c < 0x20 && c != '\n' && c != '\t') || c == 0x7F) return true;
    const bool is_c1 = c == 0xC2 && i + 1 < text.size() && static_cast<unsigned char>(text[i + 1]) < 0xA0;
    if (is_c1) return true;
  }
  return false;
}

bool wants_json(const std::vector<std::string>& words) {
  const auto at = std::find(words.begin(), words.end(), "--format");
  return at != words.end() && at + 1 != words.end() && at[1] == "json";
}

void check_document(const BoundedOutcome& outcome) {
  Json document;
  INFO("stdout: " << printable(std::string_view(outcome.out).substr(0, 4000)));
  REQUIRE_NOTHROW(document = Json::parse(outcome.out));
  CHECK(document.at("dbmigrate") == 1);
  CHECK(document.at("ok") == (outcome.status == 0));
  CHECK(document.contains("result"));
  CHECK(document.at("error").is_null() == (outcome.status == 0 || document.at("error").is_null()));
}

}  // namespace

std::string printable(std::string_view text) { return Json(text).dump(-1, ' ', true, Json::error_handler_t::replace); }

HostileProject::HostileProject() {
  fs::create_directories(folder() / "migrations");
  write_file(outside() / "canary.txt", "alive\n", Overwrite::yes);
  write_file(outside() / "999_planted.up.sql", "DROP TABLE canary;\n", Overwrite::yes);
  write_file(outside() / "999_planted.down.sql", "DROP TABLE canary;\n", Overwrite::yes);
  write_file(outside() / "postgres" / "precious", "kept\n", Overwrite::yes);
  write_file(folder() / ".git" / "HEAD", "ref: refs/heads/main\n", Overwrite::yes);
  database.run("CREATE TABLE canary (id int); INSERT INTO canary VALUES (1)");
  variables = {
      {"PATH", "/usr/local/bin:/usr/bin:/bin"}, {"HOME", root_.path().string()}, {"DATABASE_URL", database.url()}};
  outside_before_ = what_lies_outside();
}

void HostileProject::write(std::string_view path, std::string_view content) const {
  write_file(folder() / path, content, Overwrite::yes);
}

void HostileProject::revision(std::string_view stem, std::string_view up, std::string_view down) const {
  const std::string start = "migrations/" + std::string(stem);
  write(start + ".up.sql", up);
  write(start + ".down.sql", down);
}

void HostileProject::descriptor(std::string_view stem, std::string_view yaml) const {
  write("migrations/" + std::string(stem) + ".yaml", yaml);
}

void HostileProject::clear_migrations() const {
  fs::remove_all(folder() / "migrations");
  fs::create_directories(folder() / "migrations");
}

void HostileProject::set(const std::string& name, std::optional<std::string> value) {
  std::erase_if(variables, [&](const auto& one) { return one.first == name; });
  if (value) variables.emplace_back(name, *value);
}

BoundedOutcome HostileProject::run(std::vector<std::string> words) {
  static const std::set<int> kStatuses{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10};
  const bool json = wants_json(words);
  std::string line = "dbmigrate";
  for (const auto& word : words) line += " " + printable(std::string_view(word).substr(0, 200));
  auto outcome = run_bounded(DBMIGRATE_PROGRAM, std::move(words), variables, folder().string(), limits);
  INFO(line << " -> " << outcome.status << ", " << outcome.peak_mb << " MB, " << outcome.took.count() << " ms");
  INFO("stderr: " << printable(std::string_view(outcome.err).substr(0, 4000)));
  CHECK(outcome.ended_by_itself);
  CHECK(outcome.within_memory);
  CHECK(kStatuses.contains(outcome.status));
  CHECK_FALSE(outcome.says("does not know how to handle"));
  CHECK_FALSE(has_terminal_command(outcome.both()));
  CHECK(first_invalid_utf8(outcome.both()) == std::string::npos);
  if (json) check_document(outcome);
  CHECK(database.ask("SELECT count(*) FROM canary") == "1");
  CHECK(what_lies_outside() == outside_before_);
  return outcome;
}

void HostileProject::require_unseen(const BoundedOutcome& outcome, const std::vector<std::string>& secrets) {
  std::string all = outcome.both();
  for (const auto& entry : fs::recursive_directory_iterator(root_.path())) {
    if (entry.is_regular_file() && entry.path().extension() == ".log") all += read_file(entry.path());
  }
  if (database.ask("SELECT to_regclass('dbmigrate.history') IS NOT NULL") == "t") {
    for (const auto* table : {"history", "version", "control", "backfill", "backfill_failure"}) {
      all += database.ask(std::string("SELECT t::text FROM dbmigrate.") + table + " AS t");
    }
  }
  for (const auto& secret : secrets) {
    INFO(secret << " in " << printable(all));
    CHECK(all.find(secret) == std::string::npos);
  }
}

std::map<std::string, std::string> HostileProject::what_lies_outside() const {
  std::map<std::string, std::string> found;
  for (const auto& entry : fs::recursive_directory_iterator(root_.path())) {
    const auto inside = entry.path().lexically_relative(folder());
    if (!inside.empty() && *inside.begin() != "..") continue;
    const bool is_file = entry.symlink_status().type() == fs::file_type::regular;
    found[entry.path().string()] = is_file ? read_file(entry.path()) : "";
  }
  return found;
}

}  // namespace dbmigrate::tests
