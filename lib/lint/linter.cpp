// Splitting, parsing and walking; what is wrong with a statement is the rules' to say.
// SPDX-License-Identifier: Apache-2.0
#include "lint/linter.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <span>
#include <string_view>
#include <utility>
#include <variant>

#include "core/words.hpp"
#include "descriptor/directives.hpp"
#include "lint/allowances.hpp"
#include "sql/analysis.hpp"
#include "sql/script.hpp"

namespace dbmigrate {
namespace {

/// The line of `text` that byte `offset` is on.
std::string line_at(std::string_view text, std::size_t offset) {
  const auto at = std::min(offset, text.size());
  const auto before = at == 0 ? std::string_view::npos : text.rfind('\n', at - 1);
  const auto begin = before == std::string_view::npos ? 0 : before + 1;
  return std::string(text.substr(begin, std::min(text.find('\n', at), text.size()) - begin));
}

/// The bytes where line `line` (from 1) of `text` begins and ends.
sql::Range range_of_line(std::string_view text, int line) {
  std::size_t begin = 0;
  for (int i = 1; i < line; ++i) {
    const auto feed = text.find('\n', begin);
    if (feed == std::string_view::npos) break;
    begin = feed + 1;
  }
  return {begin, std::min(text.find('\n', begin), text.size())};
}

struct SplitProblem {
  std::size_t at = 0;
  std::string message;
};

/// Splits what can be split: a line that psql would not take is left out, and so is all behind an open quote.
sql::Script split_as_far_as_possible(std::string& text, std::vector<SplitProblem>& problems) {
  constexpr int kPatience = 1000;
  for (int attempt = 0; attempt < kPatience; ++attempt) {
    try {
      return sql::split(text, "");
    } catch (const Error& error) {
      const auto& info = error.info();
      const auto range = range_of_line(text, info.at ? info.at->line : 1);
      problems.push_back({range.begin, info.message});
      const auto rest = std::string_view(text).substr(range.begin, range.end - range.begin);
      const auto first = rest.find_first_not_of(" \t\r");
      const bool meta = first != std::string_view::npos && rest.find('\\') != std::string_view::npos;
      const auto end = meta ? range.end : text.size();
      for (auto at = range.begin; at < end; ++at) {
        if (text[at] != '\n') text[at] = ' ';
      }
    }
  }
  return {};
}

class TextLinter {
 public:
  TextLinter(ScriptSoFar& so_far, const LintScript& script, const LintText& text, std::vector<LintFinding>& findings)
      : so_far_(so_far), script_(script), source_(text), text_(text.sql.text), findings_(findings) {}

  void run() {
    std::vector<SplitProblem> problems;
    const auto script = split_as_far_as_possible(text_, problems);
    allowances_ = allowances_in(source_.sql);
    const bool wrapped = source_.transaction != TransactionMode::none;
    const bool timed = source_.lock_timeout && source_.lock_timeout->count() > 0;
    so_far_.begin_text(wrapped, source_.continues, script.statements.size(),
                       timed ? source_.lock_timeout : std::nullopt);
    for (const auto& problem : problems) {
      report(*find_lint_rule("unparsed-statement"), problem.at, "this cannot be read: " + problem.message, {});
    }
    std::vector<std::string_view> statements;
    for (const auto& one : script.statements) statements.push_back(script.text_of(one));
    const auto analyses = sql::analyses_of(statements);
    for (std::size_t i = 0; i < statements.size(); ++i) {
      part_.begin = range_.end;
      range_ = script.statements[i].range;
      part_.end = range_.end;
      so_far_.set_position(i, std::span(analyses).subspan(i + 1));
      whole_statement(statements[i], analyses[i]);
    }
    part_ = {};
    if (script_.examined == Examined::yes) tell_unused();
    std::stable_sort(findings_.begin() + static_cast<std::ptrdiff_t>(first_), findings_.end(),
                     [](const LintFinding& left, const LintFinding& right) {
                       return std::pair(left.at.line, left.at.column) < std::pair(right.at.line, right.at.column);
                     });
  }

 private:
  void whole_statement(std::string_view text, const sql::Analysis& analysis) {
    auto prediction = predict(analysis.actions, so_far_.schema(), so_far_.prediction_settings());
    const Statement statement(text, analysis, std::move(prediction), Place::script);
    check(statement, range_.begin, true, "");
    for (const auto* const block : statement.all<sql::DoBlock>()) walk(block->body.get(), range_.begin, true, "");
    for (const auto* const call : statement.all<sql::Call>()) walk_function(call->procedure);
    for (const auto* const query : statement.all<sql::Query>()) {
      for (const auto& call : query->all.calls) walk_function(call.name);
    }
    so_far_.add(statement);
  }

  /// A function whose body the script has given runs here and now.
  void walk_function(const ObjectName& name) {
    const auto* const function = so_far_.schema().function(name);
    if (function == nullptr || !function->body) return;
    const auto body = function->body;
    walk(body.get(), range_.begin, false, fmt::format("in {}(): ", name_for_people(name)));
  }

  void walk(const sql::Body* body, std::size_t begin, bool here, const std::string& prefix) {
    constexpr int kDeepest = 4;
    if (body == nullptr || depth_ >= kDeepest) return;
    ++depth_;
    for (const auto& inner : body->statements) {
      auto prediction = predict(inner.actions, so_far_.schema(), so_far_.prediction_settings());
      const sql::Analysis analysis{inner.facts, inner.actions, {}};
      const Statement statement(inner.text, analysis, std::move(prediction), Place::body);
      check(statement, begin + (here && inner.verbatim ? inner.at : 0), here && inner.verbatim, prefix);
      for (const auto* const block : statement.all<sql::DoBlock>()) walk(block->body.get(), begin, false, prefix);
      so_far_.add(statement);
    }
    --depth_;
  }

  /// `exact`: offsets into the statement are offsets into the text behind `begin`.
  void check(const Statement& statement, std::size_t begin, bool exact, const std::string& prefix) {
    if (script_.examined == Examined::no) return;
    for (const auto& rule : lint_rules()) {
      if (level(rule) == std::nullopt) continue;
      for (const auto& finding : rule.check(statement, so_far_)) {
        report(rule, begin + (exact ? finding.at : 0), prefix + finding.message, finding.relation);
      }
    }
  }

  [[nodiscard]] std::optional<Severity> level(const Rule& rule) const {
    const auto found = script_.levels.find(rule.id);
    return found == script_.levels.end() ? std::optional(rule.severity) : found->second;
  }

  void report(const Rule& rule, std::size_t offset, std::string message, const ObjectName& relation) {
    const auto severity = level(rule);
    if (!severity || script_.examined == Examined::no) return;
    if (allowances_.take(rule.id, part_)) return;
    auto at = location_in(source_.sql, offset);
    const int caret = at.column - source_.sql.indent;
    LintFinding finding{&rule,
                        *severity,
                        std::move(at),
                        std::move(message),
                        relation.name.empty() ? relation : so_far_.schema().resolved(relation),
                        line_at(source_.sql.text, offset),
                        caret};
    if (std::find(findings_.begin(), findings_.end(), finding) == findings_.end()) {
      findings_.push_back(std::move(finding));
    }
  }

  void tell_unused() {
    const auto& rule = *find_lint_rule("unused-allow");
    for (const auto& one : allowances_.unused()) {
      const auto ids = lint_rule_ids();
      const bool known = find_lint_rule(one.rule) != nullptr;
      const auto meant = known ? std::string() : did_you_mean(one.rule, ids);
      report(rule, one.at,
             known ? fmt::format("nothing here needs to be allowed by {}", one.rule)
                   : fmt::format("there is no rule {}{}{}", one.rule, meant.empty() ? "" : ": ", meant),
             {});
    }
  }

  ScriptSoFar& so_far_;
  const LintScript& script_;
  const LintText& source_;
  std::string text_;  ///< with blanks for what cannot be split
  std::vector<LintFinding>& findings_;
  Allowances allowances_;
  sql::Range range_;  ///< of the statement at hand
  sql::Range part_;   ///< that and what stands before it
  std::size_t first_ = findings_.size();
  int depth_ = 0;
};

}  // namespace

std::vector<LintFinding> Linter::run(const LintScript& script) {
  std::vector<LintFinding> findings;
  auto& schema = so_far_.schema();
  if (script.begins_run) schema.make_old();
  schema.set_age_of_new(script.examined == Examined::yes ? Age::fresh : Age::old);
  for (const auto& text : script.texts) TextLinter(so_far_, script, text, findings).run();
  return findings;
}

}  // namespace dbmigrate
