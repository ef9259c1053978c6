// Cuts a script at the semicolons where psql would send, following src/fe_utils/psqlscan.l.
// SPDX-License-Identifier: Apache-2.0
#include "sql/script.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "core/error.hpp"
#include "sql/lexer.hpp"
#include "sql/line_counter.hpp"

namespace dbmigrate::sql {
namespace {

constexpr auto kNowhere = std::string_view::npos;

/// What the words of a statement have made of it so far, as far as its end depends on it.
enum class Head { start, create, create_or, create_or_replace, routine, copy, copy_from, copy_stdin, other };

/// The statement being read.
struct Open {
  Head head = Head::start;
  std::size_t begin = kNowhere;    ///< of the first token
  std::size_t end = 0;             ///< of the last token
  std::string_view previous;       ///< the last token's text
  std::size_t previous_begin = 0;  ///< where that stands
  std::size_t parentheses = 0;     ///< open ones
  std::size_t parenthesis_at = 0;  ///< the outermost open one
  std::size_t body = 0;            ///< BEGIN ATOMIC and the CASEs in it that wait for their END
  std::size_t body_at = 0;         ///< the BEGIN

  [[nodiscard]] bool begun() const { return begin != kNowhere; }
};

Head after_word(const Open& open, std::string_view word) {
  const bool routine = is_word(word, "function") || is_word(word, "procedure");
  switch (open.head) {
    case Head::start:
      if (is_word(word, "create")) return Head::create;
      return is_word(word, "copy") ? Head::copy : Head::other;
    case Head::create:
      if (routine) return Head::routine;
      return is_word(word, "or") ? Head::create_or : Head::other;
    case Head::create_or:
      return is_word(word, "replace") ? Head::create_or_replace : Head::other;
    case Head::create_or_replace:
      return routine ? Head::routine : Head::other;
    case Head::copy:
      if (open.parentheses > 0 || open.previous == ".") return Head::copy;
      if (is_word(word, "from")) return Head::copy_from;
      return is_word(word, "to") ? Head::other : Head::copy;
    case Head::copy_from:  // the grammar takes STDOUT here too, and means the same by it
      return is_word(word, "stdin") || is_word(word, "stdout") ? Head::copy_stdin : Head::other;
    case Head::routine:
    case Head::copy_stdin:
    case Head::other:
      break;
  }
  return open.head;
}

/// psql takes every BEGIN, CASE and END outside parentheses for one of a body. Here BEGIN counts only before ATOMIC,
/// and none as a name behind a dot or AS, so that a function called `begin` does not swallow the rest of the file.
void follow_body(Open& open, std::string_view word) {
  if (open.parentheses > 0 || open.previous == "." || is_word(open.previous, "as")) return;
  if (open.body == 0) {
    if (!is_word(word, "atomic") || !is_word(open.previous, "begin")) return;
    open.body = 1;
    open.body_at = open.previous_begin;
  } else if (is_word(word, "case")) {
    ++open.body;
  } else if (is_word(word, "end")) {
    --open.body;
  }
}

struct Unfinished {
  std::string what;    ///< `a quoted string is never closed`
  std::string remedy;  ///< a sentence
};

Unfinished unfinished(TokenKind kind, std::string_view token) {
  if (kind == TokenKind::comment) return {"a comment is never closed", "Close it with */; comments nest."};
  if (kind == TokenKind::name) return {"a quoted identifier is never closed", "Close it with a double quote."};
  if (token.front() != '$') return {"a quoted string is never closed", "Close it with a single quote."};
  const auto tag = token.substr(0, token.find('$', 1) + 1);
  return {fmt::format("the dollar quote {} is never closed", tag), fmt::format("Close it with {}.", tag)};
}

std::string hint_for_command(std::string_view command) {
  if (command == "\\restrict" || command == "\\unrestrict") {
    return "pg_dump writes the lines with \\restrict and \\unrestrict for psql alone; delete both.";
  }
  if (command == "\\.") {
    return "This line ends the data of COPY ... FROM STDIN; no such statement is open here.";
  }
  if (command == "\\;") return "Write a semicolon without the backslash.";
  if (command == "\\copy") {
    return "Use COPY ... FROM STDIN with the rows behind it and a line \\. at their end, or INSERT.";
  }
  return "Commands with a backslash are psql's own, not SQL; write what it should do as SQL or remove the line.";
}

class Splitter {
 public:
  Splitter(std::string_view text, std::string_view file, int first_line)
      : file_(file), first_line_(first_line), lines_(text) {
    script_.text = text;
  }

  Script split() {
    std::size_t at = byte_order_mark(script_.text);
    for (Token token = next_token(script_.text, at); token.kind != TokenKind::end;
         token = next_token(script_.text, at)) {
      if (token.unterminated) refuse_unterminated(token);
      if (awaiting_data_.empty() || token.end <= data_line_) {
        take(token);
        at = token.end;
      } else {
        at = read_copy_data(token);
      }
    }
    finish();
    return std::move(script_);
  }

 private:
  void take(const Token& token) {
    switch (token.kind) {
      case TokenKind::blank:
      case TokenKind::comment:
        return;
      case TokenKind::backslash:
        refuse_command(token.begin);
      case TokenKind::semicolon:
        if (open_.parentheses == 0 && open_.body == 0) return end_statement(token.end);
        break;
      case TokenKind::open:
        if (open_.parentheses++ == 0) open_.parenthesis_at = token.begin;
        break;
      case TokenKind::close:
        if (open_.parentheses > 0) --open_.parentheses;
        break;
      default:
        break;
    }
    const auto text = token.text_in(script_.text);
    if (token.kind == TokenKind::word) {
      if (open_.head == Head::routine) follow_body(open_, text);
      open_.head = after_word(open_, text);
    } else if (open_.head == Head::copy_from) {
      open_.head = Head::other;
    }
    if (!open_.begun()) open_.begin = token.begin;
    open_.end = token.end;
    open_.previous = text;
    open_.previous_begin = token.begin;
  }

  void end_statement(std::size_t after) {
    if (open_.begun()) {
      const auto position = lines_.at(open_.begin);
      if (open_.head == Head::copy_stdin) await_data(after);
      script_.statements.push_back({{open_.begin, open_.end}, position.line, position.column, std::nullopt});
    }
    open_ = Open{};
  }

  /// The data begins on the next line, whatever else follows on this one.
  void await_data(std::size_t after) {
    if (awaiting_data_.empty()) data_line_ = std::min(script_.text.find('\n', after), script_.text.size());
    awaiting_data_.push_back(script_.statements.size());
  }

  /// `token` reaches over the end of the line with COPY; returns where the script goes on behind the data.
  std::size_t read_copy_data(const Token& token) {
    if (token.kind != TokenKind::blank || open_.begun()) {
      const auto at = open_.begun() ? open_.begin : token.begin;
      fail(at, "the text after COPY ... FROM STDIN runs into its data",
           "The data begins on the line after the semicolon.", "Move it behind the line \\. that ends the data.");
    }
    std::size_t at = data_line_ + 1;
    for (const auto index : awaiting_data_) at = read_block(script_.statements[index], at);
    awaiting_data_.clear();
    return at;
  }

  std::size_t read_block(ScriptStatement& statement, std::size_t begin) {
    const std::string_view text = script_.text;
    std::size_t at = begin;
    while (at < text.size()) {
      const auto end = std::min(text.find('\n', at), text.size());
      const auto line = text.substr(at, end - at);
      if (line == "\\." || line == "\\.\r") {
        statement.copy_data = Range{begin, at};
        return std::min(end + 1, text.size());
      }
      at = end + 1;
    }
    refuse_endless_data(statement.range.begin);
  }

  void finish() {
    if (!awaiting_data_.empty()) refuse_endless_data(script_.statements[awaiting_data_.front()].range.begin);
    if (open_.parentheses > 0) {
      fail(open_.parenthesis_at, "a parenthesis is never closed", "", "Close it before the end of the file.");
    }
    if (open_.body > 0) {
      fail(open_.body_at, "BEGIN ATOMIC has no END", "", "End the body with END; each CASE in it needs its own.");
    }
    if (open_.head == Head::copy_stdin) refuse_endless_data(open_.begin);
    end_statement(script_.text.size());
  }

  [[noreturn]] void refuse_unterminated(const Token& token) const {
    auto reason = unfinished(token.kind, token.text_in(script_.text));
    fail(token.begin, std::move(reason.what), "", std::move(reason.remedy));
  }

  [[noreturn]] void refuse_endless_data(std::size_t at) const {
    fail(at, "the data of COPY ... FROM STDIN never ends", "",
         "Put the rows behind the statement's semicolon and a line with \\. alone behind the rows.");
  }

  [[noreturn]] void refuse_command(std::size_t at) const {
    const auto rest = script_.text.substr(at, 64);
    const auto end = std::min(rest.find_first_of(" \t\r\n\v\f\\;,()'\"", 1), rest.size());
    const auto command = rest.substr(0, std::max<std::size_t>(end, std::min<std::size_t>(rest.size(), 2)));
    fail(at, fmt::format("{} is a command of psql, not SQL", command.size() > 1 ? command : "a backslash"), "",
         hint_for_command(command));
  }

  /// With an empty `detail` it says where and shows what stands there.
  [[noreturn]] void fail(std::size_t at, std::string message, std::string_view detail, std::string hint) const {
    const auto position = position_at(script_.text, at);
    const Location location{std::string(file_), first_line_ - 1 + position.line, position.column};
    throw Error({
        .code = ErrorCode::invalid_descriptor,
        .message = std::move(message),
        .detail = fmt::format("{} reads: {}{}{}", location.text(), excerpt(at), detail.empty() ? "" : " ", detail),
        .hint = std::move(hint),
        .at = location,
    });
  }

  /// The rest of the line, cut between characters where it is long.
  [[nodiscard]] std::string excerpt(std::size_t at) const {
    constexpr std::size_t kCharacters = 60;
    auto line = script_.text.substr(at, std::min(script_.text.find_first_of("\r\n", at), script_.text.size()) - at);
    const auto cut = byte_offset(line.substr(0, 4 * kCharacters + 4), kCharacters);
    return cut < line.size() ? fmt::format("{}...", line.substr(0, cut)) : std::string(line);
  }

  std::string_view file_;
  int first_line_;
  LineCounter lines_;
  Script script_;
  Open open_;
  std::vector<std::size_t> awaiting_data_;  ///< statements whose data begins after the line that is being read
  std::size_t data_line_ = 0;               ///< the line break where that line ends
};

}  // namespace

Script split(std::string_view text, std::string_view file, int first_line) {
  return Splitter(text, file, first_line).split();
}

}  // namespace dbmigrate::sql
