// libpq itself: one connection, before any session of ours exists.
// SPDX-License-Identifier: Apache-2.0
#include "embedded/database.hpp"

#include <fmt/format.h>
#include <libpq-fe.h>

#include <cstring>
#include <memory>

#include "embedded/server_log.hpp"

namespace dbmigrate {
namespace {

constexpr const char* kDuplicateDatabase = "42P04";  // somebody else was faster

struct Finish {
  void operator()(PGconn* connection) const { PQfinish(connection); }
  void operator()(PGresult* result) const { PQclear(result); }
};
using Connection = std::unique_ptr<PGconn, Finish>;
using Result = std::unique_ptr<PGresult, Finish>;

Connection connect(const std::filesystem::path& sockets, std::string_view database) {
  return Connection(PQconnectdb(socket_url(sockets, database).c_str()));
}

bool is_connected(const Connection& connection) { return PQstatus(connection.get()) == CONNECTION_OK; }

}  // namespace

std::string ensure_database(const std::filesystem::path& socket_directory, std::string_view database) {
  if (is_connected(connect(socket_directory, database))) return {};
  const auto maintenance = connect(socket_directory, "postgres");
  if (!is_connected(maintenance)) return PQerrorMessage(maintenance.get());
  const Result created(PQexec(maintenance.get(), fmt::format("CREATE DATABASE \"{}\"", database).c_str()));
  if (PQresultStatus(created.get()) == PGRES_COMMAND_OK) return {};
  const char* state = PQresultErrorField(created.get(), PG_DIAG_SQLSTATE);
  if (state != nullptr && std::strcmp(state, kDuplicateDatabase) == 0 &&
      is_connected(connect(socket_directory, database))) {
    return {};
  }
  return PQerrorMessage(maintenance.get());
}

}  // namespace dbmigrate
