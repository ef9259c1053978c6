// An empty database on a real server for one test.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "embedded/server_binaries.hpp"
#include "postgres/session.hpp"

namespace dbmigrate::tests {

/// On the server that DBMIGRATE_TEST_URL names, else on a throwaway one of this process. Dropped at the end, unless
/// DBMIGRATE_KEEP_TEST_DB is set, which prints its URL.
class TestDatabase {
 public:
  TestDatabase();
  ~TestDatabase();
  TestDatabase(const TestDatabase&) = delete;
  TestDatabase& operator=(const TestDatabase&) = delete;

  [[nodiscard]] const std::string& name() const { return name_; }
  [[nodiscard]] const std::string& url() const { return url_; }
  [[nodiscard]] std::unique_ptr<Session> connect(std::string application = "test") const;

  /// Runs statements on a connection of the test's own.
  void run(std::string_view sql);
  /// The values of a query: columns joined with `|`, rows with a line feed.
  std::string ask(std::string_view sql);

 private:
  std::string name_;
  std::string url_;
  std::unique_ptr<Session> session_;
};

/// Those of DBMIGRATE_TEST_PG_BIN, else those that are installed.
ServerBinaries test_server_binaries();

/// The URL of `database` on the tests' server.
std::string test_server_url(std::string_view database);

}  // namespace dbmigrate::tests
