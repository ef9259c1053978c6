// DO blocks and functions, and the statements in their bodies.
// SPDX-License-Identifier: Apache-2.0
#include <pg_query.h>

#include <algorithm>
#include <cstddef>
#include <memory>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "core/error.hpp"
#include "sql/action_tree.hpp"
#include "sql/body_pieces.hpp"
#include "sql/expression_tree.hpp"
#include "sql/first_words.hpp"
#include "sql/lexer.hpp"
#include "sql/parser.hpp"
#include "sql/script.hpp"
#include "sql/statement_tree.hpp"

namespace dbmigrate::sql {
namespace {

class PlpgsqlTree {
 public:
  explicit PlpgsqlTree(const std::string& statement) : result_(pg_query_parse_plpgsql(statement.c_str())) {}
  PlpgsqlTree(const PlpgsqlTree&) = delete;
  PlpgsqlTree& operator=(const PlpgsqlTree&) = delete;
  ~PlpgsqlTree() { pg_query_free_plpgsql_parse_result(result_); }

  [[nodiscard]] const PgQueryError* error() const { return result_.error; }
  [[nodiscard]] std::string_view tree() const { return result_.plpgsql_funcs == nullptr ? "" : result_.plpgsql_funcs; }

 private:
  PgQueryPlpgsqlParseResult result_;
};

std::string option_text(const Tree& options, std::string_view name) {
  for (const auto& element : options) {
    const auto& definition = child(element, "DefElem");
    if (text(definition, "defname") != name) continue;
    const auto& argument = child(definition, "arg");
    if (const auto& items = list(child(argument, "List"), "items"); !items.empty()) return string_node(items.front());
    return string_node(argument);
  }
  return {};
}

/// SQL found in PL/pgSQL, with the line it stands on.
struct Found {
  int line = 0;
  std::string sql;
};

class BodyReader {
 public:
  explicit BodyReader(const Reading& reading) : reading_(reading) {}

  /// `source`: the text between the quotes.
  std::shared_ptr<const Body> plpgsql(const std::string& source) {
    const PlpgsqlTree parsed{std::string(reading_.statement)};
    if (parsed.error() != nullptr) {
      body_.problem = parsed.error()->message;
      for (const auto& piece : pieces_of_body(source)) read_piece(piece);
      return finished();
    }
    const auto root = Tree::parse(parsed.tree(), nullptr, false);
    if (root.is_discarded()) {
      body_.problem = "it is not valid UTF-8";
      return finished();
    }
    each_node(root, [&](const std::string& key, const Tree& node) {
      look_at(key, node);
      return true;
    });
    std::stable_sort(found_.begin(), found_.end(),
                     [](const Found& left, const Found& right) { return left.line < right.line; });
    for (const auto& one : found_) add(one.sql);
    return finished();
  }

  std::shared_ptr<const Body> sql(const std::string& text) {
    add_script(text);
    return finished();
  }

  /// BEGIN ATOMIC … END, which the parser has taken apart already.
  std::shared_ptr<const Body> atomic(const Tree& node) {
    BodyStatement statement;
    statement.facts.parsed = true;
    each_node(node, [&](const std::string& key, const Tree& inner) {
      if (!key.ends_with("Stmt")) return true;
      read_rows(key, inner, statement.actions);
      return false;
    });
    body_.statements.push_back(std::move(statement));
    return finished();
  }

 private:
  std::shared_ptr<const Body> finished() { return std::make_shared<const Body>(std::move(body_)); }

  static std::string query_in(const Tree& node, const char* key) {
    return text(child(child(node, key), "PLpgSQL_expr"), "query");
  }

  void look_at(const std::string& key, const Tree& node) {
    const int line = number(node, "lineno");
    if (key == "PLpgSQL_stmt_execsql") found_.push_back({line, query_in(node, "sqlstmt")});
    if (key == "PLpgSQL_stmt_perform" || key == "PLpgSQL_stmt_call") found_.push_back({line, query_in(node, "expr")});
    if (key == "PLpgSQL_stmt_fors") found_.push_back({line, query_in(node, "query")});
    if (key == "PLpgSQL_stmt_dynexecute" || key == "PLpgSQL_stmt_dynfors") {
      add_dynamic(line, query_in(node, "query"));
    }
    if (key == "PLpgSQL_stmt_return_query") {
      if (node.contains("query")) found_.push_back({line, query_in(node, "query")});
      if (node.contains("dynquery")) add_dynamic(line, query_in(node, "dynquery"));
    }
    body_.controls_transaction |= key == "PLpgSQL_stmt_commit" || key == "PLpgSQL_stmt_rollback";
  }

  /// The text of an EXECUTE is an expression; a constant can be read.
  void add_dynamic(int line, const std::string& expression) {
    const Parsed parsed("SELECT " + expression);
    const auto root = Tree::parse(parsed.tree(), nullptr, false);
    std::string constant;
    if (parsed.error() == nullptr && root.is_object()) {
      each_node(list(root, "stmts"), [&](const std::string& key, const Tree& node) {
        if (key != "ResTarget") return true;
        constant = constant_in(child(node, "val"));
        return false;
      });
    }
    body_.dynamic |= constant.empty();
    if (!constant.empty()) found_.push_back({line, constant});
  }

  void add(const std::string& sql) {
    if (sql.empty()) return;
    add_script(sql);
  }

  /// Of a body that PL/pgSQL's parser refuses, for one statement maybe: what is SQL on its own.
  void read_piece(const std::vector<std::string_view>& beginnings) {
    for (const auto text : beginnings) {
      const auto first = next_token(text, 0);
      if (is_word(first.text_in(text), "execute")) {
        add_dynamic(0, std::string(text.substr(first.end)));
        for (const auto& one : std::exchange(found_, {})) add(one.sql);
        return;
      }
      auto statement = statement_at(text, reading_.statement.find(text));
      if (!statement.facts.parsed) continue;
      // END is a word of PL/pgSQL, and SELECT INTO fills a variable.
      if (statement.facts.transaction_control) {
        body_.controls_transaction |= !is_word(first.text_in(text), "end");
        return;
      }
      if (!is_word(first.text_in(text), "create")) {
        std::erase_if(statement.actions,
                      [](const Action& action) { return std::holds_alternative<CreateTableAs>(action); });
      }
      body_.statements.push_back(std::move(statement));
      return;
    }
  }

  void add_script(const std::string& text) {
    try {
      const auto script = split(text, "");
      const auto begin = reading_.statement.find(text);
      for (const auto& one : script.statements) {
        const auto at = begin == std::string_view::npos ? begin : begin + one.range.begin;
        body_.statements.push_back(statement_at(script.text_of(one), at));
      }
    } catch (const Error& error) {
      if (body_.problem.empty()) body_.problem = error.info().message;
    }
  }

  /// `at`: bytes into the statement that has the body; npos where the text is not there as it is.
  [[nodiscard]] BodyStatement statement_at(std::string_view text, std::size_t at) const {
    BodyStatement statement{.text = std::string(text),
                            .at = at == std::string_view::npos ? 0 : at,
                            .verbatim = at != std::string_view::npos,
                            .facts = {},
                            .actions = {}};
    const Parsed parsed{statement.text};
    if (parsed.error() != nullptr) {
      statement.facts = facts_from_words(statement.text);
      statement.facts.parse_error = parsed.error()->message;
      return statement;
    }
    const auto root = tree_of(parsed.tree());
    statement.facts.command = command_of(statement.text);
    if (root.is_discarded()) return statement;
    statement.facts.parsed = true;
    add_facts(root, statement.facts);
    statement.actions = actions_in(root, {statement.text, reading_.depth + 1});
    return statement;
  }

  Reading reading_;
  Body body_;
  std::vector<Found> found_;
};

bool is_readable(const std::string& language) { return language == "plpgsql" || language == "sql"; }

void do_block(const Tree& node, const Reading& reading, Actions& actions) {
  DoBlock made;
  auto language = option_text(list(node, "args"), "language");
  if (language.empty()) language = "plpgsql";
  if (language == "plpgsql" && reading.depth < kDeepestBody)
    made.body = BodyReader(reading).plpgsql(option_text(list(node, "args"), "as"));
  actions.emplace_back(std::move(made));
}

Volatility volatility_of(const std::string& word) {
  if (word == "immutable") return Volatility::immutable;
  return word == "stable" ? Volatility::stable : Volatility::volatile_;
}

void function(const Tree& node, const Reading& reading, Actions& actions) {
  const auto& options = list(node, "options");
  CreateFunction made;
  made.name = qualified_name(list(node, "funcname"));
  made.volatility = volatility_of(option_text(options, "volatility"));
  made.language = option_text(options, "language");
  std::transform(made.language.begin(), made.language.end(), made.language.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  const bool deep = reading.depth >= kDeepestBody;
  if (node.contains("sql_body")) {
    made.body = BodyReader(reading).atomic(node["sql_body"]);
  } else if (option(options, "as").given && is_readable(made.language) && !deep) {
    // libpg_query's PL/pgSQL parser ends the process for a function without AS.
    const auto source = option_text(options, "as");
    made.body = made.language == "sql" ? BodyReader(reading).sql(source) : BodyReader(reading).plpgsql(source);
  }
  actions.emplace_back(std::move(made));
}

}  // namespace

void read_body(const std::string& kind, const Tree& node, const Reading& reading, Actions& actions) {
  if (kind == "DoStmt") {
    do_block(node, reading, actions);
  } else if (kind == "CreateFunctionStmt") {
    function(node, reading, actions);
  } else if (kind == "CallStmt") {
    const auto& call = child(node, "funccall");
    actions.emplace_back(Call{location_of(call), qualified_name(list(call, "funcname"))});
  }
}

}  // namespace dbmigrate::sql
