// A story of commands and what they print, as a text file that is read, compared and rewritten.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace dbmigrate {

using Lines = std::vector<std::string>;

struct TranscriptCommand {
  std::string command;
  int line = 0;  ///< where it stands, from 1
  Lines output;  ///< stdout and stderr as seen, without blank lines at the end; `[..]` stands for what varies
  int status = 0;

  bool operator==(const TranscriptCommand&) const = default;
};

struct TranscriptFile {
  std::string path;  ///< relative to the folder of the story, never outside of it
  std::string content;

  bool operator==(const TranscriptFile&) const = default;
};

/// Prose, then `$ commands` each with its output and `? status` where that is not 0, then `-- path --` files.
struct Transcript {
  Lines prose;
  std::vector<TranscriptCommand> commands;
  std::vector<TranscriptFile> files;

  /// Throws std::runtime_error naming the line when the text is not a transcript.
  static Transcript parse(std::string_view text);
  [[nodiscard]] std::string text() const;

  bool operator==(const Transcript&) const = default;
};

/// Cuts at line ends; blank lines at the end do not count.
Lines lines_of(std::string_view text);

/// `[..]` in the pattern stands for any text, none included.
bool line_matches(std::string_view pattern, std::string_view line);

enum class Fate { same, missing, unexpected };

struct ComparedLine {
  Fate fate = Fate::same;
  std::string expected;  ///< empty when unexpected
  std::string got;       ///< empty when missing

  bool operator==(const ComparedLine&) const = default;
};

/// The shortest way from the expected lines to those that came.
std::vector<ComparedLine> compare(const Lines& expected, const Lines& got);

/// What came, written with the `[..]` of the expected lines that still match it.
/// Throws std::runtime_error when a line would be read back as something else, such as one starting with `$ `.
Lines updated(const Lines& expected, const Lines& got);

}  // namespace dbmigrate
