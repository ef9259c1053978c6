// A project on disk, databases to use it on, and the program run as its user runs it.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/json.hpp"
#include "faults/checker.hpp"
#include "faults/child.hpp"
#include "faults/server.hpp"
#include "support/temporary_folder.hpp"

namespace dbmigrate::limits {

using Variables = std::vector<std::pair<std::string, std::string>>;

/// How the program ended and what it said.
struct Outcome {
  int exit = 0;
  std::string out;
  std::string err;
  Json document;  ///< of --format json

  /// `code`, `message`, `detail`, `hint`, `sqlstate` of the document's error; empty where there is none.
  [[nodiscard]] std::string error(const char* field) const;
  [[nodiscard]] bool hints(std::string_view part) const { return error("hint").find(part) != std::string::npos; }
  /// Standard error or the error itself has this somewhere.
  [[nodiscard]] bool says(std::string_view part) const;
  /// `revisions[]` as `BRANCH@REVISION state`, joined with `, `.
  [[nodiscard]] std::string revisions() const;
};

enum class As {
  self,
  unprivileged,  ///< the user of the tests' servers, where this process is root
};

/// A project in a folder of its own, with a database to work on.
class Lab {
 public:
  /// `url`: of the database; empty = none.
  explicit Lab(std::string url = "");

  std::string url;
  Variables variables;
  As as = As::self;

  [[nodiscard]] std::filesystem::path path(const std::string& name = "") const { return folder_.path() / name; }
  void write(const std::string& name, std::string_view content) const { folder_.write(name, content); }
  /// A pair of files in migrations/.
  void migration(const std::string& id, std::string_view up, std::string_view down = "SELECT 1;\n") const;
  /// Everything in the folder belongs to who `as` says.
  void give_away() const;

  /// `dbmigrate WORDS --format json --url URL`, to its end.
  [[nodiscard]] Outcome run(const std::vector<std::string>& words) const;
  /// The same beside us; finish() waits for it.
  [[nodiscard]] std::unique_ptr<faults::Child> start(const std::vector<std::string>& words) const;
  [[nodiscard]] Outcome finish(faults::Child& child) const;

 private:
  [[nodiscard]] std::vector<std::string> command(const std::vector<std::string>& words) const;

  TemporaryFolder folder_;
};

/// One server for all tests of this process that need nothing special of it.
faults::Server& shared_server();

/// A new database with the table `effects.effects`; its URL for `user`.
std::string new_database(const faults::Server& server, std::string_view user = "postgres");

/// Statements on a connection of the test's own.
void sql(const std::string& url, std::string_view statements);
/// The values of a query's rows: columns joined with `|`, rows with a line feed.
std::string ask(const std::string& url, std::string_view query);

faults::Picture picture(const std::string& url);
/// Where the database differs from the one of `expected`, in words; empty when nothing does.
std::string difference_from(const faults::Picture& expected, const std::string& url);

/// A migration's line that leaves one row behind in effects.effects.
std::string effect(std::string_view what);

/// The unprivileged user that files are given to and the program is run as.
const ServerUser& plain_user();

}  // namespace dbmigrate::limits
