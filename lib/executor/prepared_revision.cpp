// From steps to units, and the refusals that need no server.
// SPDX-License-Identifier: Apache-2.0
#include "executor/prepared_revision.hpp"

#include <fmt/format.h>

#include "backfill/batch_sql.hpp"
#include "core/checksum.hpp"
#include "ledger/stored_steps.hpp"

namespace dbmigrate {
namespace {

Part part_of(const SqlText& source) {
  Part part{.source = &source, .script = sql::split(source.text, source.file, source.first_line), .facts = {}};
  std::vector<std::string_view> statements;
  statements.reserve(part.script.statements.size());
  for (const auto& statement : part.script.statements) statements.push_back(part.script.text_of(statement));
  part.facts = sql::facts_of(statements);
  return part;
}

[[noreturn]] void refuse(const Part& part, std::size_t statement, std::string message, std::string detail,
                         std::string hint) {
  throw Error({.code = ErrorCode::invalid_descriptor,
               .message = std::move(message),
               .detail = std::move(detail),
               .hint = std::move(hint),
               .at = location_of(part, statement),
               .statement = std::string(part.script.text_of(part.script.statements[statement]))});
}

void require_no_transaction_control(const Part& part) {
  for (std::size_t i = 0; i < part.facts.size(); ++i) {
    if (!part.facts[i].transaction_control) continue;
    refuse(part, i, fmt::format("{} inside a migration", part.facts[i].command),
           "Its transaction belongs to dbmigrate, so that the version table and the change commit together.",
           "Remove it. For several transactions in one revision write several steps with `transaction: step`.");
  }
}

void require_transactional(const Part& part) {
  require_no_transaction_control(part);
  for (std::size_t i = 0; i < part.facts.size(); ++i) {
    if (!part.facts[i].forbids_transaction) continue;
    refuse(
        part, i, fmt::format("{} cannot run inside a transaction", part.facts[i].command),
        "PostgreSQL refuses it in a transaction block, and this step is one.",
        "Set `transaction: none` for its step in the YAML descriptor, or `-- dbmigrate: transaction=none` at the top "
        "of its SQL file.");
  }
}

void require_runnable_outside(const Part& part, const Step& step) {
  require_no_transaction_control(part);
  for (std::size_t i = 0; i < part.facts.size(); ++i) {
    const auto& facts = part.facts[i];
    if (facts.call_or_do && !step.repeatable) {
      refuse(part, i, fmt::format("{} outside a transaction may run twice", facts.command),
             "It may commit by itself, so an interruption cannot tell how far it came.",
             "Move it into a transactional step, or say `repeatable: true` for this step when running it again is "
             "harmless.");
    }
    if (facts.builds_index && facts.builds_index->index.name.empty()) {
      refuse(part, i, "a concurrent index without a name",
             "After an interruption nobody could tell which index it was.", "Name the index.");
    }
  }
}

bool sets_session(const sql::StatementFacts& facts) {
  return facts.command == "SET" || facts.command == "RESET" || facts.command.starts_with("SET ") ||
         facts.command.starts_with("DISCARD");
}

Unit::Kind kind_of(const sql::StatementFacts& facts) {
  if (facts.forbids_transaction || facts.call_or_do) return Unit::Kind::outside;
  return sets_session(facts) ? Unit::Kind::session_setting : Unit::Kind::in_transaction;
}

/// Collects steps into units; a none step ends the transaction before it.
class UnitBuilder {
 public:
  UnitBuilder(PreparedRevision& revision, TransactionMode mode) : revision_(&revision), mode_(mode) {}

  void add(const Step& step) {
    if (const auto* backfill = step.backfill()) return add_backfill(*backfill);
    const auto* sql = step.sql();
    const auto mode = step.transaction == TransactionMode::revision ? mode_ : step.transaction;
    if (mode == TransactionMode::none) return add_statements(step, *sql);
    Part part = part_of(*sql);
    require_transactional(part);
    group_.push_back(std::move(part));
    if (mode == TransactionMode::step) close_group();
  }

  void close_group() {
    if (group_.empty()) return;
    std::string text;
    for (const auto& part : group_) text += part.source->text + '\n';
    revision_->units.push_back(
        {.kind = Unit::Kind::transaction, .parts = std::move(group_), .hash = Checksum::of(text).hex()});
    group_.clear();
  }

 private:
  void add_backfill(const Backfill& backfill) {
    close_group();
    require_batch_sql(backfill);
    revision_->units.push_back({.kind = Unit::Kind::backfill,
                                .backfill = &backfill,
                                .hash = Checksum::of(backfill_text(backfill)).hex()});
  }

  void add_statements(const Step& step, const SqlText& sql) {
    close_group();
    auto part = std::make_unique<Part>(part_of(sql));
    require_runnable_outside(*part, step);
    for (std::size_t i = 0; i < part->facts.size(); ++i) {
      const auto& statement = part->script.statements[i];
      std::string text(part->script.text_of(statement));
      if (statement.copy_data) {
        text +=
            part->script.text.substr(statement.copy_data->begin, statement.copy_data->end - statement.copy_data->begin);
      }
      revision_->units.push_back({.kind = kind_of(part->facts[i]),
                                  .part = part.get(),
                                  .statement = i,
                                  .repeatable = step.repeatable,
                                  .hash = Checksum::of(text).hex()});
    }
    revision_->statement_parts.push_back(std::move(part));
  }

  PreparedRevision* revision_;
  TransactionMode mode_;
  std::vector<Part> group_;
};

[[noreturn]] void refuse_half_way(const PlanStep& step) {
  throw Error({.code = ErrorCode::part_way,
               .message = fmt::format("revision {} is half-way up", step.id.text()),
               .detail = fmt::format("{} of its {} steps are done; its downgrade is written for all of them.",
                                     step.row->steps_done, step.row->steps_total),
               .hint = "Finish it with `dbmigrate upgrade`, then downgrade; or undo its steps by hand and settle its "
                       "state with `dbmigrate repair`."});
}

void build_units(PreparedRevision& revision, TransactionMode mode) {
  UnitBuilder builder(revision, mode);
  for (const auto& step : *revision.steps) builder.add(step);
  builder.close_group();
}

}  // namespace

Location location_of(const Part& part, std::size_t statement) {
  const auto& at = part.script.statements.at(statement);
  return {.file = part.source->file,
          .line = at.line + part.source->first_line - 1,
          .column = at.column + part.source->indent};
}

PreparedRevision prepare_upgrade(const PlanStep& step) {
  const Migration& migration = *step.migration;
  PreparedRevision revision{.id = step.id,
                            .direction = Direction::upgrade,
                            .migration = &migration,
                            .row = step.row,
                            .lock_timeout = migration.lock_timeout,
                            .statement_timeout = migration.statement_timeout};
  // The graph outlives the run; nothing is to be freed.
  revision.steps = std::shared_ptr<const std::vector<Step>>(&migration.up, [](const std::vector<Step>*) {});
  build_units(revision, migration.transaction);
  return revision;
}

PreparedRevision prepare_downgrade(const PlanStep& step) {
  if (!step.row) throw Error({.code = ErrorCode::internal, .message = "a downgrade without a row"});
  if (step.row->state == RevisionState::in_progress && step.row->direction == Direction::upgrade) refuse_half_way(step);
  if (step.row->state == RevisionState::adopted || step.row->state == RevisionState::skipped) {
    // What it describes was there before, or was never made: only the row goes.
    PreparedRevision revision{
        .id = step.id, .direction = Direction::downgrade, .migration = step.migration, .row = step.row};
    revision.units.push_back({.kind = Unit::Kind::transaction});
    return revision;
  }
  if (step.row->down_steps.empty()) {
    const std::string reason = step.migration != nullptr ? step.migration->irreversible : "";
    throw Error({.code = ErrorCode::refused,
                 .message = fmt::format("revision {} is irreversible", step.id.text()),
                 .detail = reason.empty() ? "It was applied without a downgrade." : fmt::format("It says: {}.", reason),
                 .hint = "Restore a backup, or write a new revision that undoes what can be undone."});
  }
  auto stored = read_stored_steps(step.row->down_steps, step.id);
  PreparedRevision revision{.id = step.id,
                            .direction = Direction::downgrade,
                            .migration = step.migration,
                            .row = step.row,
                            .lock_timeout = stored.lock_timeout,
                            .statement_timeout = stored.statement_timeout};
  const auto mode = stored.transaction;
  revision.losses = std::move(stored.losses);
  revision.steps = std::make_shared<const std::vector<Step>>(std::move(stored.steps));
  build_units(revision, mode);
  return revision;
}

PreparedRevision prepare_undo(const PlanStep& step) {
  PlanStep settled = step;
  settled.row->state = RevisionState::applied;
  auto revision = prepare_downgrade(settled);
  revision.row = step.row;
  revision.losses = {};  // what it wrote so far is its own
  return revision;
}

}  // namespace dbmigrate
