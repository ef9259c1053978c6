// Creates and drops the database of a story. Speaks libpq itself, so that what is under test does not prepare
// its own examination.
// SPDX-License-Identifier: Apache-2.0
#include "transcripts/database.hpp"

#include <fmt/format.h>
#include <libpq-fe.h>
#include <unistd.h>

#include <algorithm>
#include <cstddef>
#include <cstdio>
#include <exception>
#include <memory>
#include <stdexcept>
#include <string_view>
#include <utility>

namespace dbmigrate {
namespace {

void execute(const std::string& server, const std::string& sql) {
  const std::unique_ptr<PGconn, decltype(&PQfinish)> connection(PQconnectdb(server.c_str()), &PQfinish);
  if (PQstatus(connection.get()) != CONNECTION_OK) throw std::runtime_error(PQerrorMessage(connection.get()));

  PQsetNoticeProcessor(
      connection.get(), [](void*, const char*) {}, nullptr);
  const std::unique_ptr<PGresult, decltype(&PQclear)> result(PQexec(connection.get(), sql.c_str()), &PQclear);
  if (PQresultStatus(result.get()) != PGRES_COMMAND_OK) throw std::runtime_error(PQerrorMessage(connection.get()));
}

}  // namespace

StoryDatabase::StoryDatabase(std::string server)
    : server_(std::move(server)), name_(fmt::format("dbmigrate_story_{}", getpid())) {
  execute(server_, fmt::format("DROP DATABASE IF EXISTS {} WITH (FORCE)", name_));
  execute(server_, fmt::format("CREATE DATABASE {} TEMPLATE template0", name_));
}

StoryDatabase::~StoryDatabase() {
  try {
    execute(server_, fmt::format("DROP DATABASE {} WITH (FORCE)", name_));
  } catch (const std::exception& error) {
    fmt::print(stderr, "transcript: database {} stays behind: {}\n", name_, error.what());
  }
}

std::string StoryDatabase::url() const { return with_database(server_, name_); }

std::string with_database(const std::string& url, const std::string& database) {
  const std::size_t scheme = url.find("://");
  if (scheme == std::string::npos) return url + " dbname=" + database;

  const std::size_t authority = scheme + 3;
  const std::size_t query = std::min(url.find('?', authority), url.size());
  const std::size_t path = std::min(url.find('/', authority), query);
  return url.substr(0, path) + "/" + database + url.substr(query);
}

}  // namespace dbmigrate
