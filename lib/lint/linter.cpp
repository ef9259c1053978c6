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

/// Where `at` is, which the splitter named.
std::size_t offset_of(std::string_view text, const Location& at) {
  std::size_t begin = 0;
  for (int line = 1; line < at.line; ++line) {
    const auto feed = text.find('\n', begin);
    if (feed == std::string_view::npos) break;
    begin = feed + 1;
  }
  return std::min(begin + sql::byte_offset(text.substr(begin), static_cast<std::size_t>(at.column - 1)), text.size());
}

void blank(std::string& text, std::size_t begin, std::size_t end) {
  for (auto at = begin; at < end; ++at) {
    if (text[at] != '\n') text[at] = ' ';
  }
}

/// psql sends what stands before one of these, as if it were a semicolon.
bool sends_statement(std::string_view command) {
  return command.starts_with("\\g") || command.starts_with("\\crosstabview") || command.starts_with("\\watch") ||
         command.starts_with("\\;");
}

struct SplitProblem {
  std::size_t at = 0;
  std::string message;
};

/// Takes away what stops the splitter at `at`: a command of psql up to the end of its line, else all that follows.
void take_away(std::string& text, std::size_t at) {
  const std::string_view rest = std::string_view(text).substr(at);
  if (!rest.starts_with("\\")) return blank(text, at, text.size());
  const bool sends = sends_statement(rest);
  blank(text, at, std::min(text.find('\n', at), text.size()));
  if (sends) text[at] = ';';
}

/// Splits what can be split. Without what stands before an open quote in the same statement, of which enough is said.
sql::Script split_as_far_as_possible(std::string& text, std::vector<SplitProblem>& problems) {
  constexpr int kPatience = 1000;
  if (text.starts_with("\xEF\xBB\xBF")) blank(text, 0, 3);
  for (int attempt = 0; attempt < kPatience; ++attempt) {
    try {
      auto script = sql::split(text, "");
      if (problems.empty() || script.statements.empty()) return script;
      const auto end = script.statements.back().range.end;
      const bool open = text.find_first_not_of(" \t\r\n", end) == std::string::npos && problems.back().at >= end;
      if (open && text.find(';', end) == std::string::npos) script.statements.pop_back();
      return script;
    } catch (const Error& error) {
      const auto& info = error.info();
      problems.push_back({offset_of(text, info.at.value_or(Location{"", 1, 1})), info.message});
      take_away(text, problems.back().at);
    }
  }
  return {};
}

class TextLinter {
 public:
  TextLinter(ScriptSoFar& so_far, const SyntaxCheck& check, const LintScript& script, const LintText& text,
             std::vector<LintFinding>& findings)
      : so_far_(so_far), check_(check), script_(script), source_(text), text_(text.sql.text), findings_(findings) {}

  void run() {
    std::vector<SplitProblem> problems;
    const auto script = split_as_far_as_possible(text_, problems);
    allowances_ = allowances_in(source_.sql);
    const bool wrapped = source_.transaction != TransactionMode::none;
    const bool timed = source_.lock_timeout && source_.lock_timeout->count() > 0;
    so_far_.begin_text(wrapped, source_.continues, script.statements.size(),
                       timed ? source_.lock_timeout : std::nullopt);
    for (const auto& problem : problems) {
      report(*find_lint_rule("unparsed-statement"), problem.at, {.message = "this cannot be read: " + problem.message});
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
  /// CREATE SCHEMA makes its parts one after another.
  void whole_statement(std::string_view text, const sql::Analysis& analysis) {
    const auto& actions = analysis.actions;
    const bool in_parts = actions.size() > 1 && std::holds_alternative<sql::CreateSchema>(actions.front());
    if (!in_parts) return one_statement(text, analysis);
    for (std::size_t i = 0; i < actions.size(); ++i) {
      one_statement(text, {analysis.facts, {actions[i]}, i == 0 ? analysis.long_names : std::vector<sql::LongName>{}});
    }
  }

  void one_statement(std::string_view text, const sql::Analysis& analysis) {
    auto prediction = predict(analysis.actions, so_far_.schema(), so_far_.prediction_settings());
    const Statement statement(text, analysis, std::move(prediction), Place::script, verdict_on(text, analysis.facts));
    check(statement, range_.begin, true, "");
    for (const auto* const block : statement.all<sql::DoBlock>()) walk(block->body.get(), range_.begin, true, "");
    for (const auto* const call : statement.all<sql::Call>()) walk_function(call->procedure);
    for (const auto* const query : statement.all<sql::Query>()) {
      for (const auto& call : query->all.calls) walk_function(call.name);
    }
    so_far_.add(statement);
  }

  [[nodiscard]] SyntaxVerdict verdict_on(std::string_view text, const sql::StatementFacts& facts) const {
    if (facts.parsed || !check_ || script_.examined == Examined::no) return {};
    return check_(text);
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
      const Statement statement(inner.text, analysis, std::move(prediction), Place::body,
                                verdict_on(inner.text, inner.facts));
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
      for (auto& finding : rule.check(statement, so_far_)) {
        finding.message.insert(0, prefix);
        report(rule, begin + (exact ? finding.at : 0), std::move(finding));
      }
    }
  }

  [[nodiscard]] std::optional<Severity> level(const Rule& rule) const {
    const auto found = script_.levels.find(rule.id);
    if (found != script_.levels.end()) return found->second;
    return rule.usual == Usual::on ? std::optional(rule.severity) : std::nullopt;
  }

  void report(const Rule& rule, std::size_t offset, Finding found) {
    const auto severity = level(rule);
    if (!severity || script_.examined == Examined::no) return;
    const auto reason = allowances_.take(rule.id, part_);
    if (reason && script_.allowed == Allowed::left_out) return;
    auto at = location_in(source_.sql, offset);
    const int caret = at.column - source_.sql.indent;
    const bool is_usual = !script_.levels.contains(rule.id);
    LintFinding finding{
        .rule = &rule,
        .severity = is_usual ? found.severity.value_or(*severity) : *severity,
        .at = std::move(at),
        .message = std::move(found.message),
        .relation = found.relation.name.empty() ? found.relation : so_far_.schema().resolved(found.relation),
        .allowed_because = reason.value_or(""),
        .line = line_at(source_.sql.text, offset),
        .caret = caret};
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
      auto message = known ? fmt::format("nothing here needs to be allowed by {}", one.rule)
                           : fmt::format("there is no rule {}{}{}", one.rule, meant.empty() ? "" : ": ", meant);
      report(rule, one.at, {.message = std::move(message)});
    }
  }

  ScriptSoFar& so_far_;
  const SyntaxCheck& check_;
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
  for (const auto& text : script.texts) TextLinter(so_far_, check_, script, text, findings).run();
  return findings;
}

}  // namespace dbmigrate
