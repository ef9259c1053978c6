// What the docs tell a reader to type is what a story types.
// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cstddef>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "core/file.hpp"
#include "support/catch.hpp"
#include "transcripts/transcript.hpp"

using namespace dbmigrate;

namespace {

namespace fs = std::filesystem;

std::vector<fs::path> files_below(const fs::path& folder, std::string_view extension) {
  std::vector<fs::path> files;
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    if (entry.path().extension() == extension) files.push_back(entry.path());
  }
  std::ranges::sort(files);
  return files;
}

/// The lines of a page's fenced blocks that run dbmigrate; what comes behind a pipe is the reader's own tool.
std::vector<std::string> commands_shown(const fs::path& page) {
  std::vector<std::string> commands;
  bool in_block = false;
  for (std::string line : lines_of(read_file(page))) {
    if (line.starts_with("```")) in_block = !in_block;
    if (line.starts_with("$ ")) line.erase(0, 2);
    if (in_block && line.starts_with("dbmigrate ")) commands.push_back(line.substr(0, line.find(" |")));
  }
  return commands;
}

}  // namespace

TEST_CASE("every command that the docs show is run by a transcript", "[transcripts]") {
  const fs::path project = DBMIGRATE_PROJECT;
  std::vector<std::string> run;
  for (const auto* const kind : {"transcripts", "branches"}) {
    for (const auto& story : files_below(project / "tests" / kind, ".txt")) {
      for (const auto& command : Transcript::parse(read_file(story)).commands) run.push_back(command.command);
    }
  }

  std::vector<fs::path> pages = files_below(project / "docs", ".md");
  pages.push_back(project / "README.md");
  std::size_t seen = 0;
  for (const auto& page : pages) {
    if (page.filename() == "commands.md") continue;  // the manual's examples, which have a test of their own
    for (const auto& shown : commands_shown(page)) {
      ++seen;
      INFO(page.string() << ": " << shown);
      CHECK(std::ranges::any_of(run, [&](const std::string& command) {
        return command == shown || command.starts_with(shown + " ") || command.ends_with(" " + shown);
      }));
    }
  }
  CHECK(seen > 10);
}

TEST_CASE("the README's session is one that a transcript plays", "[transcripts]") {
  const fs::path project = DBMIGRATE_PROJECT;
  const std::string readme = read_file(project / "README.md");
  const auto begin = readme.find("```\n$ dbmigrate init\n");
  REQUIRE(begin != std::string::npos);
  const auto end = readme.find("```", begin + 4);
  const auto shown = Transcript::parse(readme.substr(begin + 4, end - begin - 4)).commands;
  const auto played = Transcript::parse(read_file(project / "tests" / "transcripts" / "readme.txt")).commands;

  REQUIRE(shown.size() == played.size());
  for (std::size_t i = 0; i < shown.size(); ++i) {
    INFO(shown[i].command);
    CHECK(shown[i].command == played[i].command);
    for (const auto& line : compare(played[i].output, shown[i].output)) {
      INFO(line.expected << " | " << line.got);
      CHECK(line.fate == Fate::same);
    }
  }
}
