// Paths that lead out of the project, and things that lie where a file should.
// SPDX-License-Identifier: Apache-2.0
#include <fcntl.h>
#include <sys/stat.h>

#include <filesystem>
#include <string>
#include <vector>

#include "core/json.hpp"
#include "hostile_project.hpp"
#include "support/catch.hpp"

using namespace dbmigrate;
using namespace dbmigrate::tests;
namespace fs = std::filesystem;

namespace {

constexpr const char* kHarmless = "CREATE TABLE made (id int);\n";

void link_to(const fs::path& target, const fs::path& link) {
  fs::remove_all(link);
  fs::create_directories(link.parent_path());
  fs::create_symlink(target, link);
}

}  // namespace

TEST_CASE("a migration that is a link out of the project is not run", "[hostile]") {
  HostileProject project;
  const auto migrations = project.folder() / "migrations";
  SECTION("an up file") { link_to(project.outside() / "999_planted.up.sql", migrations / "001_x.up.sql"); }
  SECTION("a relative link") { link_to("../../outside/999_planted.up.sql", migrations / "001_x.up.sql"); }
  SECTION("a link to a link") {
    link_to(project.outside() / "999_planted.up.sql", project.folder() / "step.sql");
    link_to("../step.sql", migrations / "001_x.up.sql");
  }
  SECTION("the file of a step") {
    link_to(project.outside() / "999_planted.up.sql", migrations / "step.sql");
    project.descriptor("001_x", "up: step.sql\ndown: [{sql: SELECT 1}]\n");
  }
  SECTION("a folder of the file of a step") {
    link_to(project.outside(), migrations / "sql");
    project.descriptor("001_x", "up: sql/999_planted.up.sql\ndown: [{sql: SELECT 1}]\n");
  }
  SECTION("a branch") {
    project.write("migrations/main/001_x.up.sql", kHarmless);
    project.write("migrations/main/001_x.down.sql", "SELECT 1;\n");
    link_to(project.outside(), migrations / "other");
  }
  SECTION("a descriptor") {
    project.write("step.yaml", "up: [{sql: DROP TABLE canary}]\ndown: [{sql: SELECT 1}]\n");
    link_to("../step.yaml", migrations / "001_x.yaml");
  }
  SECTION("the branch's file") {
    project.revision("001_x", kHarmless);
    link_to(project.outside() / "canary.txt", migrations / "branch.yaml");
  }
  SECTION("a contract") {
    project.revision("001_x", kHarmless);
    link_to(project.outside() / "canary.txt", migrations / "contracts" / "made.v1.yaml");
  }
  SECTION("the contracts") {
    project.revision("001_x", kHarmless);
    link_to(project.outside(), migrations / "contracts");
  }
  SECTION("a link to itself") { link_to("001_x.up.sql", migrations / "001_x.up.sql"); }
  SECTION("a link to nothing") { link_to("nothing", migrations / "001_x.up.sql"); }
  const auto outcome = project.run({"upgrade", "--format", "json"});
  CHECK(outcome.status == 3);
  CHECK(project.run({"status"}).status == 3);
  CHECK_FALSE(outcome.says("alive"));
}

TEST_CASE("a path in a descriptor stays inside the migrations", "[hostile]") {
  HostileProject project;
  for (const std::string path :
       {"../../outside/999_planted.up.sql", "../../../../../../../../etc/passwd", "/etc/passwd", "./../x.sql",
        "a/../../../outside/999_planted.up.sql", "..", ".", "./", "/", "//etc/passwd", "~/x.sql", "$HOME/x.sql",
        "sql\\..\\x.sql", "/dev/zero", "/proc/self/environ", "file:///etc/passwd"}) {
    CAPTURE(path);
    project.descriptor("001_x", "up: [{file: " + Json(path).dump() + "}]\ndown: [{sql: SELECT 1}]\n");
    CHECK(project.run({"upgrade", "--format", "json"}).status == 3);
    project.descriptor("001_x", "up: [{sql: CREATE TABLE made (id int)}]\ndown: " + Json(path).dump() + "\n");
    const auto outcome = project.run({"upgrade"});
    CHECK(outcome.status == 3);
    CHECK_FALSE(outcome.says("root:"));
  }
}

TEST_CASE("what is no file is not read as one, and holds nothing up", "[hostile]") {
  HostileProject project;
  project.limits.time = std::chrono::seconds(10);
  project.revision("001_x", kHarmless, "DROP TABLE made;\n");
  const auto put = [&](const std::string& path, const std::string& what) {
    const auto place = project.folder() / path;
    fs::remove_all(place);
    fs::create_directories(place.parent_path());
    if (what == "fifo") {
      REQUIRE(mkfifo(place.c_str(), 0600) == 0);
    } else if (what == "folder") {
      fs::create_directories(place);
    } else {
      fs::create_symlink(what, place);
    }
  };
  for (const std::string what : {"fifo", "folder", "/dev/zero", "/dev/full", "/dev/stdin", "/dev/tty", "/proc/kmsg",
                                 "/proc/self/mem", "/proc/kcore", "/proc/self/environ", "/proc/self/fd/0"}) {
    for (const std::string path :
         {"migrations/002_y.up.sql", "migrations/002_y.yaml", "migrations/branch.yaml",
          "migrations/contracts/made.v1.yaml", "dbmigrate.yaml", "migrations/catalog/001_x.yaml", ".git/HEAD"}) {
      CAPTURE(what, path);
      put(path, what);
      project.run({"upgrade", "--format", "json"});
      project.run({"validate-only"});
      project.run({"drift"});
      project.run({"__complete", "upgrade", ""});
      project.run({"downgrade", "base", "--yes"});
      fs::remove_all(project.folder() / path);
      if (path == ".git/HEAD") project.write(path, "ref: refs/heads/main\n");
    }
  }
}

TEST_CASE("a settings file that is named may lie anywhere, if it is a file", "[hostile]") {
  HostileProject project;
  project.limits.time = std::chrono::seconds(10);
  project.revision("001_x", kHarmless);
  for (const std::string path : {"/dev/zero", "/dev/full", "/dev/null", "/proc/self/mem", "/proc/kcore", ".", "/", "",
                                 "nothing", "../outside/canary.txt", "dbmigrate.yaml/x"}) {
    CAPTURE(path);
    CHECK(project.run({"status", "--config", path, "--format", "json"}).status == (path.empty() ? 2 : 3));
  }
  REQUIRE(mkfifo((project.folder() / "pipe").c_str(), 0600) == 0);
  CHECK(project.run({"status", "--config", "pipe"}).status == 3);
}

TEST_CASE("the migrations directory itself may be a link", "[hostile]") {
  HostileProject project;
  fs::remove_all(project.folder() / "migrations");
  project.write("elsewhere/001_x.up.sql", kHarmless);
  project.write("elsewhere/001_x.down.sql", "DROP TABLE made;\n");
  fs::create_symlink("elsewhere", project.folder() / "migrations");
  CHECK(project.run({"upgrade"}).status == 0);
  CHECK(project.run({"new", "another"}).status == 0);
  CHECK(fs::exists(project.folder() / "elsewhere/002_another.up.sql"));
  CHECK(project.run({"downgrade", "base", "--yes"}).status == 0);
}

TEST_CASE("what writes files writes none outside the migrations", "[hostile]") {
  HostileProject project;
  const auto migrations = project.folder() / "migrations";
  project.revision("001_x", kHarmless, "DROP TABLE made;\n");

  SECTION("a new revision with a path for its id") {
    for (const std::string id :
         {"../../outside/planted", "/tmp/planted", "..", ".", "a/b", "002_x\n", "", "../002", "x\\..\\y"}) {
      CAPTURE(id);
      const auto outcome = project.run({"new", "message", "--id", id, "--format", "json"});
      const bool harmless = id.empty() || id == "x\\..\\y";
      CHECK((outcome.status == 0) == harmless);
      if (id == ".." || id == ".") CHECK(outcome.status == 2);
    }
  }
  SECTION("a new branch with a path for its name") {
    project.clear_migrations();
    for (const std::string branch :
         {"../../outside", "/tmp/planted", "..", ".", "a/b", ".hidden/..", "catalog", "contracts"}) {
      CAPTURE(branch);
      CHECK(project.run({"new", "message", "--branch", branch, "--format", "json"}).status == 2);
    }
  }
  SECTION("a message that is a path") {
    CHECK(project.run({"new", "../../outside/canary.txt"}).status == 0);
    CHECK(project.run({"new", "/etc/passwd; $(touch pwned)"}).status == 0);
  }
  SECTION("files of a new revision that are there as links") {
    link_to(project.outside() / "canary.txt", migrations / "002_message.up.sql");
    CHECK(project.run({"new", "message"}).status == 3);
  }
  SECTION("catalog files that are links") {
    link_to(project.outside() / "canary.txt", migrations / "catalog" / "001_x.yaml");
    const auto validated = project.run({"validate-only", "--offline"});
    CHECK(validated.status != 0);
    CHECK_FALSE(validated.says("alive"));
    CHECK(project.run({"catalog", "--format", "json"}).status == 0);
    CHECK_FALSE(fs::is_symlink(migrations / "catalog" / "001_x.yaml"));
  }
  SECTION("a catalog folder that is a link") {
    link_to(project.outside(), migrations / "catalog");
    CHECK(project.run({"catalog", "--format", "json"}).status == 3);
    CHECK(project.run({"catalog", "--check"}).status == 3);
  }
  SECTION("a stray catalog file in a folder that is a link") {
    write_file(project.folder() / "mine" / "gone.yaml", "kept: true\n", Overwrite::yes);
    link_to(project.folder() / "mine", migrations / "catalog");
    CHECK(project.run({"catalog"}).status == 3);
    CHECK(fs::exists(project.folder() / "mine" / "gone.yaml"));
  }
  SECTION("a merge") {
    project.write("migrations/002_a.up.sql", "-- dbmigrate: down_revision=001_x\nSELECT 1;\n");
    project.write("migrations/002_a.down.sql", "SELECT 1;\n");
    project.write("migrations/002_b.up.sql", "-- dbmigrate: down_revision=001_x\nSELECT 1;\n");
    project.write("migrations/002_b.down.sql", "SELECT 1;\n");
    for (const std::string id : {"../../outside/planted", "/tmp/planted", "..", "a/b"}) {
      CAPTURE(id);
      CHECK(project.run({"merge", "002_a", "002_b", "--id", id}).status == 2);
    }
  }
}

TEST_CASE("a log file goes where it is told, or nothing runs", "[hostile]") {
  HostileProject project;
  project.limits.time = std::chrono::seconds(10);
  project.revision("001_x", kHarmless);
  for (const std::string path : {"/dev/full", "/proc/self/mem", ".", "/nothing/of/this.log", "\xFF.log"}) {
    CAPTURE(printable(path));
    project.run({"status", "--log-file", path, "--format", "json"});
  }
  REQUIRE(mkfifo((project.folder() / "pipe").c_str(), 0600) == 0);
  CHECK(project.run({"status", "--log-file", "pipe"}).status == 3);
}

TEST_CASE("a project brings no embedded server of its choice along", "[hostile]") {
  HostileProject project;
  project.revision("001_x", kHarmless);
  SECTION("the data directory is a link") {
    fs::create_directories(project.folder() / ".dbmigrate");
    fs::create_symlink(project.outside(), project.folder() / ".dbmigrate" / "postgres");
  }
  SECTION("the project's own folder for it is a link") {
    fs::create_symlink(project.outside(), project.folder() / ".dbmigrate");
  }
  SECTION("another place is named") { project.write(".dbmigrate/location", project.outside().string() + "\n"); }
  SECTION("another project's place is named") {
    project.write(".dbmigrate/location", "/var/lib/dbmigrate/../../../etc\n");
  }
  project.run({"embedded", "status", "--format", "json"});
  project.run({"embedded", "destroy", "--yes", "--format", "json"});
  CHECK(read_file(project.outside() / "canary.txt") == "alive\n");
}
