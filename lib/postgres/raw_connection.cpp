// libpqxx 6.4 hides the libpq handle behind a connection policy, 7.7 takes over a finished one.
// SPDX-License-Identifier: Apache-2.0
#include "postgres/raw_connection.hpp"

#include <charconv>
#include <pqxx/pqxx>
#include <pqxx/version.hxx>
#include <string>
#include <system_error>
#include <utility>

#include "postgres/server_error.hpp"
#include "sql/quote.hpp"

namespace dbmigrate {
namespace {

#if PQXX_VERSION_MAJOR < 7

/// Hands the handle out once: libpqxx 6 would otherwise reconnect behind our back on the third use of a dead one.
class OneShot : public pqxx::connectionpolicy {
 public:
  OneShot(const std::string& options, PGconn* open) : connectionpolicy(options), handle_(open) {}

  handle do_startconnect(handle open) override {
    if (open != nullptr) return open;
    if (handed_out_) throw pqxx::broken_connection("connection lost");
    handed_out_ = true;
    return handle_;
  }
  handle do_completeconnect(handle open) override { return open; }
  handle do_disconnect(handle open) noexcept override {
    handle_ = nullptr;
    if (open != nullptr) PQfinish(open);
    return nullptr;
  }

  PGconn* handle_;

 private:
  bool handed_out_ = false;
};

class Connection : public pqxx::connection_base {
 public:
  explicit Connection(PGconn* handle) : connection_base(policy_), policy_(options_, handle) {
    init();
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"
    inhibit_reactivation(true);
#pragma GCC diagnostic pop
  }
  ~Connection() { close(); }
  [[nodiscard]] PGconn* handle() const { return policy_.handle_; }

 private:
  std::string options_;
  OneShot policy_;
};

#else

class Connection {
 public:
  explicit Connection(PGconn* handle) : handle_(handle), connection_(pqxx::connection::seize_raw_connection(handle)) {}
  [[nodiscard]] PGconn* handle() const { return handle_; }
  operator pqxx::connection&() { return connection_; }

 private:
  PGconn* handle_;
  pqxx::connection connection_;
};

#endif

/// libpqxx keeps the SQLSTATE of some errors only as the type of the exception.
std::string sqlstate_of(const pqxx::sql_error& error) {
  if (!error.sqlstate().empty()) return error.sqlstate();
  if (dynamic_cast<const pqxx::insufficient_privilege*>(&error) != nullptr) return "42501";
  return "";
}

Result values_of(const pqxx::result& rows) {
  Result result;
  for (pqxx::row::size_type column = 0; column < rows.columns(); ++column) {
    result.columns.emplace_back(rows.column_name(column));
  }
  for (const auto& row : rows) {
    auto& values = result.rows.emplace_back();
    for (const auto& field : row) values.push_back(field.is_null() ? Value{} : Value{field.c_str()});
  }
  result.tag = "AFFECTED " + std::to_string(rows.affected_rows());
  return result;
}

}  // namespace

struct RawConnection::Owner {
  explicit Owner(PGconn* handle) : connection(handle) {}
  Connection connection;
};

RawConnection::RawConnection(PGconn* handle) : owner_(std::make_unique<Owner>(handle)) {}
RawConnection::~RawConnection() = default;

PGconn* RawConnection::handle() const { return owner_->connection.handle(); }

// Parameters of the extended protocol travel in five messages, and between the first
// and the last of them a server has a snapshot and no timeout: a client lost there would block CREATE INDEX
// CONCURRENTLY for ever. A simple query is one message.
std::string with_literals(std::string_view sql, const std::vector<Value>& parameters) {
  std::string text;
  for (std::size_t at = 0; at < sql.size(); ++at) {
    std::size_t number = 0;
    const auto* end = sql.data() + sql.size();
    const auto parsed = std::from_chars(sql.data() + at + 1, end, number);
    if (sql[at] != '$' || parsed.ec != std::errc{} || number < 1 || number > parameters.size()) {
      text += sql[at];
      continue;
    }
    const auto& parameter = parameters[number - 1];
    text += parameter ? sql::quote_literal(*parameter) : "NULL";
    at = static_cast<std::size_t>(parsed.ptr - sql.data()) - 1;
  }
  return text;
}

Result RawConnection::query(std::string_view sql, const std::vector<Value>& parameters) {
  try {
    pqxx::nontransaction work(owner_->connection);
    return values_of(work.exec(with_literals(sql, parameters)));
  } catch (const pqxx::broken_connection& error) {
    throw lost_connection(error.what());
  } catch (const pqxx::deadlock_detected& error) {
    throw server_error_from_text(error.what(), "40P01", sql);
  } catch (const pqxx::serialization_failure& error) {
    throw server_error_from_text(error.what(), "40001", sql);
  } catch (const pqxx::sql_error& error) {
    if (PQstatus(handle()) == CONNECTION_BAD) throw lost_connection(error.what());
    throw server_error_from_text(error.what(), sqlstate_of(error), sql);
  } catch (const pqxx::failure& error) {
    if (PQstatus(handle()) == CONNECTION_BAD) throw lost_connection(error.what());
    throw server_error_from_text(error.what(), "", sql);
  }
}

}  // namespace dbmigrate
