// Statement by statement, each timed; deferred constraints are made to speak before the end.
// SPDX-License-Identifier: Apache-2.0
#include "preview/target_rehearsal.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <utility>

#include "core/log.hpp"
#include "core/words.hpp"
#include "executor/open_session.hpp"
#include "trace/trace_pass.hpp"

namespace dbmigrate {
namespace {

/// Where the settings name none: what is rehearsed may not queue readers behind it without an end.
constexpr Milliseconds kLockTimeout{2'000};
constexpr Milliseconds kLook{200};

/// Letters, digits and underscores of `text` in lower case, everything else as one blank.
std::string words_of(std::string_view text) {
  std::string words = " ";
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (std::isalnum(byte) != 0 || c == '_') {
      words += static_cast<char>(std::tolower(byte));
    } else if (words.back() != ' ') {
      words += ' ';
    }
  }
  return words + " ";
}

/// What an error was about, for a sentence.
std::string server_said(const TracedError& error) {
  return error.sqlstate.empty() ? error.message : fmt::format("{} (SQLSTATE {})", error.message, error.sqlstate);
}

bool gives_way(std::string_view sqlstate) { return sqlstate == "55P03" || sqlstate == "40P01" || sqlstate == "40001"; }

}  // namespace

std::string why_not_there(std::string_view statement) {
  const auto words = words_of(statement);
  const auto has = [&](std::string_view word) { return words.find(fmt::format(" {} ", word)) != std::string::npos; };
  const bool copies = words.starts_with(" copy ") && (has("program") || !(has("stdin") || has("stdout")));
  // Of functions that come with PostgreSQL, those that reach beyond a transaction.
  constexpr std::array<std::string_view, 14> kBeyond{"dblink",
                                                     "dblink_exec",
                                                     "dblink_connect",
                                                     "lo_export",
                                                     "pg_file_write",
                                                     "pg_file_unlink",
                                                     "pg_reload_conf",
                                                     "pg_rotate_logfile",
                                                     "pg_switch_wal",
                                                     "pg_terminate_backend",
                                                     "pg_promote",
                                                     "pg_logical_emit_message",
                                                     "pg_cancel_backend",
                                                     "pg_stat_reset"};
  const auto beyond = std::find_if(kBeyond.begin(), kBeyond.end(), has);
  if (copies) return "COPY with a file or a program is not rolled back";
  return beyond != kBeyond.end() ? fmt::format("what {} does is not rolled back", *beyond) : "";
}

TargetRehearsal::TargetRehearsal(const RunOptions& options, Clock& clock)
    : options_(options), worker_{.options = options_, .clock = clock, .observer = silence_} {
  worker_.session = open_session(options_);
  require_writable(worker_.session->server());
  const MigrationLock::Options lock{
      .connection = {.conninfo = options_.conninfo, .application_name = options_.identity.application + " lock"},
      .version_schema = options_.version_schema,
      .wait = options_.wait,
      .idle_timeout = options_.idle_timeout};
  worker_.lock = std::make_unique<MigrationLock>(lock, clock, [](const std::optional<Blocker>&, Milliseconds) {});
}

TargetRehearsal::~TargetRehearsal() {
  try {
    roll_back();
  } catch (const std::exception& error) {
    // The server rolls back when the connection ends, which is next.
    log::debug(fmt::format("rolling back a rehearsal: {}", error.what()));
  }
}

void TargetRehearsal::roll_back() {
  const auto status = worker_.session->status();
  if (status == TransactionStatus::open || status == TransactionStatus::failed) worker_.session->run("ROLLBACK");
}

void TargetRehearsal::begin(const PreparedRevision& revision) {
  auto& session = *worker_.session;
  worker_.now = revision.id;
  if (session.status() == TransactionStatus::idle) session.run("BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE");
  auto lock_timeout = revision.lock_timeout.value_or(options_.lock_timeout);
  if (lock_timeout.count() == 0) lock_timeout = kLockTimeout;
  session.run(restore_statements(worker_) +
              fmt::format("SET LOCAL lock_timeout = {}; SET LOCAL statement_timeout = {};", lock_timeout.count(),
                          revision.statement_timeout.value_or(options_.statement_timeout).count()));
}

void TargetRehearsal::run(const PreparedRevision& revision, RevisionPreview& preview) {
  if (preview.statements.empty()) return;
  if (!failed_) begin(revision);
  std::size_t next = 0;
  for (const auto& unit : revision.units) run(unit, preview.statements, next);
  if (!failed_) check_deferred(preview);
}

void TargetRehearsal::run(const Unit& unit, std::vector<StatementPreview>& statements, std::size_t& next) {
  const auto leave_out = [&](std::string why) {
    left_out_ = true;
    statements.at(next++).on_target = OnTarget{.ran = false, .took = {}, .why_not = std::move(why)};
  };
  switch (unit.kind) {
    case Unit::Kind::transaction:
      for (const auto& part : unit.parts) {
        for (std::size_t i = 0; i < part.script.statements.size(); ++i) run(part, i, statements.at(next++));
      }
      return;
    case Unit::Kind::backfill:
      return leave_out("a data migration commits batch by batch");
    case Unit::Kind::outside:
      return leave_out(unit.repeatable ? "it may end its transaction" : "it cannot run in a transaction");
    case Unit::Kind::in_transaction:
    case Unit::Kind::session_setting:
      return run(*unit.part, unit.statement, statements.at(next++));
  }
}

void TargetRehearsal::run(const Part& part, std::size_t statement, StatementPreview& preview) {
  const auto& script = part.script;
  const auto& one = script.statements[statement];
  const auto text = script.text_of(one);
  if (failed_) {
    preview.on_target = OnTarget{.ran = false, .took = {}, .why_not = std::string(kBehindFailure)};
    return;
  }
  if (auto why = why_not_there(text); !why.empty()) {
    left_out_ = true;
    preview.on_target = OnTarget{.ran = false, .took = {}, .why_not = std::move(why)};
    return;
  }
  const auto data =
      one.copy_data
          ? std::string_view(script.text).substr(one.copy_data->begin, one.copy_data->end - one.copy_data->begin)
          : std::string_view{};
  worker_.lock->require_held();
  if (!worker_.pooled()) worker_.lock->watch(worker_.session->server().backend_pid, kLook);
  const auto start = worker_.clock.now();
  try {
    worker_.session->run(text, data);
    preview.on_target = OnTarget{
        .ran = true, .took = std::chrono::duration_cast<Milliseconds>(worker_.clock.now() - start), .why_not = ""};
    worker_.lock->take_blockers();
  } catch (const ServerError& error) {
    fail(preview, error);
  }
  if (worker_.session->status() != TransactionStatus::idle) return;
  throw Error({.code = ErrorCode::transaction_control,
               .message = "a statement ended the transaction of the rehearsal",
               .detail = fmt::format("It stands at {}. What ran before it on the database itself is committed, and no "
                                     "revision is recorded.",
                                     preview.trace.at.text()),
               .hint = "Look at the database and undo that by hand; rehearse without --rehearse."});
}

void TargetRehearsal::fail(StatementPreview& preview, const ServerError& error) {
  const auto blockers = worker_.lock->take_blockers();
  if (error.connection_lost()) throw error;
  failed_ = true;
  const auto said = traced(error);
  preview.on_target = OnTarget{.ran = false, .took = {}, .why_not = "it failed there"};
  PreviewFinding finding{.rule = "fails-there",
                         .severity = Severity::error,
                         .at = preview.trace.at,
                         .message = fmt::format("fails on the database itself: {}", server_said(said)),
                         .hint = said.detail + (said.detail.empty() || said.hint.empty() ? "" : "\n") + said.hint};
  if (gives_way(said.sqlstate)) {
    // A run would try again.
    finding.severity = Severity::warning;
    std::vector<std::string> who;
    for (const auto& blocker : blockers) who.push_back(blocker.text());
    finding.hint =
        who.empty() ? "Nobody was seen in the way when it was looked at." : "In the way: " + listed(who) + ".";
  } else if (left_out_) {
    finding.severity = Severity::warning;
    finding.hint += (finding.hint.empty() ? "" : "\n") + std::string("Perhaps because of what was left out before it.");
  }
  preview.findings.push_back(std::move(finding));
}

/// What COMMIT would find out. Afterwards constraints that are deferred by their definition are so again: the next
/// revision would begin a transaction of its own.
void TargetRehearsal::check_deferred(RevisionPreview& preview) {
  try {
    worker_.session->run("SET CONSTRAINTS ALL IMMEDIATE");
    const auto names = worker_.session->run(
        "SELECT coalesce(pg_catalog.string_agg(pg_catalog.format('%I.%I', n.nspname, c.conname), ', '), '')"
        " FROM pg_catalog.pg_constraint c JOIN pg_catalog.pg_namespace n ON n.oid = c.connamespace"
        " WHERE c.condeferred AND c.conparentid = 0");
    const auto& list = names.back().text(0, 0);
    if (!list.empty()) worker_.session->run(fmt::format("SET CONSTRAINTS {} DEFERRED", list));
  } catch (const ServerError& error) {
    fail(preview.statements.back(), error);
  }
}

}  // namespace dbmigrate
