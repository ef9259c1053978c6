// libpqxx 6.4 hides the libpq handle behind a connection policy, 7.7 takes over a finished one.
// SPDX-License-Identifier: Apache-2.0
#include "postgres/raw_connection.hpp"

#include <pqxx/pqxx>
#include <pqxx/version.hxx>
#include <string>

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

}  // namespace

struct RawConnection::Owner {
  explicit Owner(PGconn* handle) : connection(handle) {}
  Connection connection;
};

RawConnection::RawConnection(PGconn* handle) : owner_(std::make_unique<Owner>(handle)) {}
RawConnection::~RawConnection() = default;

PGconn* RawConnection::handle() const { return owner_->connection.handle(); }

}  // namespace dbmigrate
