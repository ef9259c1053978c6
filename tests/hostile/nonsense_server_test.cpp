// Servers that lie, stutter, flood, or fall silent.
// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/json.hpp"
#include "fake_server.hpp"
#include "hostile_project.hpp"
#include "support/catch.hpp"

using namespace dbmigrate;
using namespace dbmigrate::tests;

namespace {

struct Case {
  std::string name;
  FakeServer::Behaviour behaviour;
};

std::string repeated(std::string_view part, std::size_t times) {
  std::string text;
  text.reserve(part.size() * times);
  for (std::size_t i = 0; i < times; ++i) text += part;
  return text;
}

FakeServer::Behaviour says_at_once(std::string bytes) {
  return [bytes = std::move(bytes)](Wire& wire) {
    if (wire.send(bytes)) wire.wait();
  };
}

/// `bytes` instead of a welcome.
FakeServer::Behaviour greets_with(std::string bytes, bool stays = true) {
  return [bytes = std::move(bytes), stays](Wire& wire) {
    wire.startup();
    if (wire.send(bytes) && stays) wire.wait();
  };
}

/// `bytes` instead of the answer to each question.
FakeServer::Behaviour answers_with(std::string bytes, bool stays = true) {
  return [bytes = std::move(bytes), stays](Wire& wire) {
    wire.startup();
    wire.send(welcome());
    while (!wire.receive().empty()) {
      if (!wire.send(bytes) || !stays) return;
    }
  };
}

FakeServer::Behaviour floods(std::string before, std::string flood) {
  return [before = std::move(before), flood = std::move(flood)](Wire& wire) {
    wire.startup();
    if (!wire.send(before)) return;
    const auto many = repeated(flood, 100'000 / flood.size() + 1);
    while (wire.send(many)) {
    }
  };
}

/// Every command of a kind meets it, in the program's own time.
void try_all(const std::vector<Case>& cases, const RunLimits& limits = {.time = std::chrono::seconds(25)}) {
  HostileProject project;
  project.limits = limits;
  project.revision("001_x", "CREATE TABLE made (id int);\n", "DROP TABLE made;\n");
  for (const auto& one : cases) {
    CAPTURE(one.name);
    const FakeServer server(one.behaviour);
    project.set("DATABASE_URL", server.url());
    const auto outcome = project.run({"upgrade", "--format", "json", "--reconnect-for", "1s", "--wait", "1s"});
    CHECK(outcome.status == 4);
    CHECK(outcome.both().size() < 50'000);
    CHECK(project.run({"status", "--reconnect-for", "1s"}).status == 4);
  }
}

}  // namespace

TEST_CASE("what is no PostgreSQL at all is no database", "[hostile]") {
  std::string random;
  unsigned state = 11;
  for (int i = 0; i < 100'000; ++i) random += static_cast<char>((state = state * 1103515245U + 12345U) >> 16U);
  try_all({
      {"closes at once", [](Wire&) {}},
      {"closes after the first message", [](Wire& wire) { wire.receive(); }},
      {"says nothing", [](Wire& wire) { wire.wait(); }},
      {"a web server", says_at_once("HTTP/1.1 400 Bad Request\r\nServer: x\r\n\r\n<html></html>")},
      {"a shell", says_at_once("SSH-2.0-OpenSSH_9.2\r\n")},
      {"a mail server", says_at_once("220 mail ESMTP\r\n")},
      {"MySQL", says_at_once(std::string("\x4a\0\0\0\x0a"
                                         "8.0.33\0",
                                         12))},
      {"random bytes", says_at_once(random)},
      {"zeros", says_at_once(std::string(100'000, '\0'))},
      {"yes to encryption, then nonsense",
       [](Wire& wire) {
         wire.receive();
         if (wire.send("S" + std::string(1000, 'x'))) wire.wait();
       }},
      {"an error as version 2 had it", says_at_once(std::string("Eunsupported frontend protocol\n\0", 32))},
  });
}

TEST_CASE("a greeting that makes no sense is no connection", "[hostile]") {
  const auto ok = message('R', int32(0));
  try_all({
      {"nothing", greets_with("")},
      {"closes", greets_with("", false)},
      {"half a message", greets_with("R")},
      {"half a length", greets_with(std::string("R\0\0", 3))},
      {"a giant length", greets_with("R" + int32(0x7FFFFFFF))},
      {"a negative length", greets_with("R" + int32(-1))},
      {"no length", greets_with("R" + int32(0))},
      {"a giant error", greets_with("E" + int32(0x3FFFFFFF) + "SERROR")},
      {"an error without fields", greets_with(message('E', std::string(1, '\0')))},
      {"an error without an end", greets_with(message('E', "MSomething"))},
      {"an error of 1 MB", greets_with(message('E', "M" + std::string(29'000, 'x') + std::string(2, '\0')))},
      {"an error in no encoding", greets_with(error("28000", "\xFF\xFE\x80 \x1B[31m\x9B"))},
      {"a kind of authentication that is not", greets_with(message('R', int32(99)))},
      {"Kerberos 4", greets_with(message('R', int32(1)))},
      {"SCRAM of a kind that is not", greets_with(message('R', int32(10) + "NONSENSE" + std::string(2, '\0')))},
      {"SCRAM without a kind", greets_with(message('R', int32(10) + std::string(1, '\0')))},
      {"the end of SCRAM first", greets_with(message('R', int32(12) + "v=x"))},
      {"a password, when there is none", greets_with(message('R', int32(3)))},
      {"ok, then silence", greets_with(ok)},
      {"ok, then the end", greets_with(ok, false)},
      {"ok, then half a parameter", greets_with(ok + "S" + int32(100) + "server_version")},
      {"ok, then rows", greets_with(ok + data_row({"x"}) + ready())},
      {"ok, then a question for rows", greets_with(ok + message('G', std::string("\0\0\0", 3)) + ready())},
      {"an unknown message", greets_with(ok + message('?', "what") + ready())},
      {"a refusal of the protocol", greets_with(message('v', int32(0) + int32(1) + "x" + '\0'))},
  });
}

TEST_CASE("a server of another age or none is refused with its version", "[hostile]") {
  HostileProject project;
  project.revision("001_x", "CREATE TABLE made (id int);\n");
  for (const std::string version : {"9.6.24", "8.4", "12.19", "1", "0", "-1", "junk", "", "\x1B[31m15"}) {
    CAPTURE(printable(version));
    const FakeServer server(greets_with(welcome(version)));
    project.set("DATABASE_URL", server.url());
    const auto outcome = project.run({"upgrade", "--format", "json"});
    CHECK(outcome.status == 4);
    CHECK(outcome.says("too old"));
  }
  const FakeServer nameless(greets_with(message('R', int32(0)) + ready()));
  project.set("DATABASE_URL", nameless.url());
  CHECK(project.run({"upgrade", "--format", "json"}).status == 4);
}

TEST_CASE("an answer that makes no sense ends the run", "[hostile]") {
  const auto done = message('C', std::string("SELECT 1") + '\0') + ready();
  try_all({
      {"silence", answers_with("")},
      {"the end", answers_with("", false)},
      {"nothing but ready", answers_with(ready())},
      {"a state that is not", answers_with(message('Z', "X"))},
      {"empty", answers_with(message('I', "") + ready())},
      {"done, without rows", answers_with(done)},
      {"no row", answers_with(row_description(4) + done)},
      {"a row without a description", answers_with(data_row({"1", "d", "f", "off"}) + done)},
      {"fewer values than columns", answers_with(row_description(4) + data_row({"1"}) + done)},
      {"more values than columns", answers_with(row_description(1) + data_row({"1", "2", "3"}) + done)},
      {"a value longer than its row",
       answers_with(row_description(1) + message('D', int16(1) + int32(1000) + "x") + done)},
      {"a value of negative length", answers_with(row_description(1) + message('D', int16(1) + int32(-5)) + done)},
      {"columns without names", answers_with(message('T', int16(3)) + done)},
      {"a giant row", answers_with(row_description(1) + "D" + int32(0x7FFFFFF0))},
      {"half a row, then the end", answers_with(row_description(1) + "D" + int32(100) + int16(1), false)},
      {"words where numbers belong", answers_with(answer({"abc", "d", "f", "off"}))},
      {"numbers too large", answers_with(answer({"99999999999999999999999", "d", "f", "off"}))},
      {"nothing where values belong",
       answers_with(row_description(4) + message('D', int16(4) + repeated(int32(-1), 4)) + done)},
      {"two answers", answers_with(row_description(1) + data_row({"1"}) + message('C', std::string("SELECT 1") + '\0') +
                                   row_description(1) + data_row({"1"}) + done)},
      {"rows for COPY", answers_with(message('G', std::string("\0\0\0", 3)))},
      {"rows of COPY",
       answers_with(message('H', std::string("\0\0\0", 3)) + message('d', "x") + message('c', "") + done)},
      {"both ways", answers_with(message('W', std::string("\0\0\0", 3)))},
      {"an error without fields", answers_with(message('E', std::string(1, '\0')) + ready())},
      {"an error with odd fields",
       answers_with(message('E', std::string("PxyzM\x1B[31m\0Lx\0W\xFF\0", 16) + '\0') + ready())},
      {"a goodbye", answers_with(error("57P01", "terminating connection due to administrator command"), false)},
      {"a message that is not", answers_with(message('?', "what"))},
      {"out of order", answers_with(message('2', "") + message('1', "") + message('n', "") + done)},
  });
}

TEST_CASE("a version table that makes no sense is not believed", "[hostile]") {
  // As a server answers until the version table is read, and then with what somebody made of it.
  const auto table_of = [](std::string internal_version, std::string generation, std::vector<std::string> row) {
    return [=](Wire& wire) {
      wire.startup();
      wire.send(welcome());
      for (auto question = wire.receive(); !question.empty(); question = wire.receive()) {
        const auto asks = [&](std::string_view part) { return question.find(part) != std::string::npos; };
        std::string reply = message('C', std::string("SET") + '\0') + ready();
        if (asks("pg_backend_pid")) reply = answer({"1", "d", "f", "off"});
        if (asks("relname IN ('version'")) reply = answer({"3"});
        if (asks("internal_version, generation")) reply = answer({internal_version, generation});
        if (asks("internal_version FROM")) reply = answer({internal_version});
        if (asks("steps_done, steps_total")) reply = answer(row);
        if (!wire.send(reply)) return;
      }
    };
  };
  const std::vector<std::string> sound{"main", "001_x", "applied", "upgrade", "", "", std::string(64, 'a'),       "",
                                       "",     "1",     "1",       "",        "", "", "2024-01-01T00:00:00.000Z", "u",
                                       "1",    "r"};
  const auto with = [&](std::size_t column, std::string value) {
    auto row = sound;
    row[column] = std::move(value);
    return row;
  };
  HostileProject project;
  project.limits.time = std::chrono::seconds(25);
  project.revision("001_x", "CREATE TABLE made (id int);\n");
  for (const auto& [name, behaviour] : std::vector<std::pair<std::string, FakeServer::Behaviour>>{
           {"a word for a version", table_of("x", "0", sound)},
           {"a version to come", table_of("999999", "0", sound)},
           {"a generation too large", table_of("2", "99999999999999999999", sound)},
           {"too few columns", table_of("2", "0", {"main"})},
           {"no columns", table_of("2", "0", {})},
           {"a state that is not", table_of("2", "0", with(2, "x"))},
           {"steps that are words", table_of("2", "0", with(9, "x"))},
           {"a time that is a word", table_of("2", "0", with(16, "x"))},
           {"a checksum that is none", table_of("2", "0", with(6, "\x1B[31m'\xFF"))},
           {"a revision with a terminal's command", table_of("2", "0", with(1, "\x1B[31m\xFF"))},
           {"stored steps that are none", table_of("2", "0", with(8, "{\"a\": [[[["))},
           {"a branch that is another", table_of("2", "0", with(0, std::string(100'000, 'b')))},
           {"itself for a parent", table_of("2", "0", with(4, "001_x\n001_x"))},
       }) {
    CAPTURE(name);
    const FakeServer server(behaviour);
    project.set("DATABASE_URL", server.url());
    for (const std::vector<std::string>& words :
         std::vector<std::vector<std::string>>{{"status"},
                                               {"current", "--format", "json"},
                                               {"upgrade", "--format", "json", "--wait", "1s"},
                                               {"downgrade", "base", "--yes", "--format", "json", "--wait", "1s"}}) {
      const auto outcome = project.run(words);
      CHECK(outcome.both().size() < 300'000);
    }
  }
}

TEST_CASE("a flood is not kept, and ends with the time for connecting", "[hostile]") {
  const auto ok = message('R', int32(0));
  const auto notice = message('N', std::string("SNOTICE") + '\0' + "MI go on and on" + '\0' + '\0');
  const auto parameter = message('S', std::string("a") + '\0' + "b" + '\0');
  try_all(
      {
          {"notices before the welcome", floods("", notice)},
          {"notices after it", floods(welcome(), notice)},
          {"parameters", floods(ok, parameter)},
          {"many parameters",
           [](Wire& wire) {
             wire.startup();
             wire.send(message('R', int32(0)));
             for (int i = 0; wire.send(message('S', "name" + std::to_string(i) + '\0' + std::string(1000, 'v') + '\0'));
                  ++i) {
             }
           }},
          {"notifications", floods(welcome(), message('A', int32(1) + "c" + '\0' + "p" + '\0'))},
          {"rows", floods(welcome() + row_description(1), data_row({std::string(1000, 'r')}))},
          {"rows of COPY",
           floods(welcome() + message('H', std::string("\0\0\0", 3)), message('d', std::string(1000, 'c')))},
          {"results", floods(welcome(), message('C', std::string("SELECT 1") + '\0'))},
          {"errors", floods(welcome(), error("XX000", "again"))},
          {"ready", floods(welcome(), ready())},
          {"zeros", floods("", std::string(1000, '\0'))},
          {"a message without an end",
           [](Wire& wire) {
             wire.startup();
             wire.send(welcome() + row_description(1) + "D" + int32(0x7FFFFF00));
             const std::string filler(100'000, 'x');
             while (wire.send(filler)) {
             }
           }},
      },
      {.time = std::chrono::seconds(40), .memory_mb = 1200});
}
