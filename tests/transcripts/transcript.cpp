// Reads, compares and writes transcripts.
// SPDX-License-Identifier: Apache-2.0
#include "transcripts/transcript.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <filesystem>
#include <optional>
#include <stdexcept>
#include <system_error>
#include <utility>

namespace dbmigrate {
namespace {

constexpr std::string_view kCommand = "$ ";
constexpr std::string_view kWildcard = "[..]";

Lines split(std::string_view text) {
  Lines lines;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    lines.emplace_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return lines;
}

void drop_blank_end(Lines& lines) {
  while (!lines.empty() && lines.back().empty()) lines.pop_back();
}

/// The number of a line `? 3`.
std::optional<int> status_line(std::string_view line) {
  if (!line.starts_with("? ")) return std::nullopt;
  line.remove_prefix(2);
  int status = 0;
  const auto [end, error] = std::from_chars(line.data(), line.data() + line.size(), status);
  if (error != std::errc{} || end != line.data() + line.size()) return std::nullopt;
  return status;
}

/// The path of a line `-- path --`.
std::optional<std::string> file_line(std::string_view line) {
  if (!line.starts_with("-- ") || !line.ends_with(" --") || line.size() < 7) return std::nullopt;
  return std::string(line.substr(3, line.size() - 6));
}

bool leaves_its_folder(const std::filesystem::path& path) {
  return path.is_absolute() || std::ranges::any_of(path, [](const auto& part) { return part == ".."; });
}

class Reader {
 public:
  Transcript read(std::string_view text) {
    for (const std::string& line : split(text)) {
      ++line_;
      take(line);
    }
    drop_blank_end(transcript_.prose);
    for (TranscriptCommand& command : transcript_.commands) drop_blank_end(command.output);
    if (transcript_.commands.empty()) fail("there is no command");
    return std::move(transcript_);
  }

 private:
  void take(const std::string& line) {
    if (auto path = file_line(line)) {
      if (leaves_its_folder(*path)) fail("the path of a file leads out of its folder");
      transcript_.files.push_back({.path = *std::move(path), .content = ""});
    } else if (!transcript_.files.empty()) {
      transcript_.files.back().content += line + "\n";
    } else if (line.starts_with(kCommand)) {
      transcript_.commands.push_back(
          {.command = line.substr(kCommand.size()), .line = line_, .output = {}, .status = 0});
      closed_ = false;
    } else if (transcript_.commands.empty()) {
      transcript_.prose.push_back(line);
    } else if (const auto status = status_line(line)) {
      if (closed_) fail("a second exit status for one command");
      transcript_.commands.back().status = *status;
      closed_ = true;
    } else {
      if (closed_ && !line.empty()) fail("text after the exit status");
      transcript_.commands.back().output.push_back(line);
    }
  }

  [[noreturn]] void fail(std::string_view reason) const {
    throw std::runtime_error(fmt::format("line {}: {}", line_, reason));
  }

  Transcript transcript_;
  int line_ = 0;
  bool closed_ = false;  // the exit status of the last command was read
};

/// length[i][j]: how many lines of expected[i..] and got[j..] can be paired in order.
std::vector<std::vector<int>> pairings(const Lines& expected, const Lines& got) {
  std::vector<std::vector<int>> length(expected.size() + 1, std::vector<int>(got.size() + 1, 0));
  for (std::size_t i = expected.size(); i-- > 0;) {
    for (std::size_t j = got.size(); j-- > 0;) {
      length[i][j] =
          line_matches(expected[i], got[j]) ? length[i + 1][j + 1] + 1 : std::max(length[i + 1][j], length[i][j + 1]);
    }
  }
  return length;
}

}  // namespace

Lines lines_of(std::string_view text) {
  Lines lines = split(text);
  drop_blank_end(lines);
  return lines;
}

Transcript Transcript::parse(std::string_view text) { return Reader().read(text); }

std::string Transcript::text() const {
  std::string text;
  for (const std::string& line : prose) text += line + "\n";
  if (!prose.empty()) text += "\n";
  for (const TranscriptCommand& command : commands) {
    text += fmt::format("{}{}\n", kCommand, command.command);
    for (const std::string& line : command.output) text += line + "\n";
    if (command.status != 0) text += fmt::format("? {}\n", command.status);
  }
  if (!files.empty()) text += "\n";
  for (const TranscriptFile& file : files) text += fmt::format("-- {} --\n{}", file.path, file.content);
  return text;
}

bool line_matches(std::string_view pattern, std::string_view line) {
  const std::size_t at = pattern.find(kWildcard);
  if (at == std::string_view::npos) return pattern == line;
  if (!line.starts_with(pattern.substr(0, at))) return false;

  const std::string_view rest = pattern.substr(at + kWildcard.size());
  for (std::size_t from = at; from <= line.size(); ++from) {
    if (line_matches(rest, line.substr(from))) return true;
  }
  return false;
}

std::vector<ComparedLine> compare(const Lines& expected, const Lines& got) {
  const auto length = pairings(expected, got);
  std::vector<ComparedLine> result;
  std::size_t i = 0;
  std::size_t j = 0;
  while (i < expected.size() || j < got.size()) {
    if (i < expected.size() && j < got.size() && line_matches(expected[i], got[j])) {
      result.push_back({Fate::same, expected[i++], got[j++]});
    } else if (j == got.size() || (i < expected.size() && length[i + 1][j] >= length[i][j + 1])) {
      result.push_back({Fate::missing, expected[i++], ""});
    } else {
      result.push_back({Fate::unexpected, "", got[j++]});
    }
  }
  return result;
}

Lines updated(const Lines& expected, const Lines& got) {
  Lines lines;
  for (const ComparedLine& line : compare(expected, got)) {
    if (line.fate == Fate::missing) continue;
    lines.push_back(line.fate == Fate::same ? line.expected : line.got);
    if (lines.back().starts_with(kCommand) || status_line(lines.back()) || file_line(lines.back())) {
      throw std::runtime_error(fmt::format("a transcript cannot hold the output line \"{}\"", lines.back()));
    }
  }
  return lines;
}

}  // namespace dbmigrate
