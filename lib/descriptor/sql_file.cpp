// Settings become YAML nodes at the place where they stand.
// SPDX-License-Identifier: Apache-2.0
#include "descriptor/sql_file.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <string_view>
#include <utility>
#include <vector>

#include "descriptor/directives.hpp"

namespace dbmigrate {
namespace {

[[noreturn]] void refuse(const SqlText& sql, std::size_t offset, std::string message, std::string detail,
                         std::string hint) {
  throw Error({.code = ErrorCode::invalid_descriptor,
               .message = std::move(message),
               .detail = std::move(detail),
               .hint = std::move(hint),
               .at = location_in(sql, offset)});
}

yaml::Node scalar_at(std::string_view text, const Location& at) {
  yaml::Node node;
  node.kind = yaml::NodeKind::scalar;
  node.text = text;
  node.line = node.content_line = at.line;
  node.column = at.column;
  node.content_indent = at.column - 1;
  return node;
}

/// `a, b` is a list where the descriptor takes one, `null` no parent.
yaml::Node value_of(const SqlText& sql, const Directive& setting) {
  const auto at = location_in(sql, setting.value_at);
  yaml::Node node = scalar_at(setting.value, at);
  const bool may_be_list = setting.key == "down_revision" || setting.key == "depends_on";
  if (setting.key == "down_revision" && setting.value == "null") node.kind = yaml::NodeKind::null;
  if (!may_be_list || setting.value.find(',') == std::string_view::npos) return node;
  node.kind = yaml::NodeKind::sequence;
  node.text.clear();
  for (auto rest = setting.value;;) {
    auto item = rest.substr(0, rest.find(','));
    const auto behind = item.size();
    item.remove_prefix(std::min(item.find_first_not_of(" \t"), item.size()));
    item = item.substr(0, item.find_last_not_of(" \t") + 1);
    node.items.push_back(scalar_at(item, at));
    if (behind == rest.size()) return node;
    rest.remove_prefix(behind + 1);
  }
}

yaml::Document no_settings(const SqlText& sql) {
  yaml::Document settings{.file = sql.file, .code = ErrorCode::invalid_descriptor, .root = {}};
  settings.root.kind = yaml::NodeKind::mapping;
  settings.root.line = sql.first_line;
  settings.root.column = 1;
  return settings;
}

/// Whether `offset`, which lies in a leading comment, is inside `/* … */` and so commented out.
bool in_block_comment(std::string_view text, std::size_t from, std::size_t offset) {
  return skip_blanks_and_comments(text.substr(0, offset), from) < offset;
}

void add_setting(const SqlText& sql, const Directive& setting, std::size_t from, yaml::Document& settings) {
  if (skip_blanks_and_comments(sql.text, from) < setting.begin) {
    refuse(sql, setting.key_at, fmt::format("the setting {} stands behind the first statement", setting.key),
           "Settings are read from the leading comments only.", "Move it to the top.");
  }
  if (in_block_comment(sql.text, from, setting.begin)) {
    refuse(sql, setting.key_at, fmt::format("the setting {} stands inside a block comment", setting.key),
           "It cannot be told whether it is meant.", "Remove it, or move it out of the comment.");
  }
  for (const auto& known : settings.root.keys) {
    if (known.text != setting.key) continue;
    refuse(sql, setting.key_at, fmt::format("duplicate setting {}", setting.key),
           fmt::format("Line {} has it already.", known.line), "Keep one of the two.");
  }
  settings.root.keys.push_back(scalar_at(setting.key, location_in(sql, setting.key_at)));
  settings.root.items.push_back(value_of(sql, setting));
}

/// Where the parts of a sectioned file begin and end.
struct Section {
  Directive marker;
  std::size_t end;
};

SqlText part_of(const SqlText& sql, const Section& section) {
  const std::string_view text = sql.text;
  const auto body = text.substr(section.marker.end, section.end - section.marker.end);
  const auto lines = std::count(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(section.marker.end), '\n');
  return {.text = std::string(body),
          .file = sql.file,
          .first_line = sql.first_line + static_cast<int>(lines),
          .indent = sql.indent};
}

std::vector<Section> sections_of(const SqlText& sql) {
  std::vector<Section> sections;
  for (auto found = next_directive(sql, 0); found; found = next_directive(sql, found->end)) {
    if (found->kind != Directive::Kind::up && found->kind != Directive::Kind::down) continue;
    for (const auto& earlier : sections) {
      if (earlier.marker.kind != found->kind) continue;
      refuse(sql, found->begin, fmt::format("a second section -- dbmigrate:{}", found->key),
             fmt::format("The first is in line {}.", location_in(sql, earlier.marker.begin).line), "Join the two.");
    }
    if (!sections.empty()) sections.back().end = found->begin;
    sections.push_back({*found, sql.text.size()});
  }
  return sections;
}

/// What stands above the first section belongs to the revision.
void add_preamble(const SqlText& sql, std::size_t end, yaml::Document& settings) {
  if (const auto code = skip_blanks_and_comments(sql.text, 0); code < end) {
    refuse(sql, code, "SQL stands above the first section",
           "It belongs to neither -- dbmigrate:up nor -- dbmigrate:down.",
           "Move it below the section line it belongs to.");
  }
  for (auto found = next_directive(sql, 0); found && found->begin < end; found = next_directive(sql, found->end)) {
    if (found->kind == Directive::Kind::setting) add_setting(sql, *found, 0, settings);
  }
}

void add_settings(const SqlText& sql, yaml::Document& settings) {
  for (auto found = next_directive(sql, 0); found; found = next_directive(sql, found->end)) {
    if (found->kind == Directive::Kind::setting) add_setting(sql, *found, 0, settings);
    if (found->kind != Directive::Kind::up && found->kind != Directive::Kind::down) continue;
    refuse(sql, found->begin, fmt::format("a section -- dbmigrate:{} where there are no sections", found->key),
           "Only a file STEM.sql that holds both directions has them.",
           "Remove the line, or put both directions into one STEM.sql.");
  }
}

}  // namespace

SqlPart read_part(SqlText sql) {
  auto settings = no_settings(sql);
  add_settings(sql, settings);
  return {.sql = std::move(sql), .settings = std::move(settings)};
}

std::optional<SectionedSql> read_sections(const SqlText& sql) {
  const auto sections = sections_of(sql);
  if (sections.empty()) return std::nullopt;
  SectionedSql parts;
  parts.up.settings = no_settings(sql);
  bool has_up = false;
  add_preamble(sql, sections.front().marker.begin, parts.up.settings);
  for (const auto& section : sections) {
    if (section.marker.kind == Directive::Kind::down) {
      parts.down = read_part(part_of(sql, section));
      continue;
    }
    has_up = true;
    parts.up.sql = part_of(sql, section);
    add_settings(parts.up.sql, parts.up.settings);
  }
  if (!has_up) {
    refuse(sql, sections.front().marker.begin, "there is no section -- dbmigrate:up",
           "The file takes back what nothing makes.", "Add the line -- dbmigrate:up and the SQL of the upgrade.");
  }
  return parts;
}

}  // namespace dbmigrate
