// How transcripts are read, compared and rewritten.
// SPDX-License-Identifier: Apache-2.0
#include "transcripts/transcript.hpp"

#include <stdexcept>
#include <string>

#include "support/catch.hpp"

namespace dbmigrate {
namespace {

const std::string kStory =
    "What happens.\n"
    "\n"
    "$ dbmigrate status\n"
    "first\n"
    "\n"
    "third\n"
    "$ false\n"
    "? 1\n"
    "\n"
    "-- a/one.sql --\n"
    "SELECT 1;\n"
    "\n"
    "-- two.sql --\n";

TEST_CASE("a transcript is prose, commands and files", "[transcripts]") {
  const Transcript story = Transcript::parse(kStory);

  CHECK(story.prose == Lines{"What happens."});
  REQUIRE(story.commands.size() == 2);
  CHECK(story.commands[0] == TranscriptCommand{"dbmigrate status", 3, {"first", "", "third"}, 0});
  CHECK(story.commands[1] == TranscriptCommand{"false", 7, {}, 1});
  CHECK(story.files == std::vector<TranscriptFile>{{"a/one.sql", "SELECT 1;\n\n"}, {"two.sql", ""}});
}

TEST_CASE("a transcript that is read and written is the same text", "[transcripts]") {
  CHECK(Transcript::parse(kStory).text() == kStory);
}

TEST_CASE("what is no transcript is refused", "[transcripts]") {
  const auto reading =
      GENERATE("only prose\n", "$ a\n? 1\n? 2\n", "$ a\n? 1\nmore\n", "$ a\n\n-- ../b --\n", "$ a\n\n-- /etc/b --\n");
  CHECK_THROWS_AS(Transcript::parse(reading), std::runtime_error);
}

TEST_CASE("[..] stands for any text of a line", "[transcripts]") {
  CHECK(line_matches("took [..] ms", "took 12 ms"));
  CHECK(line_matches("took [..] ms", "took  ms"));
  CHECK(line_matches("[..]a[..]b", "xaxabb"));
  CHECK(line_matches("[..]", ""));
  CHECK_FALSE(line_matches("took [..] ms", "took 12 s"));
  CHECK_FALSE(line_matches("took", "took 12"));
  CHECK_FALSE(line_matches("[.]", "x"));
}

TEST_CASE("a comparison keeps what stayed in line", "[transcripts]") {
  const auto result = compare({"one", "two [..]", "three"}, {"one", "new", "two 2"});

  CHECK(result == std::vector<ComparedLine>{{Fate::same, "one", "one"},
                                            {Fate::unexpected, "", "new"},
                                            {Fate::same, "two [..]", "two 2"},
                                            {Fate::missing, "three", ""}});
}

TEST_CASE("an update keeps the [..] that still fits and takes the rest as it came", "[transcripts]") {
  CHECK(updated({"took [..] ms", "gone", "in [..]"}, {"took 5 ms", "on monday"}) == Lines{"took [..] ms", "on monday"});
}

TEST_CASE("output that would be read back as a command is refused", "[transcripts]") {
  const auto line = GENERATE("$ ls", "? 3", "-- file --");
  CHECK_THROWS_AS(updated({}, {line}), std::runtime_error);
}

TEST_CASE("blank lines at the end of an output do not count", "[transcripts]") {
  CHECK(lines_of("a\n\nb\n\n\n") == Lines{"a", "", "b"});
  CHECK(lines_of("\n").empty());
}

}  // namespace
}  // namespace dbmigrate
