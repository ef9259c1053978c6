// `transcript [--update] --program PATH --project DIR FILE...`: plays stories and compares what is seen with what they
// say. SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <filesystem>
#include <iterator>
#include <stdexcept>
#include <string>
#include <vector>

#include "core/file.hpp"
#include "transcripts/database.hpp"
#include "transcripts/sandbox.hpp"
#include "transcripts/test_server.hpp"
#include "transcripts/transcript.hpp"

namespace dbmigrate {
namespace {

enum class Mode { compare, update };

struct Arguments {
  Mode mode = Mode::compare;
  Stage stage;
  std::vector<std::string> files;
};

Arguments parse_arguments(const std::vector<std::string>& words) {
  Arguments arguments;
  for (auto word = words.begin(); word != words.end(); ++word) {
    if (*word == "--update") {
      arguments.mode = Mode::update;
    } else if (*word == "--program" && std::next(word) != words.end()) {
      arguments.stage.program = *++word;
    } else if (*word == "--project" && std::next(word) != words.end()) {
      arguments.stage.project = *++word;
    } else if (word->starts_with("-")) {
      throw std::runtime_error(fmt::format("unknown option {}", *word));
    } else {
      arguments.files.push_back(*word);
    }
  }
  if (arguments.stage.program.empty() || arguments.stage.project.empty() || arguments.files.empty()) {
    throw std::runtime_error("usage: transcript [--update] --program PATH --project DIR FILE...");
  }
  if (!std::filesystem::exists(arguments.stage.program)) {
    throw std::runtime_error(fmt::format("there is no program {}", arguments.stage.program.string()));
  }
  return arguments;
}

/// The story as it went this time: outputs and exit statuses are those seen.
Transcript play(const Transcript& story, const Stage& stage, const std::string& server) {
  const StoryDatabase database(server);
  Sandbox sandbox(stage, database.url());
  for (const TranscriptFile& file : story.files) sandbox.write(file);

  Transcript seen = story;
  for (TranscriptCommand& command : seen.commands) {
    const CommandResult result = sandbox.run(command.command);
    command.output = lines_of(result.output);
    command.status = result.status;
  }
  return seen;
}

bool as_expected(const std::vector<ComparedLine>& lines) {
  return std::ranges::all_of(lines, [](const ComparedLine& line) { return line.fate == Fate::same; });
}

/// Prints what differs: `-` was expected and did not come, `+` came and was not expected.
bool agrees(const std::string& file, const TranscriptCommand& expected, const TranscriptCommand& seen) {
  const std::vector<ComparedLine> lines = compare(expected.output, seen.output);
  if (expected.status == seen.status && as_expected(lines)) return true;

  fmt::print("{}:{}: `{}` went differently\n", file, expected.line, expected.command);
  for (const ComparedLine& line : lines) {
    switch (line.fate) {
      case Fate::same:
        fmt::print("    {}\n", line.got);
        break;
      case Fate::missing:
        fmt::print("  - {}\n", line.expected);
        break;
      case Fate::unexpected:
        fmt::print("  + {}\n", line.got);
        break;
    }
  }
  if (expected.status != seen.status) fmt::print("  - ? {}\n  + ? {}\n", expected.status, seen.status);
  return false;
}

bool compare_story(const std::string& file, const Transcript& story, const Transcript& seen) {
  bool same = true;
  for (std::size_t i = 0; i < story.commands.size(); ++i) {
    same = agrees(file, story.commands[i], seen.commands[i]) && same;
  }
  return same;
}

void update_story(const std::string& file, const Transcript& story, const Transcript& seen) {
  Transcript result = story;
  for (std::size_t i = 0; i < story.commands.size(); ++i) {
    result.commands[i].output = updated(story.commands[i].output, seen.commands[i].output);
    result.commands[i].status = seen.commands[i].status;
  }
  if (result != story) {
    write_file(file, result.text(), Overwrite::yes);
    fmt::print("updated {}\n", file);
  }
}

bool run_file(const Arguments& arguments, const std::string& file, const std::string& server) {
  try {
    const Transcript story = Transcript::parse(read_file(file));
    const Transcript seen = play(story, arguments.stage, server);
    if (arguments.mode == Mode::compare) return compare_story(file, story, seen);
    update_story(file, story, seen);
    return true;
  } catch (const std::exception& error) {
    fmt::print("{}: {}\n", file, error.what());
    return false;
  }
}

int run(const Arguments& arguments) {
  const TestServer server;
  bool same = true;
  for (const std::string& file : arguments.files) same = run_file(arguments, file, server.url()) && same;
  return same ? EXIT_SUCCESS : EXIT_FAILURE;
}

}  // namespace
}  // namespace dbmigrate

int main(int argc, char** argv) {
  try {
    return dbmigrate::run(dbmigrate::parse_arguments({argv + 1, argv + argc}));
  } catch (const std::exception& error) {
    fmt::print(stderr, "transcript: {}\n", error.what());
    return 2;
  }
}
