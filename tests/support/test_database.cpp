// One throwaway server a test process, one database a test.
// SPDX-License-Identifier: Apache-2.0
#include "support/test_database.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <cstdlib>

#include "embedded/temporary_server.hpp"
#include "sql/quote.hpp"

namespace dbmigrate::tests {
namespace {

TemporaryServer& throwaway_server() {
  static TemporaryServer server = [] {
    TemporaryServerOptions options;
    options.settings = {{"max_connections", "60"}};
    return TemporaryServer(test_server_binaries(), options);
  }();
  return server;
}

/// `url` with another database name; both forms that DBMIGRATE_TEST_URL may have are URLs.
std::string with_database(std::string url, std::string_view database) {
  const auto authority = url.find("//") + 2;
  const auto query = std::min(url.find('?'), url.size());
  const auto path = std::min(url.find('/', authority), query);
  return url.substr(0, path) + "/" + std::string(database) + url.substr(query);
}

}  // namespace

ServerBinaries test_server_binaries() {
  const char* binaries = std::getenv("DBMIGRATE_TEST_PG_BIN");
  return find_server_binaries(binaries != nullptr ? binaries : "");
}

std::string test_server_url(std::string_view database) {
  if (const char* url = std::getenv("DBMIGRATE_TEST_URL")) return with_database(url, database);
  return throwaway_server().url(database);
}

TestDatabase::TestDatabase() {
  static int count = 0;
  name_ = fmt::format("dbmigrate_test_{}_{}", getpid(), ++count);
  auto admin = dbmigrate::connect({.conninfo = test_server_url("postgres"), .application_name = "test"});
  admin->run("CREATE DATABASE " + sql::quote_identifier(name_) + " TEMPLATE template0");
  url_ = test_server_url(name_);
  session_ = connect();
}

TestDatabase::~TestDatabase() {
  session_.reset();
  if (std::getenv("DBMIGRATE_KEEP_TEST_DB") != nullptr) {
    fmt::print(stderr, "kept: {}\n", url_);
    return;
  }
  try {
    auto admin = dbmigrate::connect({.conninfo = test_server_url("postgres"), .application_name = "test"});
    admin->run("DROP DATABASE IF EXISTS " + sql::quote_identifier(name_) + " WITH (FORCE)");
  } catch (const std::exception& error) {
    fmt::print(stderr, "{} stays: {}\n", name_, error.what());
  }
}

std::unique_ptr<Session> TestDatabase::connect(std::string application) const {
  return dbmigrate::connect({.conninfo = url_, .application_name = std::move(application)});
}

void TestDatabase::run(std::string_view sql) { session_->run(sql); }

std::string TestDatabase::ask(std::string_view sql) {
  const auto results = session_->run(sql);
  std::string text;
  for (const auto& row : results.back().rows) {
    if (!text.empty()) text += '\n';
    for (std::size_t i = 0; i < row.size(); ++i) text += (i > 0 ? "|" : "") + row[i].value_or("NULL");
  }
  return text;
}

}  // namespace dbmigrate::tests
