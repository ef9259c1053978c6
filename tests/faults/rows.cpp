// Ids by the company they keep.
// SPDX-License-Identifier: Apache-2.0
#include "faults/rows.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <cstddef>
#include <functional>
#include <map>
#include <string_view>

namespace dbmigrate::faults {
namespace {

constexpr std::string_view kIdShape = "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx";
constexpr std::string_view kTimeShape = "dddd-dd-ddtdd:dd:dd";
constexpr std::string_view kEpochShape = "\"dddddddddd.dddddd";  ///< as text in a JSON value
constexpr int kDegrees = 3;

bool has_shape(std::string_view text, std::string_view shape) {
  if (text.size() < shape.size()) return false;
  for (std::size_t i = 0; i < shape.size(); ++i) {
    const auto c = static_cast<unsigned char>(text[i]);
    const bool fits = shape[i] == 'x'   ? std::isxdigit(c) != 0
                      : shape[i] == 'd' ? std::isdigit(c) != 0
                      : shape[i] == 't' ? c == 'T' || c == ' '
                                        : text[i] == shape[i];
    if (!fits) return false;
  }
  return true;
}

/// Plain text, or an id.
struct Piece {
  std::string text;
  bool is_id = false;
};

/// The length of a time that begins here, zone included; its first 26 characters, fraction filled up, in `sortable`.
std::size_t time_at(std::string_view text, std::string& sortable) {
  std::size_t end = kTimeShape.size();
  sortable = text.substr(0, end);
  sortable[kTimeShape.find('t')] = 'T';
  if (end < text.size() && text[end] == '.') {
    do sortable += text[end++];
    while (end < text.size() && std::isdigit(static_cast<unsigned char>(text[end])) != 0);
  } else {
    sortable += '.';
  }
  sortable.resize(26, '0');
  while (end < text.size() &&
         (text[end] == '+' || text[end] == ':' || std::isdigit(static_cast<unsigned char>(text[end])))) {
    ++end;
  }
  return end;
}

std::vector<Piece> pieces_of(const std::string& json, const Before& before) {
  std::vector<Piece> pieces(1);
  std::string_view rest = json;
  while (!rest.empty()) {
    std::size_t taken = 1;
    if (has_shape(rest, kIdShape) && !before.ids.contains(std::string(rest.substr(0, kIdShape.size())))) {
      taken = kIdShape.size();
      pieces.push_back({std::string(rest.substr(0, taken)), true});
      pieces.emplace_back();
    } else if (has_shape(rest, kTimeShape)) {
      std::string sortable;
      taken = time_at(rest, sortable);
      pieces.back().text += sortable > before.moment ? std::string_view("now") : rest.substr(0, taken);
    } else if (has_shape(rest, kEpochShape)) {
      taken = kEpochShape.size();
      pieces.back().text += "\"epoch";
    } else {
      pieces.back().text += rest.front();
    }
    rest.remove_prefix(taken);
  }
  return pieces;
}

using Labels = std::map<std::string, std::size_t>;

/// `self` is the id whose company is described.
std::string row_text(const std::string& table, const std::vector<Piece>& pieces, const Labels& labels,
                     std::string_view self) {
  std::string text = table + " ";
  for (const auto& piece : pieces) {
    if (!piece.is_id) {
      text += piece.text;
    } else if (piece.text == self) {
      text += "<self>";
    } else {
      text += fmt::format("<id {:x}>", labels.at(piece.text));
    }
  }
  return text;
}

}  // namespace

std::set<std::string> ids_in(const std::vector<TableRow>& rows) {
  std::set<std::string> ids;
  for (const auto& row : rows) {
    for (const auto& piece : pieces_of(row.json, {})) {
      if (piece.is_id) ids.insert(piece.text);
    }
  }
  return ids;
}

std::string with_fixed_ids(const std::string& sql) {
  std::map<std::string, std::string> fixed;
  std::string text;
  std::string_view rest = sql;
  while (!rest.empty()) {
    if (!has_shape(rest, kIdShape)) {
      text += rest.front();
      rest.remove_prefix(1);
      continue;
    }
    const auto number = fixed.size() + 1;
    // Spread as random ids are, but always the same.
    const auto known =
        fixed.try_emplace(std::string(rest.substr(0, kIdShape.size())),
                          fmt::format("{:08x}-0000-4000-8000-{:012x}", number * 2654435761U & 0xffffffffU, number));
    text += known.first->second;
    rest.remove_prefix(kIdShape.size());
  }
  return text;
}

std::string canonical_rows(const std::vector<TableRow>& rows, const Before& before) {
  std::vector<std::vector<Piece>> split;
  Labels labels;
  std::map<std::string, std::set<std::size_t>> company;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    split.push_back(pieces_of(rows[i].json, before));
    for (const auto& piece : split.back()) {
      if (!piece.is_id) continue;
      labels[piece.text] = 0;
      company[piece.text].insert(i);
    }
  }
  for (int degree = 0; degree < kDegrees; ++degree) {
    Labels next;
    for (const auto& [id, places] : company) {
      std::vector<std::string> texts;
      for (const auto i : places) texts.push_back(row_text(rows[i].table, split[i], labels, id));
      std::sort(texts.begin(), texts.end());
      next[id] = std::hash<std::string>{}(fmt::format("{}", fmt::join(texts, "\n")));
    }
    labels = std::move(next);
  }
  std::map<std::string, int> lines;
  for (std::size_t i = 0; i < rows.size(); ++i) ++lines[row_text(rows[i].table, split[i], labels, "")];
  std::string text;
  for (const auto& [line, times] : lines) text += fmt::format("row of {} ({} times)\n", line, times);
  return text;
}

}  // namespace dbmigrate::faults
