// Words and variables that no user would write, and some that a broken script does.
// SPDX-License-Identifier: Apache-2.0
#include <string>
#include <vector>

#include "core/json.hpp"
#include "hostile_project.hpp"
#include "support/catch.hpp"

using namespace dbmigrate;
using namespace dbmigrate::tests;

TEST_CASE("words that make no sense are a usage error, in the format that was asked for", "[hostile]") {
  HostileProject project;
  project.revision("001_x", "CREATE TABLE made (id int);\n", "DROP TABLE made;\n");
  const std::string odd = "\xFF\xFE\x80 \xED\xA0\x80";
  const std::string long_word(120'000, 'w');
  for (const std::vector<std::string>& words : std::vector<std::vector<std::string>>{
           {},
           {""},
           {"", "", ""},
           {"-"},
           {"--"},
           {"--", "upgrade"},
           {"---"},
           {"-=", "upgrade"},
           {"--=x", "upgrade"},
           {"-qqqqqqq"},
           {odd},
           {long_word},
           {"\x1B[31mred"},
           {"upgrade", ""},
           {"upgrade", odd},
           {"upgrade", long_word},
           {"upgrade", "a\nb"},
           {"upgrade", "\x1B]0;title\x07"},
           {"upgrade", "@"},
           {"upgrade", "@@"},
           {"upgrade", "main@"},
           {"upgrade", "@001"},
           {"upgrade", "+"},
           {"upgrade", "+0"},
           {"upgrade", "+99999999999999999999"},
           {"downgrade", "-99999999999999999999"},
           {"upgrade", "001+99999999999999999999999"},
           {"upgrade", "main@+-1"},
           {"upgrade", "head", "head"},
           {"upgrade", "--format"},
           {"upgrade", "--format", odd},
           {"upgrade", "--wait", odd},
           {"upgrade", "--wait", "-1s"},
           {"upgrade", "--dir", odd},
           {"upgrade", "--dir", ""},
           {"upgrade", "--dir", long_word},
           {"upgrade", "--branch", odd},
           {"upgrade", "--branch", ""},
           {"upgrade", "--env", odd},
           {"upgrade", "--url", odd},
           {"upgrade", "--url", ""},
           {"upgrade", "--url", long_word},
           {"upgrade", "--config", odd},
           {"upgrade", "--config", long_word},
           {"upgrade", "--color", "\x1B"},
           {"upgrade", odd + "=" + odd},
           {"upgrade", "--" + odd},
           {"show", odd},
           {"new", odd},
           {"merge", odd, odd},
           {"stamp", odd},
           {"completion", odd},
           {"help", odd},
           {"__reference", odd},
           {"downgrade"},
       }) {
    CAPTURE(printable(Json(words).dump(-1, ' ', true, Json::error_handler_t::replace).substr(0, 200)));
    const auto text = project.run(words);
    auto as_json = words;
    as_json.insert(as_json.begin(), {"--format", "json"});
    const bool has_format = std::find(words.begin(), words.end(), "--format") != words.end();
    if (!has_format) {
      const auto document = project.run(as_json);
      CHECK(document.status == text.status);
    }
    CHECK(text.both().size() < 10'000);
    CHECK(text.status != 0);
    CHECK(project.database.ask("SELECT to_regclass('made') IS NULL") == "t");
  }
}

TEST_CASE("completion answers any words, and with nothing that a shell would run", "[hostile]") {
  HostileProject project;
  project.limits.time = std::chrono::seconds(10);
  project.write("migrations/$(touch pwned)/001_$(touch pwned).up.sql", "SELECT 1;\n");
  project.write("migrations/$(touch pwned)/001_$(touch pwned).down.sql", "SELECT 1;\n");
  project.write("migrations/$(touch pwned)/002_x.yaml",
                "description: \"a\\tb\\nc\\e[31m `touch pwned`\"\nup: [{sql: SELECT 1}]\ndown: [{sql: SELECT 1}]\n");
  for (const std::vector<std::string>& words : std::vector<std::vector<std::string>>{
           {"__complete"},
           {"__complete", ""},
           {"__complete", "upgrade", ""},
           {"__complete", "upgrade", "$(touch"},
           {"__complete", "upgrade", "--branch", ""},
           {"__complete", "upgrade", "--branch=$"},
           {"__complete", "--dir", "\xFF", "upgrade", ""},
           {"__complete", "\xFF", "\xFE"},
           {"__complete", std::string(100'000, 'x')},
           {"__complete", "upgrade", "--config", "/dev/zero", ""},
       }) {
    const auto outcome = project.run(words);
    CHECK(outcome.status == 0);
    for (std::size_t at = 0; at < outcome.out.size();) {
      const auto end = outcome.out.find('\n', at);
      REQUIRE(end != std::string::npos);
      const auto line = outcome.out.substr(at, end - at);
      CHECK(std::count(line.begin(), line.end(), '\t') <= 1);
      at = end + 1;
    }
  }
  // As bash does it: the answers become words for the user to choose from, and are not run.
  const auto program = std::string(DBMIGRATE_PROGRAM);
  const auto script = project.run({"completion", "bash"});
  project.write("completion.bash", script.out);
  project.write("complete.bash", "source ./completion.bash\nCOMP_LINE='" + program +
                                     " upgrade --branch '\nCOMP_POINT=${#COMP_LINE}\n_dbmigrate\n"
                                     "printf '%s\\n' \"${COMPREPLY[@]}\"\n");
  const auto outcome =
      run_bounded("/bin/bash", {"complete.bash"}, project.variables, project.folder().string(), project.limits);
  CHECK(outcome.out == "$(touch pwned)\n");
  CHECK_FALSE(std::filesystem::exists(project.folder() / "pwned"));
}
