// `--sql`: the same statements as a run, written down.
// SPDX-License-Identifier: Apache-2.0
#include "executor/script.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "catalog/catalog_file.hpp"
#include "executor/adopting_script.hpp"
#include "executor/backfill_script.hpp"
#include "executor/prepared_revision.hpp"
#include "executor/requirements.hpp"
#include "executor/transaction.hpp"
#include "ledger/ledger.hpp"
#include "ledger/sql_text.hpp"
#include "sql/quote.hpp"

namespace dbmigrate {
namespace {

/// A session that nobody talks to: Ledger's texts need none.
class NoSession : public Session {
 public:
  std::vector<Result> run(std::string_view, std::string_view) override { refuse(); }
  Result query(std::string_view, const std::vector<Value>&) override { refuse(); }
  void parse(std::string_view) override { refuse(); }
  [[nodiscard]] TransactionStatus status() const override { return TransactionStatus::idle; }
  [[nodiscard]] const ServerFacts& server() const override { return server_; }
  void on_notice(std::function<void(const Notice&)>) override {}

 private:
  [[noreturn]] static void refuse() {
    throw Error({.code = ErrorCode::internal, .message = "a script is written without a connection"});
  }
  ServerFacts server_;
};

class ScriptWriter {
 public:
  explicit ScriptWriter(const RunOptions& options)
      : options_(&options), ledger_(session_, options.version_schema, options.role) {}

  std::string write(const Plan& plan) {
    text_ += fmt::format("-- dbmigrate {}: {}, {} revisions.\n-- Apply it with: psql -v ON_ERROR_STOP=1 -f THIS_FILE\n",
                         options_->identity.tool_version, name_of(plan.direction), plan.steps.size());
    text_ += "\\set ON_ERROR_STOP on\n\\encoding UTF8\nSET standard_conforming_strings = on;\n\n";
    create_tables();
    for (const auto& step : plan.steps) {
      write(plan.direction == Direction::upgrade ? prepare_upgrade(step) : prepare_downgrade(step));
    }
    return std::move(text_);
  }

 private:
  void create_tables() {
    const auto schema = sql::quote_literal(options_->version_schema);
    text_ += "-- The version table, where it is missing or of an older form.\n";
    text_ += fmt::format(
        "SELECT count(*) = 5 AS dbmigrate_ready FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid ="
        " c.relnamespace WHERE n.nspname = {} AND c.relname IN ('version', 'control', 'history',"
        " 'backfill', 'backfill_failure') \\gset\n",
        schema);
    text_ += "\\if :dbmigrate_ready\n\\else\nBEGIN;\nSET LOCAL client_min_messages = warning;\n" + role() +
             ledger_.creation_sql() + "COMMIT;\n\\endif\n\n";
  }

  [[nodiscard]] std::string role() const {
    return options_->role.empty() ? "" : fmt::format("SET LOCAL ROLE {};\n", sql::quote_identifier(options_->role));
  }

  void write(const PreparedRevision& revision) {
    text_ += fmt::format("-- {} {}\n", name_of(revision.direction), comment_safe(revision.id.text()));
    if (revision.direction == Direction::downgrade) return write_run(revision);
    const auto& migration = *revision.migration;
    const bool goes_on = revision.row && revision.row->state == RevisionState::in_progress;
    const auto file = migration.adopts && !goes_on ? load_catalog_file(migration) : std::nullopt;
    may_skip_ = may_skip_ || std::any_of(migration.requirements.begin(), migration.requirements.end(),
                                         [](const Requirement& one) { return one.skip; });
    if (may_skip_ || file) require_conditional(revision);
    if (may_skip_) {
      ask_whether_to_skip(revision);
      text_ += "\\if :dbmigrate_skip\n";
      write_skip(revision);
      text_ += "\\else\n";
    }
    write_requirements(migration);
    if (file) {
      write_adopting_or_run(revision, *file);
    } else {
      write_run(revision);
    }
    if (may_skip_) text_ += "\\endif\n\n";
  }

  /// psql reads the branch that it does not take for its quotes, which the data of a COPY may have without their ends.
  static void require_conditional(const PreparedRevision& revision) {
    for (const auto& unit : revision.units) {
      for (const auto& part : unit.parts) {
        for (std::size_t i = 0; i < part.script.statements.size(); ++i) {
          if (!part.script.statements[i].copy_data) continue;
          throw Error({.code = ErrorCode::unsupported_feature,
                       .message = fmt::format("revision {} cannot be written as a script", revision.id.text()),
                       .detail = "Whether it runs depends on the database, and it has data behind a COPY.",
                       .hint = "Run `dbmigrate upgrade` against the database.",
                       .at = location_of(part, i)});
        }
      }
    }
  }

  void ask_whether_to_skip(const PreparedRevision& revision) {
    const auto& migration = *revision.migration;
    std::string ancestors;
    const auto add = [&](const RevisionId& id) {
      ancestors += fmt::format("{}({}, {})", ancestors.empty() ? "" : ", ", sql::quote_literal(id.branch),
                               sql::quote_literal(id.name));
    };
    for (const auto& parent : migration.parents) add({revision.id.branch, parent});
    for (const auto& other : migration.depends_on) add(other);
    std::string question = ancestors.empty()
                               ? "false"
                               : fmt::format(
                                     "EXISTS (SELECT FROM {}.version WHERE state = 'skipped' AND (branch, revision)"
                                     " IN ({}))",
                                     sql::quote_identifier(options_->version_schema), ancestors);
    for (const auto& requirement : migration.requirements) {
      if (requirement.skip) question += fmt::format("\n  OR NOT (\n{}\n)", requirement_sql(requirement));
    }
    text_ += fmt::format("SELECT {} AS dbmigrate_skip \\gset\n", question);
  }

  void write_skip(const PreparedRevision& revision) {
    auto row = row_for(revision, *options_);
    row.state = RevisionState::skipped;
    begin(nullptr);
    count_generation();
    text_ += ledger_.put_sql(row) + "\n" + event_sql(revision, "skipped") + "COMMIT;\n";
  }

  void write_adopting_or_run(const PreparedRevision& revision, const CatalogFile& file) {
    text_ +=
        "-- Adopted where all that it makes is there, run where nothing of it is.\nBEGIN;\n"
        "SET LOCAL search_path = '';\n" +
        adoption_question(file) + " \\gset\nCOMMIT;\n\\if :dbmigrate_run\n";
    write_run(revision);
    text_ += "\\elif :dbmigrate_adopt\n";
    auto row = row_for(revision, *options_);
    begin(nullptr);
    claim(revision, row);
    for (const auto& object : file.adds) {
      if (object.key.kind != ObjectKind::extension) continue;
      text_ += fmt::format("CREATE EXTENSION IF NOT EXISTS {};\n", object.key.identity);
    }
    row.state = RevisionState::adopted;
    text_ += ledger_.finish_upgrade_sql(row, "") + "\n" + event_sql(revision, "adopted") + "COMMIT;\n\\else\n";
    text_ += "\\warn Not as the revision makes it: :dbmigrate_against\n";
    raise(fmt::format("the database has part of what {} makes", revision.id.text()));
    text_ += "\\endif\n\n";
  }

  void write_run(const PreparedRevision& revision) {
    const auto row = row_for(revision, *options_);
    if (revision.journalled()) {
      write_journalled(revision, row);
    } else {
      begin(&revision);
      claim(revision, row);
      for (const auto& part : revision.units[0].parts) write_part(part);
      restore();
      finish(revision, row);
      text_ += "COMMIT;\n\n";
    }
  }

  static std::string comment_safe(std::string text) {
    for (auto& c : text) {
      if (c == '\n' || c == '\r') c = ' ';
    }
    return text;
  }

  void write_requirements(const Migration& migration) {
    for (const auto& requirement : migration.requirements) {
      if (requirement.skip) continue;
      text_ += fmt::format("SELECT (\n{}\n) AS dbmigrate_met \\gset\n\\if :dbmigrate_met\n\\else\n",
                           requirement_sql(requirement));
      // \warn prints its words; a failing statement is what ends a script with an exit status.
      raise(fmt::format("{} requires that {}", migration.id.text(), requirement_text(requirement)));
      text_ += "\\endif\n";
    }
  }

  void raise(const std::string& message) {
    text_ += do_block(fmt::format("BEGIN RAISE EXCEPTION USING MESSAGE = {}; END", sql::quote_literal(message))) + "\n";
  }

  void begin(const PreparedRevision* revision) {
    auto lock_timeout = options_->lock_timeout;
    auto statement_timeout = options_->statement_timeout;
    if (revision != nullptr) {
      lock_timeout = revision->lock_timeout.value_or(lock_timeout);
      statement_timeout = revision->statement_timeout.value_or(statement_timeout);
    }
    text_ += fmt::format(
        "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE;\nSET LOCAL lock_timeout = {};\nSET LOCAL statement_timeout ="
        " {};\n{}",
        lock_timeout.count(), statement_timeout.count(), role());
  }

  void restore() { text_ += "RESET SESSION AUTHORIZATION;\nRESET ALL;\n" + role(); }

  void claim(const PreparedRevision& revision, const AppliedRevision& row) {
    if (revision.direction == Direction::upgrade) {
      for (const auto& parent : row.parents) require_row({row.id.branch, parent});
      for (const auto& other : revision.migration->depends_on) require_row(other);
    }
    count_generation();
    text_ += (revision.row ? ledger_.claim_existing_sql(*revision.row, row) : ledger_.claim_new_sql(row)) + "\n";
  }

  void count_generation() {
    text_ += fmt::format("UPDATE {}.control SET generation = generation + 1;\n",
                         sql::quote_identifier(options_->version_schema));
  }

  void require_row(const RevisionId& id) {
    text_ +=
        do_block(fmt::format(
            "BEGIN IF NOT EXISTS (SELECT FROM {}.version WHERE branch = {} AND revision = {}"
            " AND state IN ('applied', 'adopted', 'stamped')) THEN RAISE EXCEPTION USING MESSAGE = {}; END IF; END",
            sql::quote_identifier(options_->version_schema), sql::quote_literal(id.branch), sql::quote_literal(id.name),
            sql::quote_literal(fmt::format("{} is not applied", id.text())))) +
        "\n";
  }

  void write_part(const Part& part) {
    for (std::size_t i = 0; i < part.script.statements.size(); ++i) write_statement(part, i);
  }

  void write_statement(const Part& part, std::size_t index) {
    const auto& statement = part.script.statements[index];
    text_ += part.script.text_of(statement);
    text_ += ";\n";
    if (!statement.copy_data) return;
    text_ += part.script.text.substr(statement.copy_data->begin, statement.copy_data->end - statement.copy_data->begin);
    if (text_.back() != '\n') text_ += '\n';
    text_ += "\\.\n";
  }

  void finish(const PreparedRevision& revision, AppliedRevision row) {
    const bool up = revision.direction == Direction::upgrade;
    row.state = RevisionState::applied;
    if (!up) text_ += ledger_.release_extensions_sql(row) + "\n";
    text_ += (up ? ledger_.finish_upgrade_sql(row, "") : ledger_.finish_downgrade_sql(row.id, row.run_id, "")) + "\n";
    text_ += event_sql(revision, up ? "applied" : "");
  }

  [[nodiscard]] std::string event_sql(const PreparedRevision& revision, std::string to_state) const {
    const std::string direction(name_of(revision.direction));
    return ledger_.event_sql(
               options_->identity,
               {.event = direction, .id = revision.id, .direction = direction, .to_state = std::move(to_state)}) +
           "\n";
  }

  void write_journalled(const PreparedRevision& revision, const AppliedRevision& row) {
    begin(nullptr);
    claim(revision, row);
    text_ += "COMMIT;\n";
    int done = 0;
    for (const auto& unit : revision.units) {
      const bool alone = unit.kind == Unit::Kind::outside || unit.kind == Unit::Kind::session_setting;
      if (alone) write_statement(*unit.part, unit.statement);
      if (unit.kind == Unit::Kind::backfill) {
        const BackfillId id{.revision = revision.id, .direction = revision.direction, .name = unit.backfill->name};
        text_ += backfill_script(*unit.backfill, id, options_->version_schema, options_->identity.run_id);
      }
      begin(&revision);
      text_ += ledger_.claim_step_sql(revision.id, row.run_id, done++, unit.hash) + "\n";
      for (const auto& part : unit.parts) write_part(part);
      if (unit.kind == Unit::Kind::in_transaction) write_statement(*unit.part, unit.statement);
      if (unit.kind == Unit::Kind::transaction) restore();
      text_ += "COMMIT;\n";
    }
    begin(nullptr);
    finish(revision, row);
    text_ += "COMMIT;\n\n";
  }

  const RunOptions* options_;
  NoSession session_;
  Ledger ledger_;
  std::string text_;
  bool may_skip_ = false;  ///< a revision so far may be skipped, and so may all behind it
};

}  // namespace

std::string script_of(const Plan& plan, const RunOptions& options) { return ScriptWriter(options).write(plan); }

}  // namespace dbmigrate
