// A password, wherever it is given and however it is written, is seen nowhere.
// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>
#include <sys/stat.h>

#include <string>
#include <vector>

#include "core/json.hpp"
#include "hostile_project.hpp"
#include "support/catch.hpp"

using namespace dbmigrate;
using namespace dbmigrate::tests;

namespace {

const std::string kSecret = "hunter2secret";

/// Commands that work, commands that fail in each of their phases, and those that tell afterwards what happened.
const std::vector<std::vector<std::string>> kCommands{
    {"status", "-v"},
    {"upgrade", "001", "-v"},
    {"upgrade", "head", "-v"},
    {"upgrade", "nothing_of_this_name"},
    {"downgrade", "base", "--yes", "-v"},
    {"downgrade", "nothing"},
    {"validate-only", "-v"},
    {"drift"},
    {"current", "-v"},
    {"history", "--log"},
    {"repair", "--yes"},
    {"stamp", "head", "--verify"},
    {"backfill", "status"},
    {"backfill", "retry"},
    {"upgrade", "--sql"},
    {"nonsense"},
    {"upgrade", "--nonsense"},
};

void fill(HostileProject& project) {
  project.revision("001_x", "CREATE TABLE IF NOT EXISTS made (id int);\nDO $$ BEGIN RAISE NOTICE 'noted'; END $$;\n",
                   "DROP TABLE made;\n");
  // It tells what it was told, as a careless trigger might.
  project.revision("002_fails",
                   "DO $$ BEGIN RAISE EXCEPTION 'application %', current_setting('application_name'); END $$;\n");
}

void run_everything(HostileProject& project, const std::vector<std::string>& secrets) {
  for (const auto& command : kCommands) {
    for (const std::string format : {"text", "json", "ndjson"}) {
      auto words = command;
      words.insert(words.end(), {"--format", format, "--log-file", "run.log"});
      project.require_unseen(project.run(words), secrets);
      std::filesystem::remove(project.folder() / "run.log");
    }
  }
}

std::string with_parameter(const std::string& url, const std::string& parameter) {
  return url + (url.find('?') == std::string::npos ? "?" : "&") + parameter;
}

}  // namespace

TEST_CASE("a password in a URL is seen nowhere, connected or not", "[hostile]") {
  HostileProject project;
  fill(project);
  const auto& url = project.database.url();
  for (const auto& one : {
           with_parameter(url, "password=" + kSecret),
           with_parameter(url, "pass%77ord=" + kSecret),
           with_parameter(url, "sslpassword=" + kSecret),
           with_parameter(url, "password=" + kSecret + "%"),
           with_parameter(url, "password=" + kSecret + "%00"),
           "postgresql://nobody:" + kSecret + "@127.0.0.1:1/none",
           "postgresql://nobody:" + kSecret + "@127.0.0.1:abc/none",
           "postgresql://nobody:" + kSecret + "@[::1/none",
           "postgresql://nobody:" + kSecret + "%zz@127.0.0.1:1/none",
           "postgresql://nobody:x/" + kSecret + "@127.0.0.1:1/none",
           "postgresql://nobody:x?" + kSecret + "@127.0.0.1:1/none",
           "postgresql://nobody:x#" + kSecret + "@127.0.0.1:1/none",
           "postgresql://nobody:" + kSecret + "@host1:1,host2:1/none?connect_timeout=2",
           "postgresql://nobody:" + kSecret,
           "postgresql://:" + kSecret + "@/none?host=/nothing",
           "POSTGRESQL://nobody:" + kSecret + "@127.0.0.1:1/none",
           "mysql://nobody:" + kSecret + "@127.0.0.1:1/none",
           "jdbc:postgresql://127.0.0.1:1/none?user=nobody&password=" + kSecret,
           "postgresql+psycopg2://nobody:" + kSecret + "@127.0.0.1:1/none",
           "host=127.0.0.1 port=1 password=" + kSecret,
           "host=127.0.0.1 port=1 PASSWORD=" + kSecret,
           "host=127.0.0.1 port=1 password = '" + kSecret + "'",
           "host=127.0.0.1 port=1 password='" + kSecret,
           "host=127.0.0.1 port=1 password=two " + kSecret,
           "host=127.0.0.1 port=1 password='two''" + kSecret + "'",
           "host=127.0.0.1 password=" + kSecret + " port=abc",
           "password=" + kSecret + " nonsense",
           "password=" + kSecret + " nonsense=1",
       }) {
    CAPTURE(one);
    project.set("DATABASE_URL", one);
    // Where nothing is connected to, one command fails as another does.
    const bool leads_somewhere = one.starts_with(url);
    if (leads_somewhere) run_everything(project, {kSecret});
    for (const std::string format : {"text", "json", "ndjson"}) {
      project.require_unseen(project.run({"upgrade", "-v", "--format", format, "--log-file", "run.log"}), {kSecret});
    }
    project.set("DATABASE_URL", std::nullopt);
    project.require_unseen(project.run({"status", "--url", one, "--log-file", "run.log"}), {kSecret});
    project.require_unseen(project.run({"upgrade", "--url=" + one, "--log-file=run.log", "--format=json"}), {kSecret});
    project.write("dbmigrate.yaml",
                  fmt::format("default_environment: e\nenvironments: {{e: {{url: {}}}}}\n", Json(one).dump()));
    project.require_unseen(project.run({"status", "--log-file", "run.log"}), {kSecret});
    project.write("dbmigrate.yaml", "default_environment: e\nenvironments: {e: {url: \"${SECRET_URL}\"}}\n");
    project.set("SECRET_URL", one);
    project.require_unseen(project.run({"status", "--log-file", "run.log", "--format", "json"}), {kSecret});
    std::filesystem::remove(project.folder() / "dbmigrate.yaml");
    project.set("SECRET_URL", std::nullopt);
  }
}

TEST_CASE("a password in libpq's own places is seen nowhere", "[hostile]") {
  HostileProject project;
  fill(project);
  SECTION("PGPASSWORD") { project.set("PGPASSWORD", kSecret); }
  SECTION("a service file") {
    project.write("services", fmt::format("[mine]\npassword={}\n", kSecret));
    project.set("PGSERVICEFILE", (project.folder() / "services").string());
    project.set("PGSERVICE", "mine");
  }
  SECTION("a service file that is wrong") {
    project.write("services", fmt::format("[mine]\npassword={0}\nnonsense {0}\n{0}=1\n", kSecret));
    project.set("PGSERVICEFILE", (project.folder() / "services").string());
    project.set("PGSERVICE", "mine");
  }
  SECTION("a password file") {
    project.write("passwords", fmt::format("*:*:*:*:{}\n", kSecret));
    chmod((project.folder() / "passwords").c_str(), 0600);
    project.set("PGPASSFILE", (project.folder() / "passwords").string());
  }
  SECTION("a password file that others may read") {
    project.write("passwords", fmt::format("*:*:*:*:{}\n", kSecret));
    chmod((project.folder() / "passwords").c_str(), 0666);
    project.set("PGPASSFILE", (project.folder() / "passwords").string());
  }
  run_everything(project, {kSecret});
}

TEST_CASE("a password is not seen in a message of the server's either", "[hostile]") {
  HostileProject project;
  project.revision("001_fails", "DO $$ BEGIN RAISE EXCEPTION 'the password is " + kSecret + "' USING DETAIL = 'd " +
                                    kSecret + "', HINT = 'h " + kSecret + "'; END $$;\n");
  project.revision("002_notes", "DO $$ BEGIN RAISE WARNING 'the password is " + kSecret + "'; END $$;\n");
  SECTION("from the environment") { project.set("PGPASSWORD", kSecret); }
  SECTION("from a URL") { project.set("DATABASE_URL", with_parameter(project.database.url(), "password=" + kSecret)); }
  SECTION("from a password file") {
    project.write("passwords", fmt::format("*:*:*:*:{}\n", kSecret));
    chmod((project.folder() / "passwords").c_str(), 0600);
    project.set("PGPASSFILE", (project.folder() / "passwords").string());
  }
  SECTION("from a service file") {
    project.write("services", fmt::format("[mine]\npassword={}\n", kSecret));
    project.set("PGSERVICEFILE", (project.folder() / "services").string());
    project.set("PGSERVICE", "mine");
  }
  for (const std::string format : {"text", "json", "ndjson"}) {
    project.require_unseen(project.run({"upgrade", "--format", format, "--log-file", "run.log", "-v"}), {kSecret});
    project.require_unseen(project.run({"history", "--log", "--format", format, "--log-file", "run.log"}), {kSecret});
  }
}

TEST_CASE("a password with odd characters is seen in none of its spellings", "[hostile]") {
  HostileProject project;
  fill(project);
  const std::string plain = "p\"q's\\t/u@v:w x%y\xC3\xA4";
  const std::string encoded = "p%22q%27s%5Ct%2Fu%40v%3Aw%20x%25y%C3%A4";
  const auto in_json = Json(plain).dump();
  const std::vector<std::string> spellings{plain, encoded, in_json.substr(1, in_json.size() - 2)};
  SECTION("in a URL") { project.set("DATABASE_URL", with_parameter(project.database.url(), "password=" + encoded)); }
  SECTION("in a URL that leads nowhere") {
    project.set("DATABASE_URL", "postgresql://u:" + encoded + "@127.0.0.1:1/x");
  }
  SECTION("in the environment") { project.set("PGPASSWORD", plain); }
  SECTION("in a conninfo string") {
    project.set("DATABASE_URL", "host=127.0.0.1 port=1 password='p\"q\\'s\\\\t/u@v:w x%y\xC3\xA4'");
  }
  run_everything(project, spellings);
  project.revision("003_tells", "SELECT 1;\n");
  project.revision("002_fails", "DO $$ BEGIN RAISE EXCEPTION 'it is %', E'p\"q\\'s\\\\t/u@v:w x%y\xC3\xA4'; END $$;\n");
  for (const std::string format : {"text", "json", "ndjson"}) {
    project.require_unseen(project.run({"upgrade", "--format", format, "--log-file", "run.log"}), spellings);
  }
}
