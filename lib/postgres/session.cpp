// A session on libpq: every wait watches the socket and the interrupt pipe.
// SPDX-License-Identifier: Apache-2.0
#include "postgres/session.hpp"

#include <fmt/format.h>
#include <libpq-fe.h>
#include <poll.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <chrono>
#include <cstring>

#include "core/interrupt.hpp"
#include "core/log.hpp"
#include "postgres/open_connection.hpp"
#include "postgres/raw_connection.hpp"
#include "postgres/server_error.hpp"
#include "sql/script.hpp"

namespace dbmigrate {
namespace {

using Clock = std::chrono::steady_clock;

/// How long a cancelled statement may take to end before its connection is given up.
constexpr std::chrono::seconds kCancelPatience{10};

struct ResultDeleter {
  void operator()(PGresult* result) const { PQclear(result); }
};
using ResultHandle = std::unique_ptr<PGresult, ResultDeleter>;

/// libpq's lines as sentences of one line.
std::string one_line(std::string_view text) {
  while (text.ends_with('\n')) text.remove_suffix(1);
  std::string line;
  for (const char c : text) {
    if (c == '\n') {
      line += line.ends_with('.') || line.ends_with('?') || line.ends_with(':') ? " " : ". ";
    } else if (c != '\t') {
      line += c;
    }
  }
  return line;
}

Result values_of(const PGresult* handle) {
  Result result;
  result.tag = PQcmdStatus(const_cast<PGresult*>(handle));
  const int columns = PQnfields(handle);
  for (int column = 0; column < columns; ++column) result.columns.emplace_back(PQfname(handle, column));
  for (int row = 0; row < PQntuples(handle); ++row) {
    auto& values = result.rows.emplace_back();
    for (int column = 0; column < columns; ++column) {
      values.push_back(PQgetisnull(handle, row, column) != 0
                           ? Value{}
                           : Value{std::string(PQgetvalue(handle, row, column),
                                               static_cast<std::size_t>(PQgetlength(handle, row, column)))});
    }
  }
  return result;
}

class PostgresSession : public Session {
 public:
  PostgresSession(PGconn* handle, const ConnectionOptions& options)
      : connection_(handle),
        interruptible_(options.interruptible),
        answer_within_(options.answer_within),
        until_(options.until) {
    PQsetNoticeReceiver(handle, &PostgresSession::receive_notice, this);
    learn_server();
  }

  std::vector<Result> run(std::string_view sql, std::string_view copy_data) override {
    cancelled_ = false;
    const std::string text(sql);
    if (PQsendQuery(handle(), text.c_str()) == 0) throw_failure();
    std::vector<Result> results;
    std::optional<ServerError> failure;
    while (ResultHandle result{next_result()}) collect(std::move(result), sql, copy_data, results, failure);
    if (PQstatus(handle()) == CONNECTION_BAD && !(failure && failure->connection_lost())) {
      // The server may have said why it goes (FATAL); what became of the statement is as unknown as without a word.
      failure = failure ? lost_connection(failure->info()) : lost_connection(PQerrorMessage(handle()));
    }
    if (cancelled_ && failure) throw_if_interrupted();
    if (failure) throw ServerError(*failure);
    return results;
  }

  Result query(std::string_view sql, const std::vector<Value>& parameters) override {
    if (interruptible_) throw_if_interrupted();
    if (sql::split(sql, "").statements.size() > 1) {
      throw server_error_from_text("one statement is expected here, not several", "42601", sql);
    }
    if (!until_) return connection_.query(sql, parameters);
    // libpqxx waits for as long as it takes.
    auto results = run(with_literals(sql, parameters), {});
    return results.empty() ? Result{} : std::move(results.front());
  }

  [[nodiscard]] TransactionStatus status() const override {
    if (PQstatus(handle()) == CONNECTION_BAD) return TransactionStatus::lost;
    switch (PQtransactionStatus(handle())) {
      case PQTRANS_IDLE:
        return TransactionStatus::idle;
      case PQTRANS_INTRANS:
      case PQTRANS_ACTIVE:
        return TransactionStatus::open;
      case PQTRANS_INERROR:
        return TransactionStatus::failed;
      case PQTRANS_UNKNOWN:
        break;
    }
    return TransactionStatus::lost;
  }

  [[nodiscard]] const ServerFacts& server() const override { return server_; }

  void on_notice(std::function<void(const Notice&)> receiver) override { receiver_ = std::move(receiver); }

 private:
  [[nodiscard]] PGconn* handle() const { return connection_.handle(); }

  [[noreturn]] void throw_failure() {
    const std::string reason = PQerrorMessage(handle());
    if (PQstatus(handle()) == CONNECTION_BAD) throw lost_connection(reason);
    throw server_error_from_text(reason, "", "");
  }

  /// The next result of what was sent, or null after the last. Waits in poll(), never inside libpq.
  ResultHandle next_result() {
    flush();
    while (PQisBusy(handle()) != 0) {
      wait(POLLIN);
      if (PQconsumeInput(handle()) == 0) break;
    }
    return ResultHandle{PQgetResult(handle())};
  }

  void flush() {
    int left = 0;
    while ((left = PQflush(handle())) > 0) {
      wait(POLLIN | POLLOUT);
      if (PQconsumeInput(handle()) == 0) return;
    }
  }

  void wait(short events) {
    std::array<pollfd, 2> watched{pollfd{PQsocket(handle()), events, 0}, pollfd{interrupt_descriptor(), POLLIN, 0}};
    const bool watch_interrupts = interruptible_ && !cancelled_ && watched[1].fd >= 0;
    const auto patience = patience_now();
    if (cancelled_ && patience <= 0) {
      throw_if_interrupted();
      throw lost_connection("no answer to a cancel request");
    }
    const int ready = poll(watched.data(), watch_interrupts ? 2 : 1, static_cast<int>(patience));
    if (ready == 0 && !cancelled_) throw lost_connection("no answer in time");
    if (ready > 0 && watch_interrupts && (watched[1].revents & POLLIN) != 0) cancel();
  }

  /// For poll(): milliseconds, -1 = without end.
  [[nodiscard]] long patience_now() const {
    const auto left = [](Clock::time_point until) {
      return static_cast<long>(std::chrono::ceil<std::chrono::milliseconds>(until - Clock::now()).count());
    };
    if (cancelled_) return left(cancel_deadline_);
    const long within = answer_within_.count() > 0 ? static_cast<long>(answer_within_.count()) : -1;
    if (!until_) return within;
    const long rest = std::max(left(*until_), 0L);
    return within < 0 ? rest : std::min(within, rest);
  }

  void cancel() {
    cancelled_ = true;
    cancel_deadline_ = Clock::now() + kCancelPatience;
    PGcancel* request = PQgetCancel(handle());
    std::array<char, 256> reason{};
    if (request == nullptr || PQcancel(request, reason.data(), static_cast<int>(reason.size())) == 0) {
      log::debug(fmt::format("cancel request failed: {}", one_line(reason.data())));
    }
    PQfreeCancel(request);
  }

  void collect(ResultHandle result, std::string_view sql, std::string_view copy_data, std::vector<Result>& results,
               std::optional<ServerError>& failure) {
    switch (PQresultStatus(result.get())) {
      case PGRES_COPY_IN:
        send_copy_data(copy_data);
        break;
      case PGRES_COPY_OUT:
        discard_copy_data();
        break;
      case PGRES_EMPTY_QUERY:
        break;
      case PGRES_COMMAND_OK:
      case PGRES_TUPLES_OK:
        results.push_back(values_of(result.get()));
        break;
      default:
        if (failure) break;
        failure = PQresultErrorField(result.get(), PG_DIAG_SQLSTATE) == nullptr && PQstatus(handle()) == CONNECTION_BAD
                      ? lost_connection(PQerrorMessage(handle()))
                      : server_error_from_result(result.get(), sql, static_cast<int>(results.size()));
    }
  }

  void send_copy_data(std::string_view data) {
    constexpr std::size_t kChunk = 1 << 20;
    while (!data.empty()) {
      const auto chunk = data.substr(0, kChunk);
      int sent = 0;
      while ((sent = PQputCopyData(handle(), chunk.data(), static_cast<int>(chunk.size()))) == 0)
        wait(POLLIN | POLLOUT);
      if (sent < 0) return;  // the error arrives as the next result
      data.remove_prefix(chunk.size());
    }
    while (PQputCopyEnd(handle(), nullptr) == 0) wait(POLLIN | POLLOUT);
  }

  void discard_copy_data() {
    char* row = nullptr;
    while (true) {
      const int size = PQgetCopyData(handle(), &row, 1);
      if (size > 0) PQfreemem(row);
      if (size < 0) return;
      if (size > 0) continue;
      wait(POLLIN);
      if (PQconsumeInput(handle()) == 0) return;
    }
  }

  static void receive_notice(void* self, const PGresult* result) {
    auto* session = static_cast<PostgresSession*>(self);
    const auto field = [result](int code) -> std::string {
      const char* text = PQresultErrorField(result, code);
      return text != nullptr ? text : "";
    };
    Notice notice{.severity = field(PG_DIAG_SEVERITY_NONLOCALIZED),
                  .sqlstate = field(PG_DIAG_SQLSTATE),
                  .message = field(PG_DIAG_MESSAGE_PRIMARY),
                  .detail = field(PG_DIAG_MESSAGE_DETAIL),
                  .hint = field(PG_DIAG_MESSAGE_HINT)};
    if (session->receiver_) session->receiver_(notice);
  }

  void learn_server() {
    server_.version_number = PQserverVersion(handle());
    const char* version = PQparameterStatus(handle(), "server_version");
    server_.version = version != nullptr ? std::string(version, std::strcspn(version, " ")) : "";
    if (server_.version_number < 130000) {
      throw Error({.code = ErrorCode::server_unsupported,
                   .message = fmt::format("PostgreSQL {} is too old", server_.version),
                   .detail = "dbmigrate relies on what PostgreSQL 13 brought (64-bit transaction ids, for one).",
                   .hint = "Upgrade the server to one of PostgreSQL 13 to 18."});
    }
    const char* host = PQhost(handle());
    server_.host = host != nullptr ? host : "";
    server_.port = PQport(handle());
    server_.user = PQuser(handle());
    const auto facts = ask_facts();
    server_.backend_pid = std::stoi(facts.at(0).text(0, 0));
    server_.database = facts.at(0).text(0, 1);
    server_.in_recovery = facts.at(0).text(0, 2) == "t";
    server_.read_only = facts.at(0).text(0, 3) == "on";
    if (facts.at(0).columns.size() > 4) {
      server_.system_identifier = facts.at(0).text(0, 4);
      const auto& timeline = facts.at(0).text(0, 5);
      server_.timeline = timeline.empty() ? 0 : static_cast<int>(std::stol(timeline, nullptr, 16));
    }
    // A pooler answers the start-up itself and makes up the process id that a cancel request would name.
    server_.pooled = PQbackendPID(handle()) != server_.backend_pid;
  }

  /// Who the server is may be kept from the role; the rest may not.
  std::vector<Result> ask_facts() {
    const std::string basic =
        "SELECT pg_catalog.pg_backend_pid(), pg_catalog.current_database(), pg_catalog.pg_is_in_recovery(),"
        " pg_catalog.current_setting('default_transaction_read_only')";
    try {
      // A control file's timeline is the one of its last checkpoint, which may be from before a promotion; the name of
      // the WAL file that is being written has the one of now.
      return run(basic +
                     ", (SELECT system_identifier FROM pg_catalog.pg_control_system()), CASE WHEN"
                     " pg_catalog.pg_is_in_recovery() THEN '' ELSE"
                     " pg_catalog.left(pg_catalog.pg_walfile_name(pg_catalog.pg_current_wal_lsn()), 8) END",
                 {});
    } catch (const ServerError& error) {
      if (error.connection_lost()) throw;
      log::debug(fmt::format("the server does not say who it is: {}", error.info().message));
    }
    return run(basic, {});
  }

  RawConnection connection_;
  bool interruptible_;
  Milliseconds answer_within_;
  std::optional<Clock::time_point> until_;
  bool cancelled_ = false;
  Clock::time_point cancel_deadline_;
  ServerFacts server_;
  std::function<void(const Notice&)> receiver_;
};

}  // namespace

const std::string& Result::text(std::size_t row, std::size_t column) const {
  static const std::string kNull;
  const auto& value = rows.at(row).at(column);
  return value ? *value : kNull;
}

long Result::affected() const {
  const auto at = tag.find_last_of(' ');
  long count = 0;
  if (at != std::string::npos) std::from_chars(tag.data() + at + 1, tag.data() + tag.size(), count);
  return count;
}

std::unique_ptr<Session> connect(const ConnectionOptions& options) {
  return std::make_unique<PostgresSession>(open_connection(options).release(), options);
}

}  // namespace dbmigrate
