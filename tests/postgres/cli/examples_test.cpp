// Every example of the manual works as it stands.
// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <map>
#include <string>
#include <vector>

#include "cli/commands.hpp"
#include "support/catch.hpp"
#include "support/test_database.hpp"
#include "transcripts/sandbox.hpp"

using namespace dbmigrate;

namespace {

/// The project that the examples speak of: two branches with three revisions each.
void write_project(const Sandbox& sandbox) {
  const std::vector<std::string> names{"001_add_extensions", "002_create_core_tables", "003_enhance_documents"};
  for (const std::string branch : {"life_graph", "persons"}) {
    for (std::size_t i = 0; i < names.size(); ++i) {
      const std::string stem = fmt::format("migrations/{}/{}", branch, names[i]);
      sandbox.write({stem + ".up.sql", fmt::format("CREATE TABLE {}_{} (id bigint PRIMARY KEY);\n", branch, i)});
      sandbox.write({stem + ".down.sql", fmt::format("DROP TABLE {}_{};\n", branch, i)});
    }
  }
}

/// A revision behind the others that has a data migration, and is applied.
constexpr std::string_view kBackfill =
    "printf 'up:\\n- sql: CREATE TABLE personas (id int PRIMARY KEY, done bool)\\n- backfill:\\n    name: personas\\n"
    "    table: personas\\n    key: id\\n    where: done IS NULL\\n    sql: UPDATE personas SET done = true FROM batch"
    " WHERE batch.id = personas.id\\ndown: {sql: DROP TABLE personas}\\n' > migrations/persons/004_personas.yaml"
    " && dbmigrate upgrade head -q";

/// What has to be so before an example makes sense.
std::string preparation(const std::string& command, const std::string& arguments) {
  const std::map<std::string, std::string> of_example{
      {"new \"add email to users\"", "rm -r migrations/persons"},
      {"completion bash > ~/.local/share/bash-completion/completions/dbmigrate",
       "mkdir -p ~/.local/share/bash-completion/completions"},
      {"completion fish > ~/.config/fish/completions/dbmigrate.fish", "mkdir -p ~/.config/fish/completions"},
      {"lint --since origin/main --format github",
       "git init -q -b main . && git add . && git -c user.name=a -c user.email=a@b commit -qm first"
       " && git update-ref refs/remotes/origin/main HEAD"},
      {"merge 004_add_email 004_add_phone",
       "cd migrations/life_graph && for id in 004_add_email 004_add_phone; do "
       "echo '-- dbmigrate: down_revision=003_enhance_documents' > $id.up.sql; echo 'SELECT 1;' | tee -a $id.up.sql > "
       "$id.down.sql; done"}};
  if (const auto found = of_example.find(arguments); found != of_example.end()) return found->second;
  if (command == "backfill resume") return fmt::format("{} && dbmigrate backfill pause -q", kBackfill);
  if (command.starts_with("backfill")) return std::string(kBackfill);
  if (command == "catalog") return "dbmigrate catalog -q";
  if (command == "validate-only" || command == "drift") return "dbmigrate catalog -q && dbmigrate upgrade head -q";
  if (command == "health-check") {
    // Throwaway servers run without fsync, on a disk and in a version that are this machine's business.
    return "printf 'health: {checks: {settings: {enabled: false}, disk: {enabled: false}, version_supported: {enabled:"
           " false}}}' > dbmigrate.yaml && dbmigrate catalog -q && dbmigrate upgrade head -q";
  }
  if (command == "wait") return "dbmigrate upgrade head -q";
  if (command == "downgrade" || command == "status" || command == "repair") return "dbmigrate upgrade head -q";
  return "true";
}

}  // namespace

TEST_CASE("every example of the manual works", "[cli]") {
  for (const auto& command : commands()) {
    for (const auto& example : command.examples) {
      const tests::TestDatabase database;
      Sandbox sandbox({.program = DBMIGRATE_PROGRAM, .project = "."}, database.url());
      write_project(sandbox);
      const auto prepared = sandbox.run(preparation(command.name, example.arguments));
      INFO("dbmigrate " << example.arguments << "\n" << prepared.output);
      REQUIRE(prepared.status == 0);

      const auto result = sandbox.run("dbmigrate " + example.arguments);
      const bool own_server = command.name.starts_with("embedded");
      const auto cleared = own_server ? sandbox.run("dbmigrate embedded destroy --yes") : CommandResult{};
      INFO(result.output << cleared.output);
      CHECK(result.status == 0);
      CHECK(cleared.status == 0);
    }
  }
}
