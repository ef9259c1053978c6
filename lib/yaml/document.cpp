// yaml-cpp reads events; the nodes are ours, so that nothing it would accept in silence gets through.
// SPDX-License-Identifier: Apache-2.0
#include "yaml/document.hpp"

#include <fmt/format.h>
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/mark.h>
#include <yaml-cpp/parser.h>

#include <algorithm>
#include <istream>
#include <map>
#include <optional>
#include <streambuf>
#include <utility>

#include "core/source_text.hpp"
#include "yaml/source.hpp"

namespace dbmigrate::yaml {
namespace {

constexpr std::size_t kDeepest = 64;
constexpr std::size_t kMostNodes = 1'000'000;
/// yaml-cpp keeps some 200 bytes a token until it knows whether a `[` begins a key: this bounds what it may hoard.
constexpr std::size_t kFarthestAhead = 1'000'000;

/// Hands the text out without a copy, and ends it early when the parser reads far without telling anything.
class BoundedInput : public std::streambuf {
 public:
  explicit BoundedInput(std::string_view text) : text_(text) {}
  void heard_of(std::size_t offset) {
    last_event_ = given_;
    if (!starved_) last_offset_ = offset;
  }
  [[nodiscard]] bool starved() const { return starved_; }
  [[nodiscard]] std::size_t last_offset() const { return last_offset_; }

 protected:
  int_type underflow() override {
    if (given_ >= text_.size()) return traits_type::eof();
    if (given_ - last_event_ > kFarthestAhead) {
      starved_ = true;
      return traits_type::eof();
    }
    const auto count = std::min<std::size_t>(kChunk, text_.size() - given_);
    chunk_.assign(text_.substr(given_, count));
    given_ += count;
    setg(chunk_.data(), chunk_.data(), chunk_.data() + count);
    return traits_type::to_int_type(chunk_.front());
  }

 private:
  static constexpr std::size_t kChunk = 4096;
  std::string_view text_;
  std::string chunk_;
  std::size_t given_ = 0;
  std::size_t last_event_ = 0;   ///< how much was given when the parser told of something last
  std::size_t last_offset_ = 0;  ///< and where that stood
  bool starved_ = false;
};

/// Whether the quoted scalar that starts at `at` is closed: yaml-cpp takes the end of the file for a quote.
bool is_closed(std::string_view text, std::size_t at) {
  const char quote = text[at];
  for (std::size_t i = at + 1; i < text.size(); ++i) {
    if (quote == '"' && text[i] == '\\') {
      ++i;
    } else if (text[i] == quote) {
      if (quote == '"' || i + 1 >= text.size() || text[i + 1] != '\'') return true;
      ++i;
    }
  }
  return false;
}

std::size_t leading_spaces(std::string_view line) { return std::min(line.find_first_not_of(' '), line.size()); }

/// An explicit indentation (`|2`) leaves blanks in the text: what is in the file but not in the text is indentation.
int block_indent(const Source& source, const Node& node) {
  std::string_view rest = node.text;
  for (int number = node.content_line; !rest.empty(); ++number) {
    const auto line = source.line(number);
    const auto spaces = leading_spaces(line);
    if (spaces < line.size()) return static_cast<int>(spaces - std::min(spaces, leading_spaces(rest)));
    rest.remove_prefix(std::min(rest.find('\n'), rest.size() - 1) + 1);
  }
  return 0;
}

/// Style, and where the text itself begins.
void describe_scalar(const Source& source, Node& node, std::size_t offset) {
  const char first = offset < source.text().size() ? source.text()[offset] : '\0';
  node.content_line = node.line;
  node.content_indent = node.column - 1;
  if (first == '|' || first == '>') {
    node.style = first == '|' ? ScalarStyle::literal : ScalarStyle::folded;
    node.content_line = node.line + 1;
    node.content_indent = block_indent(source, node);
  } else if (first == '"' || first == '\'') {
    node.style = ScalarStyle::quoted;
    ++node.content_indent;
    if (!is_closed(source.text(), offset)) {
      source.fail(offset, fmt::format("a {} quote is not closed", first == '"' ? "double" : "single"),
                  "The text runs to the end of the file.", "Add the closing quote.");
    }
    if (node.text.find('\0') != std::string::npos) {
      source.fail(offset, "the text contains a NUL character", "PostgreSQL's text cannot hold one.", "Remove it.");
    }
  }
}

/// Builds the tree, and refuses what our files have no use for.
class Builder : public YAML::EventHandler {
 public:
  Builder(const Source& source, BoundedInput& input) : source_(source), input_(input) {}

  [[nodiscard]] std::optional<Node> take_root() { return std::move(root_); }

  void OnDocumentStart(const YAML::Mark& mark) override {
    if (!root_) return;
    const auto offset = offset_of(mark);
    if (source_.text().substr(offset).starts_with("---")) {
      source_.fail(offset, fmt::format("{} holds more than one YAML document", source_.file()),
                   "A second one starts here.", "Put each into a file of its own.");
    }
    source_.fail(offset, "text follows where the YAML document has ended", "What stands above is complete without it.",
                 "Look at the indentation of both.");
  }
  void OnDocumentEnd() override {}

  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    refuse_anchor(mark, anchor);
    Node node = node_at(mark, NodeKind::null);
    // A value that is simply missing is marked where the next thing stands, which may be lines away.
    const auto rest = source_.text().substr(offset_of(mark));
    const auto length = rest.starts_with("~") ? 1U : rest.starts_with("n") || rest.starts_with("N") ? 4U : 0U;
    node.text = rest.substr(0, length);
    if (length == 0 && !open_.empty()) {
      const Node& owner = open_.back().key ? *open_.back().key : open_.back().node;
      node.line = owner.line;
      node.column = owner.column;
    }
    add(std::move(node));
  }

  void OnAlias(const YAML::Mark& mark, YAML::anchor_t /*anchor*/) override {
    source_.fail(offset_of(mark), "YAML aliases are not supported", "A value stands where it is used.",
                 "Write the value out here; quote it if it is text that begins with *.");
  }

  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& value) override {
    refuse_anchor(mark, anchor);
    refuse_tag(mark, tag);
    Node node = node_at(mark, NodeKind::scalar);
    node.text = value;
    describe_scalar(source_, node, offset_of(mark));
    add(std::move(node));
  }

  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value /*style*/) override {
    start(mark, tag, anchor, NodeKind::sequence);
  }
  void OnSequenceEnd() override { finish(); }
  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value /*style*/) override {
    start(mark, tag, anchor, NodeKind::mapping);
  }
  void OnMapEnd() override { finish(); }

 private:
  struct Open {
    Node node;
    std::optional<Node> key;           ///< read, its value still to come
    std::map<std::string, int> lines;  ///< where each key stands
  };

  [[nodiscard]] std::size_t offset_of(const YAML::Mark& mark) const { return source_.offset(mark.line, mark.column); }

  Node node_at(const YAML::Mark& mark, NodeKind kind) {
    const auto offset = offset_of(mark);
    input_.heard_of(offset);
    if (++count_ > kMostNodes) {
      source_.fail(offset, fmt::format("{} holds more than {} YAML values", source_.file(), kMostNodes),
                   "Nothing that people write is as large.", "Split it into smaller files.");
    }
    Node node;
    node.kind = kind;
    node.line = source_.line_of(offset);
    node.column = source_.column_of(offset);
    return node;
  }

  void refuse_anchor(const YAML::Mark& mark, YAML::anchor_t anchor) const {
    if (anchor == YAML::anchor_t{}) return;
    source_.fail(offset_of(mark), "YAML anchors are not supported", "A value stands where it is used.",
                 "Remove the anchor; quote it if it is text that begins with &.");
  }

  void refuse_tag(const YAML::Mark& mark, const std::string& tag) const {
    if (tag.empty() || tag == "?" || tag == "!") return;
    source_.fail(offset_of(mark), "YAML tags are not supported", fmt::format("Found the tag {}.", tag),
                 "Leave it out: every value is read as its key needs it.");
  }

  void start(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor, NodeKind kind) {
    refuse_anchor(mark, anchor);
    refuse_tag(mark, tag);
    if (open_.size() >= kDeepest) {
      source_.fail(offset_of(mark), fmt::format("YAML is nested deeper than {} levels", kDeepest),
                   "Nothing that people write is as deep.", "Close the brackets, or write it flatter.");
    }
    if (!open_.empty() && open_.back().node.kind == NodeKind::mapping && !open_.back().key) {
      source_.fail(offset_of(mark), "a key must be text", "Found a list or a mapping as a key.",
                   "Quote it if it is meant as text.");
    }
    open_.push_back({.node = node_at(mark, kind), .key = {}, .lines = {}});
  }

  void finish() {
    Node node = std::move(open_.back().node);
    open_.pop_back();
    add(std::move(node));
  }

  void add(Node node) {
    if (open_.empty()) {
      root_ = std::move(node);
      return;
    }
    Open& parent = open_.back();
    if (parent.node.kind == NodeKind::mapping && !parent.key) {
      add_key(parent, std::move(node));
      return;
    }
    if (parent.key) parent.node.keys.push_back(std::move(*parent.key));
    parent.key.reset();
    parent.node.items.push_back(std::move(node));
  }

  void add_key(Open& parent, Node key) const {
    const auto refuse = [&](std::string message, std::string detail, std::string hint) {
      throw Error({.code = source_.code(),
                   .message = std::move(message),
                   .detail = std::move(detail),
                   .hint = std::move(hint),
                   .at = Location{.file = source_.file(), .line = key.line, .column = key.column}});
    };
    if (key.kind != NodeKind::scalar) {
      refuse("a key must be text", "Found nothing, or null, before the colon.", "Name the key.");
    }
    const auto [first, is_new] = parent.lines.emplace(key.text, key.line);
    if (!is_new) {
      refuse(fmt::format("duplicate key \"{}\"", key.text), fmt::format("Line {} has it already.", first->second),
             "Keep one of the two.");
    }
    parent.key = std::move(key);
  }

  const Source& source_;
  BoundedInput& input_;
  std::vector<Open> open_;
  std::optional<Node> root_;
  std::size_t count_ = 0;
};

/// Control characters end or confuse yaml-cpp's input (to it, 0x04 is the end of the file).
void refuse_control_characters(const Source& source) {
  const auto text = source.text();
  const auto found = std::find_if(text.begin(), text.end(), [](char c) {
    return (static_cast<unsigned char>(c) < 0x20 && c != '\n' && c != '\t') || c == 0x7F;
  });
  if (found == text.end()) return;
  source.fail(static_cast<std::size_t>(found - text.begin()),
              fmt::format("{} contains a control character", source.file()),
              fmt::format("It is 0x{:02X}.", static_cast<unsigned char>(*found)),
              "Remove it, or write it as an escape in double quotes.");
}

[[noreturn]] void fail_to_parse(const Source& source, const YAML::ParserException& error) {
  const auto offset = source.offset(error.mark.line, error.mark.column);
  const auto line = source.line(source.line_of(offset));
  const auto blanks = line.substr(0, line.find_first_not_of(" \t"));
  if (const auto tab = blanks.find('\t'); tab != std::string_view::npos) {
    source.fail(offset - source.before(offset).size() + tab, "a tab stands in the indentation",
                "YAML is indented with spaces only.", "Replace the tab by spaces.");
  }
  source.fail(offset, "this is not valid YAML", fmt::format("The parser says: {}.", error.msg),
              "Look at the indentation, quotes and brackets here and just before.");
}

void refuse_hoard(const Source& source, const BoundedInput& input) {
  if (!input.starved()) return;
  source.fail(input.last_offset(), "a YAML value after this one is larger than 1 MB",
              "Memory for reading it is bounded.",
              "Close the bracket or quote, or put long SQL into a file of its own.");
}

}  // namespace

Document parse(std::string bytes, std::string file, ErrorCode code) {
  if (bytes.size() > kLargestFile) {
    throw Error({.code = code,
                 .message = fmt::format("{} is larger than {} MB", file, kLargestFile / 1'000'000),
                 .detail = fmt::format("It has {} bytes.", bytes.size()),
                 .hint = "Put long SQL into files of its own, and name them.",
                 .at = Location{.file = file}});
  }
  const Source source(source_text(std::move(bytes), file, code), file, code);
  refuse_control_characters(source);
  BoundedInput input(source.text());
  std::istream stream(&input);
  Builder builder(source, input);
  try {
    YAML::Parser parser(stream);
    while (parser.HandleNextDocument(builder)) {
    }
  } catch (const YAML::ParserException& error) {
    refuse_hoard(source, input);
    fail_to_parse(source, error);
  } catch (const Error&) {
    refuse_hoard(source, input);
    throw;
  }
  refuse_hoard(source, input);
  auto root = builder.take_root();
  if (!root) {
    throw Error({.code = code,
                 .message = fmt::format("{} is empty", file),
                 .detail = "There is nothing in it but blanks and comments.",
                 .hint = "Write its keys, or remove the file.",
                 .at = Location{.file = file}});
  }
  return {.file = std::move(file), .code = code, .root = std::move(*root)};
}

}  // namespace dbmigrate::yaml
