// Keys and values of a contract, read strictly: what is not understood would not be held.
// SPDX-License-Identifier: Apache-2.0
#include "contract/contract_file.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <set>
#include <system_error>
#include <utility>

#include "contract/column_type.hpp"
#include "contract/relations.hpp"
#include "yaml/value.hpp"

namespace dbmigrate {
namespace {

constexpr std::string_view kSuffix = ".yaml";
constexpr std::string_view kVersionMark = ".v";
constexpr int kHighestVersion = 1'000'000;

bool is_name(std::string_view name) {
  return !name.empty() && name.front() != '.' && std::all_of(name.begin(), name.end(), [](unsigned char c) {
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '_' || c == '-' ||
           c == '.' || c >= 0x80;
  });
}

RelationName read_relation(const yaml::Value& value) {
  auto parts = identity_parts(value.text());
  if (parts.size() == 1) parts.insert(parts.begin(), "public");
  if (parts.size() != 2 || parts[0].empty() || parts[1].empty()) {
    value.fail_as_wrong("the name of a relation", "Write NAME or SCHEMA.NAME.");
  }
  return {parts[0], parts[1]};
}

std::vector<ContractColumn> read_columns(const yaml::Value& value) {
  std::vector<ContractColumn> columns;
  std::set<std::string> names;
  for (const auto& item : value.list()) {
    const auto keys = item.mapping("a column", {"name", "type", "required"});
    const auto name = keys.required("name");
    if (!names.insert(name.text()).second) {
      name.fail(fmt::format("the column {} is there twice", name.text()), "A relation has each name once.",
                "Remove one of them.");
    }
    const auto required = keys.find("required");
    columns.push_back({.name = name.text(),
                       .type = canonical_type(keys.required("type").text()),
                       .required = required && required->boolean()});
  }
  if (columns.empty()) {
    value.fail("columns is an empty list", "A contract freezes all columns of its relation.",
               "List the columns in their order.");
  }
  return columns;
}

SqlText read_sql(const yaml::Value& value) {
  const auto& node = value.node();
  return {.text = value.text(),
          .file = value.file(),
          .first_line = node.content_line > 0 ? node.content_line : node.line,
          .indent = node.content_indent};
}

std::vector<std::vector<std::optional<std::string>>> read_rows(const yaml::Value& value) {
  std::vector<std::vector<std::optional<std::string>>> rows;
  for (const auto& row : value.list()) {
    auto& values = rows.emplace_back();
    for (const auto& one : row.list()) {
      values.push_back(one.is_null() ? std::nullopt : std::optional(one.any_text()));
    }
    if (values.size() != rows.front().size()) {
      row.fail("a row has more or fewer values than the first one",
               fmt::format("It has {}, the first one {}.", values.size(), rows.front().size()),
               "Write one value for each column of the query; null for NULL.");
    }
  }
  return rows;
}

std::vector<GoldenRows> read_golden(const yaml::Value& value) {
  std::vector<GoldenRows> golden;
  std::set<std::string> names;
  for (const auto& item : value.list()) {
    const auto keys = item.mapping("golden rows", {"name", "given", "query", "expect"});
    const auto name = keys.required("name");
    if (!names.insert(name.text()).second) {
      name.fail(fmt::format("golden rows are called \"{}\" twice", name.text()), "Their names tell them apart.",
                "Rename one of them.");
    }
    golden.push_back({.name = name.text(),
                      .given = read_sql(keys.required("given")),
                      .query = read_sql(keys.required("query")),
                      .expect = read_rows(keys.required("expect"))});
  }
  return golden;
}

/// The way from the version before: whoever reads version 1 has to move.
void read_way_here(const yaml::Mapping& keys, Contract& contract) {
  for (const auto* const key : {"rfc", "sign_offs", "data_path", "notice"}) {
    if (contract.version == 1 || keys.has(key)) continue;
    keys.fail(
        fmt::format("version {} of {} has no {}", contract.version, contract.name, key),
        "Who reads the version before has to move, so from version 2 on rfc, sign_offs, data_path and notice are "
        "required.",
        "Add it: rfc says where the reasons are, sign_offs who agreed, data_path how data and readers move, notice "
        "since when the readers know.");
  }
  if (const auto value = keys.find("rfc")) contract.rfc = value->text();
  if (const auto value = keys.find("sign_offs")) contract.sign_offs = value->texts();
  if (const auto value = keys.find("data_path")) contract.data_path = value->text();
  if (const auto value = keys.find("notice")) contract.notice = value->text();
}

}  // namespace

std::optional<ContractFileName> parse_contract_file_name(std::string_view name) {
  if (!name.ends_with(kSuffix)) return std::nullopt;
  name.remove_suffix(kSuffix.size());
  const auto mark = name.rfind(kVersionMark);
  if (mark == std::string_view::npos || !is_name(name.substr(0, mark))) return std::nullopt;
  const auto digits = name.substr(mark + kVersionMark.size());
  int version = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), version);
  const bool plain = error == std::errc{} && end == digits.data() + digits.size() && digits.front() != '0';
  if (!plain || version < 1 || version > kHighestVersion) return std::nullopt;
  return ContractFileName{std::string(name.substr(0, mark)), version};
}

std::string contract_file_name(std::string_view contract, int version) {
  return fmt::format("{}{}{}{}", contract, kVersionMark, version, kSuffix);
}

Contract parse_contract_file(std::string text, const std::string& path, const ContractFileName& name) {
  const auto document = yaml::parse(std::move(text), path, ErrorCode::invalid_descriptor);
  const auto keys = yaml::Value(document, "a contract")
                        .mapping("a contract", {"contract", "version", "relation", "columns", "golden", "rfc",
                                                "sign_offs", "data_path", "notice"});
  Contract contract;
  const auto called = keys.required("contract");
  contract.name = called.text();
  if (contract.name != name.contract) {
    called.fail(fmt::format("the contract {} stands in the file of {}", contract.name, name.contract),
                "A contract's file is called NAME.vN.yaml.",
                fmt::format("Write {} here, or rename the file.", name.contract));
  }
  const auto version = keys.required("version");
  contract.version = static_cast<int>(version.integer(1, kHighestVersion));
  if (contract.version != name.version) {
    version.fail(fmt::format("version {} stands in the file of version {}", contract.version, name.version),
                 "A contract's file is called NAME.vN.yaml.",
                 fmt::format("Write {} here, or rename the file.", name.version));
  }
  contract.relation = read_relation(keys.required("relation"));
  contract.columns = read_columns(keys.required("columns"));
  if (const auto value = keys.find("golden")) contract.golden = read_golden(*value);
  read_way_here(keys, contract);
  contract.file = path;
  return contract;
}

}  // namespace dbmigrate
