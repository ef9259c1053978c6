// A session on libpq: every wait watches the socket and the interrupt pipe.
// SPDX-License-Identifier: Apache-2.0
#include "postgres/session.hpp"

#include <fmt/format.h>
#include <libpq-fe.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <chrono>
#include <cstring>
#include <optional>
#include <system_error>
#include <utility>

#include "core/interrupt.hpp"
#include "core/log.hpp"
#include "core/visible_text.hpp"
#include "postgres/address.hpp"
#include "postgres/answers.hpp"
#include "postgres/open_connection.hpp"
#include "postgres/parameters.hpp"
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

/// What is kept of the rows of one message. A file may select as much as it likes; whoever asks, asks for less.
constexpr std::size_t kMostBytesKept = std::size_t{64} << 20U;
/// For our own questions, of which nothing may be missing.
constexpr std::size_t kMostBytesAnswered = std::size_t{512} << 20U;

constexpr std::size_t kLongestNotice = 8'000;

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
    Answers answers(kMostBytesKept, Answers::Rest::is_dropped);
    exchange(sql, sql, copy_data, answers);
    return answers.take();
  }

  Result query(std::string_view sql, const std::vector<Value>& parameters) override {
    if (interruptible_) throw_if_interrupted();
    if (sql::split(sql, "").statements.size() > 1) {
      throw server_error_from_text("one statement is expected here, not several", "42601", sql);
    }
    Answers answers(kMostBytesAnswered, Answers::Rest::is_wanted);
    exchange(with_literals(sql, parameters), sql, {}, answers);
    if (answers.count() != 1) throw no_answer(fmt::format("It gave {} results to one question.", answers.count()));
    return std::move(answers.take().front());
  }

  void parse(std::string_view statement) override {
    if (interruptible_) throw_if_interrupted();
    Answers answers(kMostBytesKept, Answers::Rest::is_dropped);
    begin_exchange();
    if (PQsendPrepare(handle(), "", std::string(statement).c_str(), 0, nullptr) == 0) throw_failure();
    finish_exchange(statement, {}, answers);
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

  void on_silence(Milliseconds patience, std::function<bool()> still_at_work) override {
    answer_within_ = patience;
    still_at_work_ = std::move(still_at_work);
  }

 private:
  [[nodiscard]] PGconn* handle() const { return connection_.handle(); }

  [[noreturn]] void throw_failure() {
    const std::string reason = PQerrorMessage(handle());
    if (PQstatus(handle()) == CONNECTION_BAD) throw lost_connection(reason);
    throw server_error_from_text(reason, "", "");
  }

  /// Sends `text` and reads all that comes back. Errors name `shown`, which is without the values of parameters.
  void exchange(std::string_view text, std::string_view shown, std::string_view copy_data, Answers& answers) {
    begin_exchange();
    if (PQsendQuery(handle(), std::string(text).c_str()) == 0) throw_failure();
    PQsetSingleRowMode(handle());
    finish_exchange(shown, copy_data, answers);
  }

  void begin_exchange() {
    cancelled_ = false;
    deadline_ = new_deadline();
  }

  void finish_exchange(std::string_view shown, std::string_view copy_data, Answers& answers) {
    std::optional<ServerError> failure;
    while (const ResultHandle result{next_result()}) {
      collect(result.get(), shown, copy_data, answers, failure);
      if (answers.overflows()) throw give_up("the answer is larger than memory may be");
    }
    if (PQstatus(handle()) == CONNECTION_BAD && !(failure && failure->connection_lost())) {
      // The server may have said why it goes (FATAL); what became of the statement is as unknown as without a word.
      failure = failure ? lost_connection(failure->info()) : lost_connection(PQerrorMessage(handle()));
    }
    if (cancelled_ && failure) throw_if_interrupted();
    if (failure) throw ServerError(*failure);
  }

  /// Nothing can be made of what is still to come: the connection is of no use any more.
  ServerError give_up(std::string_view why) {
    shutdown(PQsocket(handle()), SHUT_RDWR);
    while (PQstatus(handle()) == CONNECTION_OK && PQconsumeInput(handle()) != 0) {
    }
    return lost_connection(why);
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

  [[nodiscard]] bool has_deadline() const { return cancelled_ || answer_within_.count() > 0 || until_; }

  /// Of the answer to what is sent now.
  [[nodiscard]] Clock::time_point new_deadline() const {
    if (answer_within_.count() == 0) return until_.value_or(Clock::time_point::max());
    const Clock::time_point deadline = Clock::now() + answer_within_;
    return until_ ? std::min(deadline, *until_) : deadline;
  }

  void wait(short events) {
    std::array<pollfd, 2> watched{pollfd{PQsocket(handle()), events, 0}, pollfd{interrupt_descriptor(), POLLIN, 0}};
    const bool watch_interrupts = interruptible_ && !cancelled_ && watched[1].fd >= 0;
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline_ - Clock::now()).count();
    if (has_deadline() && left <= 0) return look_after_silence(watched[0]);
    const int ready = poll(watched.data(), watch_interrupts ? 2 : 1, has_deadline() ? static_cast<int>(left) : -1);
    if (ready > 0 && watch_interrupts && (watched[1].revents & POLLIN) != 0) cancel();
    // A statement that tells something now and then is not silent.
    if (ready > 0 && still_at_work_ && !cancelled_) deadline_ = new_deadline();
  }

  /// At the deadline. Comes back where there is more to wait for, with a new deadline.
  void look_after_silence(pollfd& socket) {
    if (cancelled_) {
      const auto failure = give_up("no answer to a cancel request");
      throw_if_interrupted();
      throw ServerError(failure);
    }
    const bool over = until_ && Clock::now() >= *until_;
    const bool at_work = !over && still_at_work_ && still_at_work_();
    // The answer may have come while the question was asked.
    if (!at_work && (!still_at_work_ || poll(&socket, 1, 0) <= 0)) throw give_up("no answer in time");
    deadline_ = new_deadline();
  }

  void cancel() {
    cancelled_ = true;
    deadline_ = Clock::now() + kCancelPatience;
    PGcancel* request = PQgetCancel(handle());
    std::array<char, 256> reason{};
    if (request == nullptr || PQcancel(request, reason.data(), static_cast<int>(reason.size())) == 0) {
      log::debug(fmt::format("cancel request failed: {}", reason.data()));
    }
    PQfreeCancel(request);
  }

  void collect(const PGresult* result, std::string_view sql, std::string_view copy_data, Answers& answers,
               std::optional<ServerError>& failure) {
    switch (PQresultStatus(result)) {
      case PGRES_COPY_IN:
        send_copy_data(copy_data);
        break;
      case PGRES_COPY_OUT:
        discard_copy_data();
        break;
      case PGRES_EMPTY_QUERY:
        break;
      case PGRES_SINGLE_TUPLE:
        answers.add_row(result);
        break;
      case PGRES_COMMAND_OK:
      case PGRES_TUPLES_OK:
        answers.end(result);
        break;
      case PGRES_COPY_BOTH:
        throw give_up("it speaks the protocol of replication");
      default:
        if (failure) break;
        failure = PQresultErrorField(result, PG_DIAG_SQLSTATE) == nullptr && PQstatus(handle()) == CONNECTION_BAD
                      ? lost_connection(PQerrorMessage(handle()))
                      : server_error_from_result(result, sql, static_cast<int>(answers.count()));
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
      return shortened(text != nullptr ? text : "", kLongestNotice);
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
    const char* host = PQhost(handle());
    server_.host = host != nullptr ? host : "";
    server_.port = PQport(handle());
    server_.user = PQuser(handle());
    const auto patience =
        std::exchange(answer_within_, answer_within_.count() > 0 ? answer_within_ : first_answer_within(handle()));
    const auto facts = ask_facts();
    answer_within_ = patience;
    server_.backend_pid = static_cast<int>(facts.number(0, 0));
    server_.database = facts.text(0, 1);
    server_.in_recovery = facts.text(0, 2) == "t";
    server_.read_only = facts.text(0, 3) == "on";
    if (facts.columns.size() > 5) {
      server_.system_identifier = facts.text(0, 5);
      const auto& timeline = facts.text(0, 6);
      std::from_chars(timeline.data(), timeline.data() + timeline.size(), server_.timeline, 16);
    }
    // A pooler answers the start-up itself and makes up the process id that a cancel request would name.
    server_.pooled = PQbackendPID(handle()) != server_.backend_pid;
  }

  /// Our sessions wait for others' locks and for each other; idle_session_timeout (PostgreSQL 14) is not meant for
  /// them. A pooler's connection, which others will use, keeps its setting.
  [[nodiscard]] std::string stay_when_idle() const {
    if (server_.major() < 14) return "NULL";
    return fmt::format(
        "CASE WHEN pg_catalog.pg_backend_pid() = {} THEN pg_catalog.set_config('idle_session_timeout', '0', false) END",
        PQbackendPID(handle()));
  }

  /// Who the server is may be kept from the role; the rest may not.
  Result ask_facts() {
    const std::string basic =
        "SELECT pg_catalog.pg_backend_pid(), pg_catalog.current_database(), pg_catalog.pg_is_in_recovery(),"
        " pg_catalog.current_setting('default_transaction_read_only'), " +
        stay_when_idle();
    try {
      // A control file's timeline is the one of its last checkpoint, which may be from before a promotion; the name of
      // the WAL file that is being written has the one of now.
      return query(basic +
                       ", (SELECT system_identifier FROM pg_catalog.pg_control_system()), CASE WHEN"
                       " pg_catalog.pg_is_in_recovery() THEN '' ELSE"
                       " pg_catalog.left(pg_catalog.pg_walfile_name(pg_catalog.pg_current_wal_lsn()), 8) END",
                   {});
    } catch (const ServerError& error) {
      if (error.connection_lost() || error.sqlstate().empty()) throw;
      log::debug(fmt::format("the server does not say who it is: {}", error.info().message));
    }
    return query(basic, {});
  }

  RawConnection connection_;
  bool interruptible_;
  Milliseconds answer_within_;
  std::optional<Clock::time_point> until_;
  std::function<bool()> still_at_work_;
  bool cancelled_ = false;
  Clock::time_point deadline_;  ///< of the answer that is being waited for
  ServerFacts server_;
  std::function<void(const Notice&)> receiver_;
};

}  // namespace

std::unique_ptr<Session> connect(const ConnectionOptions& options) {
  return std::make_unique<PostgresSession>(open_connection(options).release(), options);
}

}  // namespace dbmigrate
