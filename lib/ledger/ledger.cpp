// Reads and writes the version table.
// SPDX-License-Identifier: Apache-2.0
#include "ledger/ledger.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "core/log.hpp"
#include "ledger/schema.hpp"
#include "ledger/sql_text.hpp"
#include "sql/quote.hpp"

namespace dbmigrate {
namespace {

using sql::quote_identifier;
using sql::quote_literal;

/// NULL where the text is empty.
std::string nullable(std::string_view text) { return text.empty() ? "NULL" : quote_literal(text); }

std::string where(const RevisionId& id) {
  return fmt::format("branch = {} AND revision = {}", quote_literal(id.branch), quote_literal(id.name));
}

/// A statement that must touch one row, or else raises.
std::string exactly_one(std::string_view statement) {
  return do_block(fmt::format(
      "BEGIN {}; IF NOT FOUND THEN RAISE EXCEPTION 'the version table changed meanwhile' USING ERRCODE = '{}'; END IF;"
      " END",
      statement, kLostClaim));
}

/// Of the extensions that `row` declares those that are not there, as an array.
std::string missing_extensions_sql(const AppliedRevision& row) {
  return fmt::format(
      "ARRAY(SELECT declared FROM pg_catalog.unnest({}) AS declared WHERE NOT EXISTS"
      " (SELECT FROM pg_catalog.pg_extension WHERE extname::pg_catalog.text = declared))",
      text_array_sql(row.extensions));
}

/// What a claim finds missing, its revision will have created.
std::string created_extensions_sql(const AppliedRevision& row) {
  const bool about_to_run = row.state == RevisionState::in_progress && !row.extensions.empty();
  return about_to_run ? missing_extensions_sql(row) : text_array_sql(row.created_extensions);
}

std::string columns_and_values(const AppliedRevision& row) {
  return fmt::format(
      "(branch, revision, state, direction, parents, depends_on, checksum, description, down_steps, steps_done,"
      " steps_total, step_hashes, extensions, created_extensions, applied_at, applied_by, took, run_id) VALUES"
      " ({}, {}, {}, {}, {}, {}, {}, {}, {}::pg_catalog.jsonb, {}, {}, {}, {}, {}, pg_catalog.clock_timestamp(),"
      " session_user, {} * interval '1 millisecond', {})",
      quote_literal(row.id.branch), quote_literal(row.id.name), quote_literal(name_of(row.state)),
      quote_literal(name_of(row.direction)), text_array_sql(row.parents), text_array_sql(row.depends_on),
      quote_literal(row.checksum.hex()), quote_literal(row.description), nullable(row.down_steps), row.steps_done,
      row.steps_total, quote_literal(row.step_hashes), text_array_sql(row.extensions), created_extensions_sql(row),
      row.took.count(), quote_literal(row.run_id));
}

/// What decides whether the claim's transaction is still the one that is open.
std::string same_transaction(std::string_view claim_xid) {
  if (claim_xid.empty()) return "";
  return fmt::format(" AND pg_catalog.pg_current_xact_id_if_assigned() = {}::pg_catalog.xid8",
                     quote_literal(claim_xid));
}

RevisionState state_of(std::string_view name) {
  for (const auto state : {RevisionState::applied, RevisionState::adopted, RevisionState::stamped,
                           RevisionState::skipped, RevisionState::in_progress}) {
    if (name_of(state) == name) return state;
  }
  throw Error({.code = ErrorCode::state_conflict,
               .message = fmt::format("the version table holds an unknown state \"{}\"", name),
               .hint = "Somebody changed the table by hand; put the row right."});
}

/// One text array as its elements: the query joins them with a character that no name can hold.
std::vector<std::string> elements(const std::string& joined) {
  std::vector<std::string> list;
  std::size_t begin = 0;
  while (begin < joined.size()) {
    const auto end = std::min(joined.find('\n', begin), joined.size());
    list.push_back(joined.substr(begin, end - begin));
    begin = end + 1;
  }
  return list;
}

AppliedRevision row_of(const Result& result, std::size_t row) {
  return {.id = {result.text(row, 0), result.text(row, 1)},
          .state = state_of(result.text(row, 2)),
          .direction = result.text(row, 3) == "downgrade" ? Direction::downgrade : Direction::upgrade,
          .parents = elements(result.text(row, 4)),
          .depends_on = elements(result.text(row, 5)),
          .checksum = Checksum::recorded(result.text(row, 6)),
          .description = result.text(row, 7),
          .down_steps = result.text(row, 8),
          .steps_done = static_cast<int>(result.number(row, 9)),
          .steps_total = static_cast<int>(result.number(row, 10)),
          .step_hashes = result.text(row, 11),
          .extensions = elements(result.text(row, 12)),
          .created_extensions = elements(result.text(row, 13)),
          .applied_at = result.text(row, 14),
          .applied_by = result.text(row, 15),
          .took = Milliseconds{result.number(row, 16)},
          .run_id = result.text(row, 17)};
}

constexpr std::string_view kIsoTime = "'YYYY-MM-DD\"T\"HH24:MI:SS.MS\"Z\"'";

constexpr Milliseconds kLockTimeout{5'000};

/// Codes that two creators at once raise: CREATE … IF NOT EXISTS looks before it locks.
bool created_meanwhile(std::string_view sqlstate) {
  static constexpr std::array<std::string_view, 5> kCodes{"23505", "42P06", "42P07", "42710", "XX000"};
  for (const auto code : kCodes) {
    if (code == sqlstate) return true;
  }
  return false;
}

}  // namespace

Ledger::Ledger(Session& session, std::string schema, std::string role, Milliseconds idle_timeout)
    : session_(&session), schema_(std::move(schema)), role_(std::move(role)), idle_timeout_(idle_timeout) {}

std::string Ledger::begin(Milliseconds lock_timeout) const {
  auto sql = fmt::format(
      "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE; SET LOCAL client_min_messages = warning;"
      "SET LOCAL lock_timeout = {}; SET LOCAL idle_in_transaction_session_timeout = {};",
      lock_timeout.count(), idle_timeout_.count());
  if (!role_.empty()) sql += fmt::format("SET LOCAL ROLE {};", quote_identifier(role_));
  return sql;
}

std::string Ledger::table(std::string_view name) const { return fmt::format("{}.{}", quote_identifier(schema_), name); }

bool Ledger::exists() const {
  // to_regclass() needs USAGE on the schema; the catalog does not, so a missing privilege is not taken for absence.
  const auto result = session_->query(
      "SELECT count(*) FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace"
      " WHERE n.nspname = $1 AND c.relname IN ('version', 'control', 'history')",
      {schema_});
  return result.text(0, 0) == "3";
}

bool Ledger::up_to_date() const {
  if (!exists()) return false;
  const auto control = session_->query(fmt::format("SELECT internal_version FROM {}", table("control")));
  // Without its row only repair helps; making the tables anew would hide that.
  if (control.rows.empty()) return true;
  require_readable_version(static_cast<int>(control.number(0, 0)));
  return static_cast<int>(control.number(0, 0)) == kLedgerVersion;
}

void Ledger::require_readable_version(int internal_version) const {
  if (internal_version <= kLedgerVersion) return;
  throw Error({.code = ErrorCode::server_unsupported,
               .message = "the version table was written by a newer dbmigrate",
               .detail = fmt::format("Schema {} has form {}, this program knows form {}.", schema_, internal_version,
                                     kLedgerVersion),
               .hint = "Use the dbmigrate that last changed this database, or a newer one."});
}

LedgerState Ledger::read() const {
  LedgerState state;
  if (!exists()) return state;
  state.exists = true;
  // The generation first: rows that are newer than it make a claim fail, which is harmless; the reverse would not be.
  const auto control = session_->query(fmt::format("SELECT internal_version, generation FROM {}", table("control")));
  if (control.rows.empty()) {
    throw Error({.code = ErrorCode::state_conflict,
                 .message = "the control row of the version table is gone",
                 .detail = fmt::format("{} is empty.", table("control")),
                 .hint = "Run `dbmigrate repair`, which puts it back."});
  }
  state.internal_version = static_cast<int>(control.number(0, 0));
  require_readable_version(state.internal_version);
  state.generation = control.number(0, 1);
  const auto rows = session_->query(fmt::format(
      "SELECT branch, revision, state, direction, pg_catalog.array_to_string(parents, E'\\n'),"
      " pg_catalog.array_to_string(depends_on, E'\\n'), checksum, description, down_steps, steps_done, steps_total,"
      " step_hashes, {}, pg_catalog.array_to_string(created_extensions, E'\\n'),"
      " pg_catalog.to_char(applied_at AT TIME ZONE 'UTC', {}), applied_by,"
      " (extract(epoch FROM took) * 1000)::pg_catalog.int8, run_id FROM {} ORDER BY applied_at, branch, revision",
      state.internal_version < 2 ? "''" : "pg_catalog.array_to_string(extensions, E'\\n')", kIsoTime,
      table("version")));
  for (std::size_t row = 0; row < rows.rows.size(); ++row) state.rows.push_back(row_of(rows, row));
  return state;
}

std::string Ledger::creation_sql() const { return ledger_creation_sql(schema_); }

void Ledger::create() const {
  constexpr int kAttempts = 5;
  for (int attempt = 1;; ++attempt) {
    if (up_to_date()) return;
    try {
      // A schema that is there already needs no right to create one.
      const auto there = session_->query("SELECT 1 FROM pg_catalog.pg_namespace WHERE nspname = $1", {schema_});
      auto sql = creation_sql();
      if (!there.rows.empty()) sql.erase(0, sql.find(';') + 1);
      // Another run that vanished while it made the tables may stand in the way until its idle timeout.
      session_->run(begin(idle_timeout_ + kLockTimeout) + sql);
      session_->run("COMMIT");
      return;
    } catch (const ServerError& error) {
      if (!error.connection_lost()) session_->run("ROLLBACK");
      if (error.sqlstate() == "42501") {
        throw Error(
            {.code = ErrorCode::missing_privilege,
             .message = "the role may not create the version table",
             .detail = fmt::format("The server says: {}.", error.info().message),
             .hint = fmt::format("Grant CREATE on database {} to it, or have a schema made for it and name that "
                                 "with --version-schema.",
                                 session_->server().database),
             .sqlstate = "42501"});
      }
      if (!created_meanwhile(error.sqlstate()) || attempt == kAttempts) throw;
    }
  }
}

bool Ledger::restore_control() const {
  if (!exists()) return false;
  if (!session_->query(fmt::format("SELECT 1 FROM {}", table("control"))).rows.empty()) return false;
  // The oldest form: which one the tables have is not known any more, and create() may run on any.
  session_->run(begin(kLockTimeout) +
                fmt::format("INSERT INTO {} (internal_version, generation) VALUES (1, 0) ON CONFLICT DO NOTHING",
                            table("control")));
  session_->run("COMMIT");
  return true;
}

void Ledger::require_privileges() const {
  const auto result = session_->query(
      "SELECT c.relname, p.privilege FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = "
      "c.relnamespace"
      " CROSS JOIN pg_catalog.unnest(ARRAY['SELECT', 'INSERT', 'UPDATE', 'DELETE']) AS p(privilege)"
      " WHERE n.nspname = $1 AND c.relname IN ('version', 'control', 'history', 'backfill', 'backfill_failure')"
      " AND NOT (c.relname = 'control' AND p.privilege IN ('INSERT', 'DELETE'))"
      " AND NOT (c.relname = 'history' AND p.privilege IN ('UPDATE', 'DELETE'))"
      " AND NOT (pg_catalog.has_schema_privilege(n.oid, 'USAGE')"
      "          AND pg_catalog.has_table_privilege(c.oid, p.privilege)) ORDER BY 1, 2",
      {schema_});
  if (result.rows.empty()) return;
  std::string missing;
  for (std::size_t row = 0; row < result.rows.size(); ++row) {
    missing += fmt::format("{}{} on {}", row > 0 ? ", " : "", result.text(row, 1), table(result.text(row, 0)));
  }
  throw Error({.code = ErrorCode::missing_privilege,
               .message = fmt::format("the role {} may not write the version table", session_->server().user),
               .detail = fmt::format("Missing: {}.", missing),
               .hint = "Grant these privileges, or run as the role that owns the tables."});
}

std::string Ledger::claim_generation_sql(std::int64_t expected) const {
  return exactly_one(
      fmt::format("UPDATE {} SET generation = generation + 1 WHERE generation = {}", table("control"), expected));
}

std::string Ledger::claim_new_sql(const AppliedRevision& row) const {
  return fmt::format("INSERT INTO {} {};", table("version"), columns_and_values(row));
}

std::string Ledger::claim_existing_sql(const AppliedRevision& expected, const AppliedRevision& now) const {
  // A run that goes on keeps what the first one found missing.
  std::string extensions;
  if (now.direction == Direction::upgrade && !now.extensions.empty()) {
    extensions = fmt::format(
        "extensions = {}, created_extensions = ARRAY(SELECT pg_catalog.unnest(created_extensions) UNION SELECT"
        " pg_catalog.unnest({}) ORDER BY 1), ",
        text_array_sql(now.extensions), missing_extensions_sql(now));
  }
  return exactly_one(fmt::format(
      "UPDATE {} SET state = 'in_progress', direction = {}, checksum = {}, description = {}, down_steps ="
      " {}::pg_catalog.jsonb, {}steps_done = {}, steps_total = {}, step_hashes = {}, run_id = {} WHERE {} AND state ="
      " {} AND direction = {} AND steps_done = {}",
      table("version"), quote_literal(name_of(now.direction)), quote_literal(now.checksum.hex()),
      quote_literal(now.description), nullable(now.down_steps), extensions, now.steps_done, now.steps_total,
      quote_literal(now.step_hashes), quote_literal(now.run_id), where(now.id), quote_literal(name_of(expected.state)),
      quote_literal(name_of(expected.direction)), expected.steps_done));
}

std::string Ledger::claim_step_sql(const RevisionId& id, std::string_view run_id, int done,
                                   std::string_view step_hash) const {
  return exactly_one(
      fmt::format("UPDATE {} SET steps_done = {}, step_hashes = step_hashes || {} WHERE {} AND state = 'in_progress'"
                  " AND run_id = {} AND steps_done = {}",
                  table("version"), done + 1, quote_literal(fmt::format("{}\n", step_hash)), where(id),
                  quote_literal(run_id), done));
}

std::string Ledger::finish_upgrade_sql(const AppliedRevision& row, std::string_view claim_xid) const {
  return fmt::format(
      "UPDATE {0} SET state = {1}, direction = 'upgrade', steps_done = {2}, steps_total = {2}, step_hashes = '',"
      " applied_at = pg_catalog.clock_timestamp(), applied_by = session_user, took = {3} * interval '1 millisecond'"
      " WHERE {4} AND state = 'in_progress' AND run_id = {5}{6};",
      table("version"), quote_literal(name_of(row.state)), std::max(row.steps_total, 1), row.took.count(),
      where(row.id), quote_literal(row.run_id), same_transaction(claim_xid));
}

std::string Ledger::release_extensions_sql(const AppliedRevision& row) const {
  if (row.extensions.empty() && row.created_extensions.empty()) return "";
  return do_block(
      fmt::format("DECLARE gone text; BEGIN"
                  " FOR gone IN SELECT pg_catalog.unnest(created_extensions) FROM {0} WHERE {1} LOOP"
                  " UPDATE {0} SET created_extensions = created_extensions || gone WHERE (branch, revision) ="
                  " (SELECT o.branch, o.revision FROM {0} o WHERE gone = ANY (o.extensions) AND o.state <> 'skipped'"
                  " AND NOT ({1}) ORDER BY o.applied_at, o.branch, o.revision LIMIT 1);"
                  " IF FOUND THEN RAISE NOTICE 'extension % stays: another revision in effect declares it', gone;"
                  " ELSIF EXISTS (SELECT FROM pg_catalog.pg_extension WHERE extname::pg_catalog.text = gone) THEN"
                  " EXECUTE pg_catalog.format('DROP EXTENSION %I', gone); END IF; END LOOP; END",
                  table("version"), where(row.id)));
}

std::string Ledger::finish_downgrade_sql(const RevisionId& id, std::string_view run_id,
                                         std::string_view claim_xid) const {
  return fmt::format(
      "WITH progress AS (DELETE FROM {} WHERE {}), failures AS (DELETE FROM {} WHERE {})"
      " DELETE FROM {} WHERE {} AND state = 'in_progress' AND run_id = {}{};",
      table("backfill"), where(id), table("backfill_failure"), where(id), table("version"), where(id),
      quote_literal(run_id), same_transaction(claim_xid));
}

std::string Ledger::put_sql(const AppliedRevision& row) const { return delete_sql(row.id) + claim_new_sql(row); }

std::string Ledger::delete_sql(const RevisionId& id) const {
  return fmt::format("DELETE FROM {} WHERE {};", table("version"), where(id));
}

std::string Ledger::forget_sql(const RevisionId& id) const {
  return fmt::format("WITH progress AS (DELETE FROM {} WHERE {}), failures AS (DELETE FROM {} WHERE {}) {}",
                     table("backfill"), where(id), table("backfill_failure"), where(id), delete_sql(id));
}

std::string Ledger::event_sql(const RunIdentity& run, const HistoryEvent& event) const {
  return fmt::format(
      "INSERT INTO {} (run_id, event, branch, revision, direction, from_state, to_state, database_user, os_user, host,"
      " application, tool_version, git_commit, command, flags, change, started_at, finished_at, sqlstate, message,"
      " statement, file, line, lock_waits, blockers) VALUES ({}, {}, {}, {}, {}, {}, {}, session_user, {}, {}, {}, {},"
      " {}, {}, {}, {}, pg_catalog.clock_timestamp() - {} * interval '1 millisecond', pg_catalog.clock_timestamp(),"
      " {}, {}, {}, {}, {}, {}, {});",
      table("history"), quote_literal(run.run_id), quote_literal(event.event),
      event.id ? quote_literal(event.id->branch) : "NULL", event.id ? quote_literal(event.id->name) : "NULL",
      nullable(event.direction), nullable(event.from_state), nullable(event.to_state), quote_literal(run.os_user),
      quote_literal(run.host), quote_literal(run.application), quote_literal(run.tool_version),
      nullable(run.git_commit), quote_literal(run.command), quote_literal(log::without_secrets(run.flags)),
      nullable(run.change), event.took.count(), nullable(event.sqlstate), nullable(log::without_secrets(event.message)),
      nullable(log::without_secrets(event.statement)), nullable(event.file),
      event.line > 0 ? std::to_string(event.line) : "NULL", event.lock_waits, text_array_sql(event.blockers));
}

void Ledger::record(const RunIdentity& run, const HistoryEvent& event) const noexcept {
  try {
    if (session_->status() == TransactionStatus::lost || !exists()) return;
    if (session_->status() != TransactionStatus::idle) session_->run("ROLLBACK");
    session_->run(begin(kLockTimeout) + event_sql(run, event));
    session_->run("COMMIT");
  } catch (const std::exception& error) {
    log::debug(fmt::format("the event could not be recorded: {}", error.what()));
  }
}

std::vector<RecordedEvent> Ledger::history(int limit) const {
  std::vector<RecordedEvent> events;
  if (!exists()) return events;
  const auto result = session_->query(fmt::format(
      "SELECT event, coalesce(branch, ''), coalesce(revision, ''), coalesce(direction, ''), coalesce(from_state, ''),"
      " coalesce(to_state, ''), (extract(epoch FROM finished_at - started_at) * 1000)::pg_catalog.int8,"
      " coalesce(sqlstate, ''), coalesce(message, ''), coalesce(statement, ''), coalesce(file, ''), coalesce(line, 0),"
      " lock_waits, pg_catalog.array_to_string(blockers, E'\\n'),"
      " pg_catalog.to_char(finished_at AT TIME ZONE 'UTC', {}), run_id, database_user, os_user, host, tool_version,"
      " coalesce(git_commit, ''), flags, coalesce(change, '') FROM (SELECT * FROM {} ORDER BY id DESC {}) newest"
      " ORDER BY id",
      kIsoTime, table("history"), limit > 0 ? fmt::format("LIMIT {}", limit) : ""));
  for (std::size_t i = 0; i < result.rows.size(); ++i) {
    const auto text = [&](std::size_t column) { return result.text(i, column); };
    RecordedEvent recorded;
    recorded.event = {.event = text(0),
                      .direction = text(3),
                      .from_state = text(4),
                      .to_state = text(5),
                      .took = Milliseconds{result.number(i, 6)},
                      .sqlstate = text(7),
                      .message = text(8),
                      .statement = text(9),
                      .file = text(10),
                      .line = static_cast<int>(result.number(i, 11)),
                      .lock_waits = static_cast<int>(result.number(i, 12)),
                      .blockers = elements(text(13))};
    if (!text(2).empty()) recorded.event.id = RevisionId{text(1), text(2)};
    recorded.finished_at = text(14);
    recorded.run_id = text(15);
    recorded.database_user = text(16);
    recorded.os_user = text(17);
    recorded.host = text(18);
    recorded.tool_version = text(19);
    recorded.git_commit = text(20);
    recorded.flags = text(21);
    recorded.change = text(22);
    events.push_back(std::move(recorded));
  }
  return events;
}

}  // namespace dbmigrate
