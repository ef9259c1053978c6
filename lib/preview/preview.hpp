// What a plan would do to one database: from a rehearsal on a clone, and from reading the database.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "catalog/difference.hpp"
#include "contract/contracts.hpp"
#include "planner/plan.hpp"
#include "preview/clone.hpp"
#include "preview/target_reader.hpp"
#include "trace/statement_trace.hpp"

namespace dbmigrate {

/// Something to look at before the plan runs. What finds it is its `rule`: the preview's own are in
/// docs/reference/dry-run.md, others come from who looks at SQL.
struct PreviewFinding {
  std::string rule;
  Severity severity = Severity::warning;
  Location at;
  std::string message;               ///< one fact, lower case, no full stop
  std::string hint;                  ///< what to do instead, in sentences; may be empty
  std::string relation = {};         ///< whose rows and size matter, as SQL writes it; empty = none
  std::string allowed_because = {};  ///< the reason that the file gives for letting it pass; empty = it does not

  bool operator==(const PreviewFinding&) const = default;
};

/// What became of a statement on the target itself, in a transaction that was rolled back.
struct OnTarget {
  bool ran = false;
  Milliseconds took{0};
  std::string why_not;  ///< a clause
};

struct StatementPreview {
  StatementTrace trace;
  std::vector<PreviewFinding> findings;
  std::optional<OnTarget> on_target = std::nullopt;  ///< where the plan was tried there as well
};

/// What a data migration would find.
struct BackfillOutlook {
  std::string name;
  std::string table;
  std::vector<std::string> key;
  bool known = false;
  std::string why;                                            ///< it is not known, a sentence
  std::int64_t found = 0;                                     ///< rows that are due
  std::vector<std::pair<std::string, std::int64_t>> skipped;  ///< reason and rows
  std::vector<std::vector<std::string>> keys;                 ///< of the first rows that would be migrated

  [[nodiscard]] std::int64_t skipped_total() const;
};

struct RevisionPreview {
  RevisionId id;
  Direction direction = Direction::upgrade;
  enum class Fate {
    runs,
    is_adopted,    ///< all of it is there: it is recorded, and nothing runs
    is_forgotten,  ///< a downgrade that removes the row alone
    resumes,       ///< its first steps are done already
  } fate = Fate::runs;
  std::vector<StatementPreview> statements;
  std::vector<BackfillOutlook> backfills;
};

struct Preview {
  std::vector<RevisionPreview> revisions;
  std::vector<PreviewFinding> findings;  ///< of the plan as a whole
  CloneOrigin clone = CloneOrigin::none;
  int clone_major = 0;
  std::vector<std::string> not_rehearsed;         ///< and why, each a clause
  std::map<std::string, TableSize> tables;        ///< those that the plan touches, as they are now
  std::vector<StandingBy> sessions;               ///< in the way now
  std::vector<std::string> checked_when_reached;  ///< what rests on earlier parts of the plan, each a clause
  std::vector<Difference> schema_changes;
  std::int64_t disk_needed = 0;  ///< bytes beside what is used now, an estimate

  /// All but those that are let pass, the worst first; among equals in the order of the plan.
  [[nodiscard]] std::vector<const PreviewFinding*> worst_first() const;
  /// Those that the files let pass.
  [[nodiscard]] std::vector<const PreviewFinding*> allowed() const;
  [[nodiscard]] std::optional<Severity> worst() const;
};

enum class Rehearsed {
  on_clone,
  on_target_too,  ///< in a transaction that is rolled back
};

/// How closely a plan is looked at.
enum class Depth {
  full,
  text,  ///< as it reads, with the sizes of its tables: for a run that is about to begin
};

/// What somebody who only reads the SQL has to say of a revision. Asked for each upgrade, in the order of the plan.
using FindingsFor = std::function<std::vector<PreviewFinding>(const Migration& migration)>;

struct PreviewRequest {
  const RunOptions& target;
  const RevisionGraph& graph;
  const Contracts& contracts;
  const std::vector<AppliedRevision>& rows;
  const Plan& plan;
  CloneMode clone = CloneMode::automatic;
  Rehearsed rehearsed = Rehearsed::on_clone;
  Depth depth = Depth::full;
  std::string server_bin;
  Clock& clock;
  FindingsFor findings_for;    ///< may be empty
  Milliseconds limit{60'000};  ///< for each question to the target
};

/// `session` is the target's, outside a transaction; nothing is changed there. Throws what prepare_upgrade() and
/// prepare_downgrade() throw, Error{server_missing} where a clone is required and cannot be had, and what
/// TargetRehearsal throws where that is asked for.
Preview make_preview(const PreviewRequest& request, Session& session);

}  // namespace dbmigrate
