// Reading the file, and writing a trace as the file would have it.
// SPDX-License-Identifier: Apache-2.0
#include "lock_facts.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <map>
#include <set>

#include "core/file.hpp"
#include "embedded/server_binaries.hpp"
#include "postgres/session.hpp"
#include "support/csv.hpp"

namespace dbmigrate::tests {
namespace {

std::vector<std::string> statements_after(const std::string& notes) {
  const auto at = notes.find("after: ");
  std::vector<std::string> statements;
  if (at == std::string::npos) return statements;
  std::string rest = notes.substr(at + 7);
  for (auto end = rest.find("; "); end != std::string::npos; end = rest.find("; ")) {
    statements.push_back(rest.substr(0, end));
    rest.erase(0, end + 2);
  }
  statements.push_back(rest);
  return statements;
}

std::string bare(const std::string& relation) {
  return relation.starts_with("m.") || relation.starts_with("m2.") ? relation.substr(relation.find('.') + 1) : relation;
}

std::string joined(const std::set<std::string>& names, std::string_view separator = "+") {
  std::string text;
  for (const auto& name : names) text += (text.empty() ? "" : std::string(separator)) + name;
  return text;
}

std::string joined(const std::vector<std::string>& relations) {
  std::set<std::string> names;
  for (const auto& relation : relations) names.insert(bare(relation));
  return joined(names);
}

bool table_like(RelationKind kind) {
  return kind == RelationKind::table || kind == RelationKind::partitioned_table ||
         kind == RelationKind::materialized_view || kind == RelationKind::view;
}

void add_locks(const StatementTrace& trace, LockFact& fact) {
  const auto strongest = trace.strongest_lock();
  fact.strongest_lock = std::string(name_of(strongest));
  auto table_lock = TableLockMode::none;
  std::set<std::string> tables;
  std::set<std::string> others;
  for (const auto& lock : trace.locks) {
    if (table_like(lock.kind) && lock.kind != RelationKind::view) table_lock = std::max(table_lock, lock.mode);
    if (lock.mode == strongest) (table_like(lock.kind) ? tables : others).insert(bare(lock.relation));
  }
  const auto& named = tables.empty() ? others : tables;
  fact.on_relation = joined(named);
  fact.table_lock = std::string(name_of(table_lock));
  std::set<std::string> rest;
  for (const auto& lock : trace.locks) {
    if (lock.mode == strongest && named.contains(bare(lock.relation))) continue;
    rest.insert(fmt::format("{}:{}", bare(lock.relation), name_of(lock.mode)));
  }
  fact.other_locks = joined(rest, "; ");
}

void add_indexes(const StatementTrace& trace, LockFact& fact) {
  const std::map<IndexChange::Kind, std::string> words{{IndexChange::Kind::built, "new"},
                                                       {IndexChange::Kind::rebuilt, "rebuilt"},
                                                       {IndexChange::Kind::kept, "recreated-same-file"},
                                                       {IndexChange::Kind::invalid, "invalid"},
                                                       {IndexChange::Kind::gone, "gone"}};
  std::map<std::string, std::set<std::string>> by_word;
  for (const auto& change : trace.indexes) by_word[words.at(change.kind)].insert(bare(change.index));
  std::set<std::string> parts;
  for (const auto& [word, names] : by_word) parts.insert(word + ":" + joined(names));
  fact.indexes = joined(parts, "; ");
}

/// In whatever order the file has them.
std::string sorted_parts(const std::string& text) {
  std::set<std::string> parts;
  std::string rest = text;
  for (auto end = rest.find("; "); end != std::string::npos; end = rest.find("; ")) {
    parts.insert(rest.substr(0, end));
    rest.erase(0, end + 2);
  }
  if (!rest.empty()) parts.insert(rest);
  return joined(parts, "; ");
}

}  // namespace

std::vector<LockFact> read_lock_facts(const std::string& file) {
  const auto rows = read_csv(read_file(file));
  std::map<std::string, std::size_t> column;
  for (std::size_t i = 0; i < rows.front().size(); ++i) column[rows.front()[i]] = i;
  std::vector<LockFact> facts;
  for (std::size_t i = 1; i < rows.size(); ++i) {
    const auto at = [&](const char* name) { return rows[i].at(column.at(name)); };
    LockFact fact{.id = at("id"),
                  .statement = at("statement_form"),
                  .strongest_lock = at("strongest_lock"),
                  .on_relation = at("on_relation"),
                  .rewrite = at("rewrite"),
                  .scan = at("scan"),
                  .transactional = at("transactional"),
                  .index_build = at("index_build"),
                  .table_lock = at("table_lock"),
                  .scanned = at("scanned"),
                  .rewritten = at("rewritten"),
                  .other_locks = sorted_parts(at("other_locks")),
                  .indexes = sorted_parts(at("indexes")),
                  .notes = at("notes")};
    fact.after = statements_after(fact.notes);
    facts.push_back(std::move(fact));
  }
  return facts;
}

LockFact fact_of(const StatementTrace& trace) {
  LockFact fact;
  fact.statement = trace.sql;
  if (trace.error) {
    fact.strongest_lock = "ERROR " + trace.error->sqlstate;
    return fact;
  }
  add_locks(trace, fact);
  auto files = trace.rewritten;
  files.insert(files.end(), trace.copied.begin(), trace.copied.end());
  files.insert(files.end(), trace.truncated.begin(), trace.truncated.end());
  fact.rewritten = joined(files);
  fact.rewrite = files.empty() ? "n" : "y";
  fact.scanned = joined(trace.scanned);
  fact.scan = trace.scanned.empty() ? "n" : "y";
  fact.transactional = trace.transactional ? "y" : "n";
  fact.index_build = trace.builds_index() ? "y" : "n";
  add_indexes(trace, fact);
  return fact;
}

LockFactServer::LockFactServer(const std::string& schema_file)
    : server_(find_server_binaries(
          std::getenv("DBMIGRATE_TEST_PG_BIN") != nullptr ? std::getenv("DBMIGRATE_TEST_PG_BIN") : "")) {
  auto admin = connect({.conninfo = server_.url(), .application_name = "test"});
  major_ = admin->server().major();
  admin->run("CREATE ROLE someone");
  admin->run("SET allow_in_place_tablespaces = on");
  admin->run("CREATE TABLESPACE ts2 LOCATION ''");
  admin->run("CREATE DATABASE facts");
  auto session = connect({.conninfo = server_.url("facts"), .application_name = "test"});
  session->run("SET search_path = m");
  session->run("SET timezone = 'UTC'");
  session->run(read_file(schema_file));
}

std::string LockFactServer::create_database() {
  auto admin = connect({.conninfo = server_.url(), .application_name = "test"});
  databases_.push_back(fmt::format("facts_{}", ++count_));
  admin->run(fmt::format("CREATE DATABASE {} TEMPLATE facts", databases_.back()));
  return server_.url(databases_.back());
}

void LockFactServer::drop_databases() {
  auto admin = connect({.conninfo = server_.url(), .application_name = "test"});
  for (const auto& database : databases_) admin->run(fmt::format("DROP DATABASE {} WITH (FORCE)", database));
  databases_.clear();
}

}  // namespace dbmigrate::tests
