// An empty database for one story, on the server that DBMIGRATE_TEST_URL names.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

namespace dbmigrate {

/// Created empty, dropped when the object goes.
class StoryDatabase {
 public:
  /// `server` is the URL of any database on the server, of a role that may create databases.
  /// Throws std::runtime_error with the server's reason.
  explicit StoryDatabase(std::string server);
  ~StoryDatabase();
  StoryDatabase(const StoryDatabase&) = delete;
  StoryDatabase& operator=(const StoryDatabase&) = delete;

  [[nodiscard]] std::string url() const;

 private:
  std::string server_;
  std::string name_;
};

/// The same server, another database. Takes `postgresql://` URLs and libpq's `key=value` form.
std::string with_database(const std::string& url, const std::string& database);

}  // namespace dbmigrate
