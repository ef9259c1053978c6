// Contract files on disk, and what revisions say of them.
// SPDX-License-Identifier: Apache-2.0
#include "contract/contracts.hpp"

#include <string>
#include <utility>
#include <vector>

#include "support/catch.hpp"
#include "support/errors.hpp"
#include "support/written_files.hpp"

namespace dbmigrate {
namespace {

using test::WrittenFiles;

constexpr std::string_view kV1 =
    "contract: t\nversion: 1\nrelation: public.t\ncolumns:\n  - {name: id, type: int8, required: true}\n"
    "  - {name: note, type: text}\n";
const std::string kWay =
    "rfc: docs/rfc.md\nsign_offs: [Backend, Data]\ndata_path: both columns for a while\nnotice: 2025-10-01\n";
const std::string kV2 =
    "contract: t\nversion: 2\nrelation: t\ncolumns:\n  - {name: id, type: bigint, required: true}\n" + kWay;

std::string revision(std::string_view contract) {
  return std::string(contract) + "\nup: {sql: SELECT 1}\ndown: {sql: SELECT 1}\n";
}

Contracts read(const WrittenFiles& folder) {
  return Contracts(RevisionGraph(ContractedDirectory(folder.path()).load()));
}

/// `FILE:LINE:COLUMN: message` of the only problem, the file without the folder before it; else all of them.
std::string problem(const WrittenFiles& folder) {
  const auto info = error_of([&] { read(folder); });
  CHECK(info.code == ErrorCode::invalid_descriptor);
  CHECK_FALSE(info.hint.empty());
  const auto text = info.detail.find('\n') != std::string::npos && info.message.find("problems") != std::string::npos
                        ? info.detail
                        : info.at->text() + ": " + info.message;
  std::string result;
  const auto folder_name = folder.path().string() + "/";
  for (std::size_t at = 0; at < text.size();) {
    if (text.compare(at, folder_name.size(), folder_name) == 0) {
      at += folder_name.size();
    } else {
      result += text[at++];
    }
  }
  return result;
}

std::string problem_with(std::string_view file, std::string_view content) {
  const WrittenFiles folder{{"b/001_a.yaml", revision("contract: {t: 1}")}, {"b/contracts/t.v1.yaml", kV1}};
  folder.write(std::string("b/") + std::string(file), content);
  return problem(folder);
}

std::string replaced(std::string_view text, std::string_view part, std::string_view by) {
  std::string result(text);
  result.replace(result.find(part), part.size(), by);
  return result;
}

}  // namespace

TEST_CASE("a contract is read with all its versions and the revisions that move it", "[contract]") {
  const WrittenFiles folder{{"b/001_a.yaml", revision("contract: {t: 1}")},
                            {"b/002_b.yaml", revision("")},
                            {"b/003_c.yaml", revision("contract: {t: 2}")},
                            {"b/contracts/t.v1.yaml", kV1},
                            {"b/contracts/t.v2.yaml", kV2},
                            {"b/contracts/README.md", "notes"},
                            {"c/001_a.yaml", revision("")}};
  const auto contracts = read(folder);
  REQUIRE(contracts.histories().size() == 1);
  const auto& history = contracts.histories()[0];
  CHECK(history.branch == "b");
  CHECK(history.moved_by({"b", "003_c"}) == 2);
  CHECK(history.moved_by({"c", "003_c"}) == 0);
  CHECK_FALSE(history.begins_by_itself());
  REQUIRE(history.versions.size() == 2);
  CHECK(history.versions[0].columns == std::vector<ContractColumn>{{"id", "bigint", true}, {"note", "text", false}});
  CHECK(history.versions[1].sign_offs == std::vector<std::string>{"Backend", "Data"});
  CHECK(contracts.relations() == RelationNames{{"public", "t"}});
}

TEST_CASE("a project without contracts has none", "[contract]") {
  const WrittenFiles folder{{"001_a.yaml", revision("")}};
  CHECK(read(folder).empty());
}

TEST_CASE("golden rows keep their text, its place and their NULLs", "[contract]") {
  const WrittenFiles folder{
      {"001_a.yaml", revision("")},
      {"contracts/t.v1.yaml", std::string(kV1) + "golden:\n  - name: one\n    given: |\n"
                                                 "      INSERT INTO t VALUES (1);\n    query: SELECT * FROM t\n"
                                                 "    expect:\n      - [1, null]\n      - [\"\", \"null\"]\n"}};
  const auto contracts = read(folder);
  const auto& golden = contracts.histories().at(0).versions.at(0).golden.at(0);
  CHECK(golden.given.text == "INSERT INTO t VALUES (1);\n");
  CHECK(golden.given.first_line == 10);
  CHECK(golden.expect == std::vector<std::vector<std::optional<std::string>>>{{"1", std::nullopt}, {"", "null"}});
}

TEST_CASE("a contract file that is not understood is refused where it is wrong", "[contract]") {
  CHECK(problem_with("contracts/t.v1.yaml", std::string(kV1) + "golden_rows: []\n") ==
        "b/contracts/t.v1.yaml:7:1: unknown key \"golden_rows\"");
  CHECK(problem_with("contracts/t.v1.yaml", std::string(kV1) + "version: 1\n").find("b/contracts/t.v1.yaml:7:1: ") ==
        0);
  CHECK(problem_with("contracts/t.v1.yaml", replaced(kV1, "contract: t", "contract: u")) ==
        "b/contracts/t.v1.yaml:1:11: the contract u stands in the file of t");
  CHECK(problem_with("contracts/t.v1.yaml", replaced(kV1, "version: 1", "version: 2")) ==
        "b/contracts/t.v1.yaml:2:10: version 2 stands in the file of version 1");
  CHECK(problem_with("contracts/t.v1.yaml", replaced(kV1, "version: 1", "version: one")) ==
        "b/contracts/t.v1.yaml:2:10: version must be a whole number");
  CHECK(problem_with("contracts/t.v1.yaml", replaced(kV1, "public.t", "a.b.c")) ==
        "b/contracts/t.v1.yaml:3:11: relation must be the name of a relation");
  CHECK(problem_with("contracts/t.v1.yaml", replaced(kV1, "name: note", "name: id")) ==
        "b/contracts/t.v1.yaml:6:12: the column id is there twice");
  CHECK(problem_with("contracts/t.v1.yaml", replaced(kV1, "required: true", "required: yes")) ==
        "b/contracts/t.v1.yaml:5:38: required must be true or false");
  CHECK(problem_with("contracts/t.v1.yaml", "contract: t\nversion: 1\nrelation: t\ncolumns: []\n") ==
        "b/contracts/t.v1.yaml:4:10: columns is an empty list");
  CHECK(problem_with("contracts/t.yaml", kV1) == "b/contracts/t.yaml: b/contracts/t.yaml is no contract");
  CHECK(problem_with("contracts/t.v01.yaml", kV1) == "b/contracts/t.v01.yaml: b/contracts/t.v01.yaml is no contract");
}

TEST_CASE("from version 2 on a contract says how readers get there", "[contract]") {
  for (const std::string key : {"rfc", "sign_offs", "data_path", "notice"}) {
    const auto line = kWay.substr(kWay.find(key), kWay.find('\n', kWay.find(key)) - kWay.find(key) + 1);
    CHECK(problem_with("contracts/t.v2.yaml", replaced(kV2, line, "")) ==
          "b/contracts/t.v2.yaml:1:1: version 2 of t has no " + key);
  }
}

TEST_CASE("versions have no gaps, and revisions name the ones that are there, upwards", "[contract]") {
  CHECK(problem_with("contracts/t.v3.yaml", replaced(kV2, "version: 2", "version: 3")) ==
        "b/contracts/t.v3.yaml: version 2 of the contract t is missing");
  CHECK(problem_with("002_b.yaml", revision("contract: {t: 2}")) ==
        "b/002_b.yaml:1:15: the contract t has no version 2");
  CHECK(problem_with("002_b.yaml", revision("contract: {u: 1}")) == "b/002_b.yaml:1:15: there is no contract u");
  SECTION("a later revision cannot go back") {
    const WrittenFiles folder{{"001_a.yaml", revision("contract: {t: 2}")},
                              {"002_b.yaml", revision("contract: {t: 1}")},
                              {"contracts/t.v1.yaml", kV1},
                              {"contracts/t.v2.yaml", kV2}};
    CHECK(problem(folder) == "002_b.yaml:1:15: main@002_b takes the contract t back to version 1");
  }
}

TEST_CASE("mistakes in contracts and in migrations are told together", "[contract]") {
  const WrittenFiles folder{{"b/001_a.yaml", revision("contract: {t: 1}")},
                            {"b/002_b.yaml", "up: 3\n"},
                            {"b/contracts/t.v1.yaml", "contract: t\n"}};
  const auto text = problem(folder);
  CHECK(text.find("b/002_b.yaml:1:5: ") != std::string::npos);
  CHECK(text.find("b/contracts/t.v1.yaml:1:1: ") != std::string::npos);
  CHECK(text.find("has no version") == std::string::npos);
}

}  // namespace dbmigrate
