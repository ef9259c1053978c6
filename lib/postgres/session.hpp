// One connection to PostgreSQL: statements out, results, notices and errors back.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/duration.hpp"
#include "core/error.hpp"

namespace dbmigrate {

/// What the server says beside a result.
struct Notice {
  std::string severity;  ///< NOTICE, WARNING, INFO …; never translated
  std::string sqlstate;
  std::string message;
  std::string detail;
  std::string hint;
};

/// A value as PostgreSQL prints it; empty optional = NULL.
using Value = std::optional<std::string>;

/// What one statement gave.
struct Result {
  std::string tag;  ///< `INSERT 0 1`, `CREATE TABLE`
  std::vector<std::string> columns;
  std::vector<std::vector<Value>> rows;

  /// The text at row, column; empty text for NULL.
  /// Throws Error{server_unsupported} where there is no such value: a server that is none may say anything.
  [[nodiscard]] const std::string& text(std::size_t row, std::size_t column) const;
  /// The whole number at row, column. Throws Error{server_unsupported} for anything else.
  [[nodiscard]] std::int64_t number(std::size_t row, std::size_t column) const;
  /// Rows touched, from the tag; 0 where the tag has no count.
  [[nodiscard]] long affected() const;
};

/// An error that the server reported, or the loss of the server.
class ServerError : public Error {
 public:
  ServerError(ErrorInfo info, int position, int results_before, bool connection_lost)
      : Error(std::move(info)), position_(position), results_before_(results_before), lost_(connection_lost) {}

  [[nodiscard]] const std::string& sqlstate() const { return info().sqlstate; }
  /// In the text that was sent, in characters from 1; 0 = the server gave none.
  [[nodiscard]] int position() const { return position_; }
  /// How many statements of the text had completed.
  [[nodiscard]] int results_before() const { return results_before_; }
  /// True: it is unknown whether the last statement took effect.
  [[nodiscard]] bool connection_lost() const { return lost_; }

 private:
  int position_;
  int results_before_;
  bool lost_;
};

/// True for what may pass when tried again: 40001, 40P01, 57P01–57P03, class 08, 53300.
bool is_transient(std::string_view sqlstate);

/// True for what does not pass when tried again: no disk, no memory, no lock slots, a limit of the configuration.
bool ran_out(std::string_view sqlstate);

/// A failed statement's message as it may be kept: what it says of values, which may be row contents, is left out.
std::string message_without_values(const ErrorInfo& info);

enum class TransactionStatus { idle, open, failed, lost };

/// Asked once, when the connection opens.
struct ServerFacts {
  int version_number = 0;  ///< 150020
  std::string version;     ///< `15.20`
  std::string host;        ///< name, address or socket directory
  std::string port;
  std::string user;
  std::string database;
  int backend_pid = 0;  ///< of the server process; behind a pooler of the one that answered first
  bool pooled = false;  ///< a transaction-pooling proxy stands in between
  bool in_recovery = false;
  bool read_only = false;         ///< default_transaction_read_only
  std::string system_identifier;  ///< of the cluster and its standbys, for ever; empty = the role may not know
  int timeline = 0;               ///< counts promotions; 0 = in recovery, or the role may not know
  [[nodiscard]] int major() const { return version_number / 10000; }
};

/// Not for several threads at once. Never reconnects by itself.
class Session {
 public:
  virtual ~Session() = default;

  /// Sends `sql`, one statement or several, as one message of the simple protocol and returns what each gave.
  /// `copy_data` answers a COPY … FROM STDIN, which must be the last statement. Throws ServerError for the first that
  /// fails; Error{interrupted|terminated} after cancelling on the server when a signal arrives meanwhile. Of very many
  /// rows only the first 64 MB are kept.
  virtual std::vector<Result> run(std::string_view sql, std::string_view copy_data = {}) = 0;

  /// One statement, `$1` standing for parameters: for our own questions. Throws as run() does; ServerError 42601 for
  /// several statements, Error{server_unsupported} for an answer that cannot be one.
  virtual Result query(std::string_view sql, const std::vector<Value>& parameters = {}) = 0;

  /// Has the server read one statement, which does not run. Of a query the names are looked up too, of any other
  /// statement nothing but the grammar. Throws ServerError, 42601 for several statements.
  virtual void parse(std::string_view statement) = 0;

  [[nodiscard]] virtual TransactionStatus status() const = 0;
  [[nodiscard]] virtual const ServerFacts& server() const = 0;

  /// Called for each notice, in the middle of run() or query().
  virtual void on_notice(std::function<void(const Notice&)> receiver) = 0;

  /// Each time `patience` has passed without a word from the server, `still_at_work` is asked whether to wait on; false
  /// = the connection counts as lost. Something in between may acknowledge everything and deliver nothing, which no
  /// keepalive sees; and a statement may well take hours.
  virtual void on_silence(Milliseconds /*patience*/, std::function<bool()> /*still_at_work*/) {}
};

struct ConnectionOptions {
  std::string conninfo;           ///< URL or keywords; empty = libpq's own environment variables
  std::string application_name;   ///< always set, whatever the URL says
  bool interruptible = true;      ///< SIGINT and SIGTERM cancel what runs
  Milliseconds answer_within{0};  ///< else the connection counts as lost; 0 = however long it takes
  /// When every wait for the server, to connect or to answer, is given up; empty = never.
  std::optional<std::chrono::steady_clock::time_point> until{};
};

/// Throws Error{cannot_connect} with libpq's reason, Error{missing_privilege} where CONNECT is missing,
/// Error{server_unsupported} below PostgreSQL 13.
std::unique_ptr<Session> connect(const ConnectionOptions& options);

}  // namespace dbmigrate
