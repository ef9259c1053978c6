// Environments that scripts, shells and containers leave behind.
// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <string>
#include <utility>
#include <vector>

#include "core/json.hpp"
#include "hostile_project.hpp"
#include "support/catch.hpp"

using namespace dbmigrate;
using namespace dbmigrate::tests;

namespace {

struct Variable {
  std::string name;
  std::string value;
};

}  // namespace

TEST_CASE("what the environment says of language, time, place and terminal changes nothing", "[hostile]") {
  HostileProject project;
  project.revision("001_x",
                   "CREATE TABLE made (id int, at timestamptz DEFAULT '2024-03-31 02:30+00', day date DEFAULT "
                   "'2024-03-01', price numeric DEFAULT 1.5);\n",
                   "DROP TABLE made;\n");
  REQUIRE(project.run({"catalog"}).status == 0);
  REQUIRE(project.run({"upgrade"}).status == 0);
  const auto usual = project.run({"validate-only"});
  const std::string odd = "\xFF\xFE; $(touch pwned) %s%n";
  for (const auto& [name, value] : std::vector<Variable>{
           {"LC_ALL", "tr_TR.UTF-8"},
           {"LC_ALL", "de_DE.UTF-8"},
           {"LC_ALL", odd},
           {"LANG", odd},
           {"TZ", odd},
           {"TZ", ":/dev/zero"},
           {"TZ", "Asia/Kathmandu"},
           {"HOME", ""},
           {"HOME", "/nothing"},
           {"HOME", odd},
           {"TERM", odd},
           {"COLUMNS", "-1"},
           {"COLUMNS", "999999999999999999999"},
           {"NO_COLOR", odd},
           {"TMPDIR", "/nothing"},
           {"PATH", ""},
           {"PATH", odd},
           {"POSIXLY_CORRECT", "1"},
           {"MALLOC_PERTURB_", "165"},
           {"PGTZ", "Asia/Kathmandu"},
           {"PGDATESTYLE", "German"},
           {"PGGEQO", "off"},
           {"PGCLIENTENCODING", "LATIN1"},
           {"PGCLIENTENCODING", "nonsense"},
           {"PGAPPNAME", odd},
           {"PGCONNECT_TIMEOUT", "5"},
           {"PGPASSFILE", "/dev/full"},
           {"PGPASSFILE", "/nothing"},
           {"PGUSERVICE", odd},
           {"PGOPTIONS", "-c datestyle=German -c intervalstyle=sql_standard"},
           {"PGOPTIONS", "-c quote_all_identifiers=on"},
           {"PGOPTIONS", "-c standard_conforming_strings=off"},
           {"PGOPTIONS", "-c escape_string_warning=on -c client_min_messages=debug1"},
           {"PGOPTIONS", "-c bytea_output=escape -c extra_float_digits=-15"},
           {"PGOPTIONS", "-c default_transaction_isolation=serializable -c default_transaction_deferrable=on"},
           {"PGOPTIONS", "-c TimeZone=Asia/Kathmandu -c lc_messages=C"},
           {"PGOPTIONS", "-c search_path=nothing"},
           {"PGOPTIONS", "-c array_nulls=off -c transform_null_equals=on"},
           {"PGOPTIONS", "-c row_security=off -c check_function_bodies=off"},
           {"PGOPTIONS", "-c statement_timeout=60s -c lock_timeout=60s"},
           {"DBMIGRATE_NOTHING", odd},
           {"DBMIGRATE_TEST_URL", odd},
       }) {
    CAPTURE(name, printable(value));
    const auto before = project.variables;
    project.set(name, value);
    const auto outcome = project.run({"validate-only"});
    CHECK(outcome.status == 0);
    CHECK(outcome.out == usual.out);
    if (value.find("search_path") == std::string::npos) {
      CHECK(project.run({"downgrade", "base", "--yes"}).status == 0);
      CHECK(project.run({"upgrade", "--format", "json"}).status == 0);
    }
    CHECK(project.run({"history", "--log"}).status == 0);
    project.variables = before;
  }
}

TEST_CASE("an environment with nothing in it will do", "[hostile]") {
  HostileProject project;
  project.revision("001_x", "CREATE TABLE made (id int);\n", "DROP TABLE made;\n");
  project.variables.clear();
  CHECK(project.run({"upgrade", "--url", project.database.url()}).status == 0);
  CHECK(project.run({"status", "--format", "json"}).status == 3);
  CHECK(project.run({"downgrade", "base", "--yes", "--url", project.database.url()}).status == 0);
}

TEST_CASE("a variable of libpq's that makes no sense is told by its name", "[hostile]") {
  HostileProject project;
  project.revision("001_x", "CREATE TABLE made (id int);\n");
  project.limits.time = std::chrono::seconds(30);
  const std::string odd = "\xFF\xFE; $(touch pwned)";
  for (const auto& [name, value] : std::vector<Variable>{
           {"PGPORT", "abc"},
           {"PGPORT", "-1"},
           {"PGPORT", "99999"},
           {"PGHOSTADDR", "not an address"},
           {"PGHOST", odd},
           {"PGHOST", "/nothing"},
           {"PGOPTIONS", "junk"},
           {"PGOPTIONS", "-c no_such_setting=1"},
           {"PGOPTIONS", odd},
           {"PGSERVICEFILE", "/nothing"},
           {"PGSERVICE", odd},
           {"PGSSLMODE", "junk"},
           {"PGSSLMODE", "verify-full"},
           {"PGSSLROOTCERT", "/nothing"},
           {"PGCHANNELBINDING", "junk"},
           {"PGTARGETSESSIONATTRS", "junk"},
           {"PGTARGETSESSIONATTRS", "standby"},
           {"PGCONNECT_TIMEOUT", "junk"},
           {"PGKRBSRVNAME", odd},
           {"PGGSSENCMODE", "junk"},
           {"PGDATABASE", odd},
           {"PGUSER", odd},
       }) {
    CAPTURE(name, printable(value));
    const auto before = project.variables;
    // The URL's own parts win over the variables; what it does not say, they do.
    project.set("DATABASE_URL",
                name == "PGDATABASE" || name == "PGUSER" || name.starts_with("PGHOST") || name == "PGPORT"
                    ? std::nullopt
                    : std::optional(project.database.url()));
    if (name == "PGHOSTADDR" || name == "PGPORT") project.set("PGHOST", "127.0.0.1");
    if (name == "PGSERVICEFILE") project.set("PGSERVICE", "nothing");
    project.set(name, value);
    const auto outcome = project.run({"upgrade", "--format", "json"});
    const bool harmless = name == "PGKRBSRVNAME" || name == "PGSSLMODE" || name == "PGSSLROOTCERT";
    CHECK((outcome.status == 4 || outcome.status == 3 || (harmless && outcome.status == 0)));
    project.variables = before;
    project.database.run("DROP SCHEMA IF EXISTS dbmigrate CASCADE; DROP TABLE IF EXISTS made");
  }
}

TEST_CASE("a variable of ours that makes no sense is told by its name", "[hostile]") {
  HostileProject project;
  project.revision("001_x", "CREATE TABLE made (id int);\n");
  const std::string odd = "\xFF\xFE; $(touch pwned)\n\x1B[31m";
  for (const std::string name :
       {"DBMIGRATE_URL", "DBMIGRATE_ENV", "DBMIGRATE_CONFIG", "DBMIGRATE_DIR", "DBMIGRATE_BRANCH", "DBMIGRATE_WAIT",
        "DBMIGRATE_LOCK_TIMEOUT", "DBMIGRATE_STATEMENT_TIMEOUT", "DBMIGRATE_LOCK_RETRY_FOR", "DBMIGRATE_RECONNECT_FOR",
        "DBMIGRATE_IDLE_TIMEOUT", "DBMIGRATE_RECENT_WRITES_AFTER", "DBMIGRATE_YES", "DBMIGRATE_FORMAT",
        "DBMIGRATE_COLOR", "DATABASE_URL", "DBMIGRATE_VERSION_SCHEMA"}) {
    for (const auto& value :
         {odd, std::string("junk"), std::string(100'000, 'x'), std::string("-1"), std::string("nan")}) {
      CAPTURE(name, printable(value.substr(0, 40)));
      const auto before = project.variables;
      project.set(name, value);
      const auto outcome =
          project.run(name == "DBMIGRATE_FORMAT" ? std::vector<std::string>{"upgrade"}
                                                 : std::vector<std::string>{"upgrade", "--format", "json"});
      const bool is_a_name = name == "DBMIGRATE_VERSION_SCHEMA" && value.size() < 10;
      CHECK((outcome.status == 3 || (is_a_name && outcome.status == 0)));
      if (outcome.status == 3 && name != "DBMIGRATE_DIR" && name != "DBMIGRATE_CONFIG") CHECK(outcome.says(name));
      CHECK(outcome.both().size() < 10'000);
      project.variables = before;
      if (is_a_name) project.database.run("DROP TABLE IF EXISTS made");
    }
  }
}

TEST_CASE("a value of 100 kB in the environment is no obstacle", "[hostile]") {
  HostileProject project;
  project.revision("001_x", "CREATE TABLE made (id int);\n");
  for (int i = 0; i < 10; ++i) project.set("FILLER_" + std::to_string(i), std::string(100'000, 'x'));
  project.set("a=b", "c");
  CHECK(project.run({"upgrade", "--format", "json"}).status == 0);
}
