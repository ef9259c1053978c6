// Values as their keys need them, and what is said when they are something else.
// SPDX-License-Identifier: Apache-2.0
#include "yaml/value.hpp"

#include <functional>

#include "support/catch.hpp"

using namespace dbmigrate;
using namespace std::chrono_literals;
using Read = std::function<void(const yaml::Mapping&)>;

namespace {

yaml::Document document(std::string text) {
  return yaml::parse(std::move(text), "a.yaml", ErrorCode::invalid_descriptor);
}

ErrorInfo refusal(std::string text, const Read& read) {
  const auto source = document(std::move(text));
  try {
    read(yaml::Value(source, "the file").mapping("the file", {"revision", "requires", "a"}));
  } catch (const Error& error) {
    return error.info();
  }
  FAIL("accepted");
  return {};
}

/// `line:column: message | detail` for what reading the key `a` says.
std::string said(std::string text, const std::function<void(const yaml::Value&)>& read) {
  const auto info = refusal(std::move(text), [&](const yaml::Mapping& mapping) { read(mapping.required("a")); });
  return std::to_string(info.at->line) + ":" + std::to_string(info.at->column) + ": " + info.message + " | " +
         info.detail;
}

const Read kNothing = [](const yaml::Mapping&) {};

}  // namespace

TEST_CASE("an unknown key is told with the nearest one and all that there are", "[yaml]") {
  const auto info = refusal("a: 1\nrevison: 2\n", kNothing);
  CHECK(info.at == Location{"a.yaml", 2, 1});
  CHECK(info.message == "unknown key \"revison\"");
  CHECK(info.detail == "The keys of the file are revision, requires and a.");
  CHECK(info.hint == "Did you mean \"revision\"?");
  CHECK(refusal("a:1: 2\n", kNothing).hint == "Put a space after the colon.");
}

TEST_CASE("a missing key and a root that is no mapping are told", "[yaml]") {
  const auto missing = refusal("a: 1\n", [](const yaml::Mapping& mapping) { (void)mapping.required("revision"); });
  CHECK(missing.message == "the file needs the key \"revision\"");
  CHECK(missing.at == Location{"a.yaml", 1, 1});
  const auto list = refusal("- a\n", kNothing);
  CHECK(list.message == "the file must be a mapping");
  CHECK(list.detail == "Found a list.");
}

TEST_CASE("each reader takes its own kind", "[yaml]") {
  const auto source = document("a: [true, 12, 2s, x, [p, q]]\n");
  const auto items = yaml::Value(source, "the file").mapping("the file", {"a"}).required("a").list();
  CHECK(items[0].boolean());
  CHECK(items[1].integer(1, 20) == 12);
  CHECK(items[2].duration() == 2s);
  CHECK(items[3].texts() == std::vector<std::string>{"x"});
  CHECK(items[4].texts() == std::vector<std::string>{"p", "q"});
  CHECK(items[3].one_of<int>({{"y", 1}, {"x", 2}}) == 2);
}

TEST_CASE("a wrong value says what was expected and what was found", "[yaml]") {
  const auto boolean = [](const yaml::Value& value) { (void)value.boolean(); };
  const auto integer = [](const yaml::Value& value) { (void)value.integer(1, 9); };
  const auto duration = [](const yaml::Value& value) { (void)value.duration(); };
  const auto text = [](const yaml::Value& value) { (void)value.text(); };
  const auto word = [](const yaml::Value& value) { (void)value.one_of<int>({{"revision", 1}, {"none", 2}}); };
  CHECK(said("a: yes\n", boolean) == "1:4: a must be true or false | Found \"yes\".");
  CHECK(said("a: \"true\"\n", boolean) == "1:4: a must be true or false | Found \"true\".");
  CHECK(said("a: 0x1\n", integer) == "1:4: a must be a whole number | Found \"0x1\".");
  CHECK(said("a: 10\n", integer) == "1:4: a must be from 1 to 9 | Found \"10\".");
  CHECK(said("a: 99999999999999999999\n", integer) ==
        "1:4: a must be a whole number | Found \"99999999999999999999\".");
  CHECK(said("a: 5\n", duration) == "1:4: a must be a duration | Found \"5\".");
  CHECK(said("a: {b: c}\n", text) == "1:4: a must be text | Found a mapping.");
  CHECK(said("a:\n", text) == "1:1: a must be text | Found nothing.");
  CHECK(said("a: \" \"\n", text) == "1:4: a is blank | There is no text in it.");
  CHECK(said("a: nonne\n", word) == "1:4: a must be one of \"revision\", \"none\" | Found \"nonne\".");
  CHECK(said("a: []\n", [](const yaml::Value& value) { (void)value.one_or_more(); }) ==
        "1:4: a is an empty list | Found [].");
  CHECK(said("a: x\n", [](const yaml::Value& value) { (void)value.list(); }) == "1:4: a must be a list | Found \"x\".");
}
