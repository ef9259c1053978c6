// Reads the beginning of a statement the way its manual page spells it.
// SPDX-License-Identifier: Apache-2.0
#include "sql/first_words.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "sql/lexer.hpp"
#include "sql/words.hpp"

namespace dbmigrate::sql {
namespace {

/// Kinds of object that take a second word.
constexpr std::array<std::pair<std::string_view, std::string_view>, 13> kTwoWords{{
    {"MATERIALIZED", "view"},
    {"FOREIGN", "table"},
    {"EVENT", "trigger"},
    {"ACCESS", "method"},
    {"OPERATOR", "class"},
    {"OPERATOR", "family"},
    {"USER", "mapping"},
    {"DEFAULT", "privileges"},
    {"LARGE", "object"},
    {"TEXT", "search"},
    {"PROPERTY", "graph"},
    {"OWNED", "by"},
    {"INDEX", "concurrently"},
}};

std::string upper(std::string_view word) {
  std::string text(word);
  for (char& c : text) {
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  }
  return text;
}

/// `words` is behind CREATE, DROP or ALTER.
std::string object_command(std::string command, Words words) {
  words.skip({"or", "replace", "unique", "global", "local", "temp", "temporary", "unlogged", "recursive", "trusted",
              "procedural", "constraint"});
  if (words.take_all({"foreign", "data", "wrapper"})) return command + " FOREIGN DATA WRAPPER";
  if (words.take_all({"default", "conversion"})) return command + " CONVERSION";
  const auto kind = words.take_word();
  if (kind.empty()) return command;
  command += " " + kind;
  for (const auto& [first, second] : kTwoWords) {
    if (kind == first && words.take(second)) command += " " + upper(second);
  }
  if (kind == "TABLE" && words.has({"detach", "partition"})) {
    command += words.has({"concurrently"}) ? " DETACH PARTITION CONCURRENTLY" : " DETACH PARTITION";
  }
  if (command == "ALTER DATABASE" && words.has({"set", "tablespace"})) command += " SET TABLESPACE";
  return command;
}

std::string reindex_command(Words words) {
  const bool option = words.option("concurrently").value_or(false);
  words.skip_parentheses();
  std::string command = "REINDEX " + words.take_word();
  if (words.next_is("concurrently") || option) command += " CONCURRENTLY";
  return command;
}

/// The verb behind the queries of WITH.
std::string verb_after_with(std::string_view statement) {
  std::size_t depth = 0;
  for (Token token = next_token(statement, 0); token.kind != TokenKind::end; token = next_token(statement, token.end)) {
    if (token.kind == TokenKind::open) ++depth;
    if (token.kind == TokenKind::close && depth > 0) --depth;
    if (token.kind != TokenKind::word || depth > 0) continue;
    for (const std::string_view verb : {"select", "insert", "update", "delete", "merge", "values", "table"}) {
      if (is_word(token.text_in(statement), verb)) return upper(verb);
    }
  }
  return "WITH";
}

/// CREATE SUBSCRIPTION makes the slot unless told otherwise; with connect = false that is the default.
bool creates_slot(const Words& words) {
  return words.option("create_slot").value_or(words.option("connect").value_or(true));
}

bool alter_subscription_forbids(const Words& words) {
  const bool publications =
      words.has({"set", "publication"}) || words.has({"add", "publication"}) || words.has({"drop", "publication"});
  return words.has({"refresh", "publication"}) || (publications && words.option("refresh").value_or(true)) ||
         words.option("failover").has_value() || !words.option("two_phase").value_or(true);
}

void take_index(Words words, StatementFacts& facts) {
  facts.forbids_transaction = true;
  const bool if_not_exists = words.take_all({"if", "not", "exists"});
  ObjectName index;
  if (!words.next_is("on")) index = words.take_name().value_or(ObjectName{});
  if (!words.take("on")) return;
  words.take("only");
  const auto table = words.take_name();
  if (!table) return;
  facts.builds_index = ConcurrentIndex{{table->schema, index.name}, *table, if_not_exists};
}

std::vector<ObjectName> names(Words& words) {
  std::vector<ObjectName> list;
  do {
    auto name = words.take_name();
    if (!name) break;
    list.push_back(std::move(*name));
  } while (words.take_symbol(','));
  return list;
}

void take_create(Words words, StatementFacts& facts) {
  words.take("unique");
  if (words.take_all({"index", "concurrently"})) return take_index(words, facts);
  if (words.next_is("database") || words.next_is("tablespace")) facts.forbids_transaction = true;
  if (words.take("subscription")) facts.forbids_transaction = creates_slot(words);
  const bool extension = words.take("extension");
  words.take("unlogged");
  const bool table = !extension && words.take("table");
  if (!extension && !table) return;
  words.take_all({"if", "not", "exists"});
  const auto name = words.take_name();
  if (!name) return;
  if (extension) facts.creates_extensions.push_back(name->name);
  if (table && name->schema != "pg_temp") facts.creates_tables.push_back(*name);
}

void take_drop(Words words, StatementFacts& facts) {
  if (words.take_all({"index", "concurrently"})) {
    facts.forbids_transaction = true;
    words.take_all({"if", "exists"});
    facts.drops_indexes = names(words);
  } else if (words.take("extension")) {
    words.take_all({"if", "exists"});
    for (auto& name : names(words)) facts.drops_extensions.push_back(std::move(name.name));
  } else {
    facts.forbids_transaction =
        words.next_is("database") || words.next_is("tablespace") || words.next_is("subscription");
  }
}

void take_alter(Words words, StatementFacts& facts) {
  if (words.take("table")) {
    facts.forbids_transaction = words.has({"detach", "partition"}) && words.has({"concurrently"});
  } else if (words.take("subscription")) {
    facts.forbids_transaction = alter_subscription_forbids(words);
  } else if (words.take("database")) {
    facts.forbids_transaction = words.has({"set", "tablespace"});
  } else {
    facts.forbids_transaction = words.next_is("system");
  }
}

void take_reindex(Words words, StatementFacts& facts) {
  const bool option = words.option("concurrently").value_or(false);
  words.skip_parentheses();
  const bool many = words.next_is("schema") || words.next_is("database") || words.next_is("system");
  facts.forbids_transaction = many || option;
}

/// CLUSTER and REPACK of no table in particular work through all of them, each in its own transaction.
void take_rewrite(Words words, StatementFacts& facts) {
  const bool concurrently = words.option("concurrently").value_or(false);
  words.skip_parentheses();
  words.take("verbose");
  facts.forbids_transaction = concurrently || words.at_end() || words.next_is("using");
}

void take_end(Words words, StatementFacts& facts) {
  if (words.take("prepared")) {
    facts.forbids_transaction = true;
    return;
  }
  words.skip({"work", "transaction"});
  facts.transaction_control = !words.next_is("to");
}

}  // namespace

std::string command_of(std::string_view statement) {
  Words words(statement);
  if (words.at_end()) return {};
  const auto verb = words.take_word();
  if (verb.empty()) return "SELECT";  // an opening parenthesis, in all that PostgreSQL accepts
  if (verb == "CREATE" || verb == "DROP" || verb == "ALTER") return object_command(verb, words);
  if (verb == "REINDEX") return reindex_command(words);
  if (verb == "WITH") return verb_after_with(statement);
  if (verb == "PREPARE" || verb == "START") return words.take("transaction") ? verb + " TRANSACTION" : verb;
  if (verb == "COMMIT" || verb == "ROLLBACK") {
    if (words.take("prepared")) return verb + " PREPARED";
    words.skip({"work", "transaction"});
    return words.take("to") ? verb + " TO" : verb;
  }
  if (verb == "DISCARD") return verb + " " + words.take_word();
  if (verb == "REFRESH" && words.take_all({"materialized", "view"})) return "REFRESH MATERIALIZED VIEW";
  if (verb == "IMPORT" && words.take_all({"foreign", "schema"})) return "IMPORT FOREIGN SCHEMA";
  if (verb == "SECURITY" && words.take("label")) return "SECURITY LABEL";
  return verb;
}

StatementFacts facts_from_words(std::string_view statement) {
  StatementFacts facts;
  facts.command = command_of(statement);
  Words words(statement);
  const auto verb = words.take_word();
  if (verb == "CREATE") take_create(words, facts);
  if (verb == "DROP") take_drop(words, facts);
  if (verb == "ALTER") take_alter(words, facts);
  if (verb == "REINDEX") take_reindex(words, facts);
  if (verb == "CLUSTER" || verb == "REPACK") take_rewrite(words, facts);
  if (verb == "VACUUM") facts.forbids_transaction = true;
  if (verb == "DISCARD") facts.forbids_transaction = words.next_is("all");
  if (verb == "CALL" || verb == "DO") facts.call_or_do = true;
  if (verb == "BEGIN" || verb == "END" || verb == "ABORT") facts.transaction_control = true;
  if (verb == "START" || verb == "PREPARE") facts.transaction_control = words.next_is("transaction");
  if (verb == "COMMIT" || verb == "ROLLBACK") take_end(words, facts);
  return facts;
}

}  // namespace dbmigrate::sql
