// Names on the command line become migrations, and those become pieces of SQL.
// SPDX-License-Identifier: Apache-2.0
#include "cli/lint_sources.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <system_error>
#include <utility>

#include "cli/git_changes.hpp"
#include "cli/run_command.hpp"
#include "core/file.hpp"
#include "core/source_text.hpp"
#include "core/words.hpp"
#include "descriptor/header.hpp"
#include "descriptor/sql_file.hpp"
#include "planner/plan.hpp"

namespace dbmigrate {
namespace fs = std::filesystem;
namespace {

fs::path canonical_path(const fs::path& path) {
  std::error_code unknown;
  auto found = fs::weakly_canonical(path, unknown);
  return unknown ? path : found;
}

bool is_sql(const fs::path& path) { return path.extension() == ".sql"; }

/// All files of SQL below a folder but those that take back, in natural order.
std::vector<fs::path> sql_below(const fs::path& folder) {
  std::vector<fs::path> files;
  std::error_code error;
  for (fs::recursive_directory_iterator at(folder, error), end; !error && at != end; at.increment(error)) {
    const auto name = at->path().filename().string();
    if (at->is_regular_file(error) && is_sql(at->path()) && !name.ends_with(".down.sql")) files.push_back(at->path());
  }
  if (error) {
    throw Error({.code = ErrorCode::file_unreadable,
                 .message = fmt::format("cannot read the folder {}", path_for_people(folder)),
                 .detail = fmt::format("The system says: {}.", error.message()),
                 .hint = "Look at its permissions."});
  }
  std::sort(files.begin(), files.end(), [](const fs::path& left, const fs::path& right) {
    return natural_order(left.string(), right.string()) < 0;
  });
  return files;
}

/// The graph where there is one, with the files of each revision.
class Migrations {
 public:
  explicit Migrations(Context& context) : context_(context) {
    std::error_code unknown;
    there_ = fs::is_directory(*context.settings().directory, unknown);
    if (there_) directory_ = canonical_path(*context.settings().directory);
  }

  [[nodiscard]] bool has(const fs::path& path) const {
    const auto text = canonical_path(path).string();
    return there_ && (text == directory_.string() || text.starts_with(directory_.string() + "/"));
  }

  /// The revision that a file is part of.
  std::optional<RevisionIndex> revision_of(const fs::path& file) {
    const auto wanted = canonical_path(file);
    const auto& graph = context_.graph();
    for (RevisionIndex index = 0; index < graph.size(); ++index) {
      for (const auto& name : graph.migration(index).files) {
        if (canonical_path(context_.world().working_directory / name) == wanted) return index;
      }
    }
    return std::nullopt;
  }

  void add_below(const fs::path& folder, LintSelection& selection) {
    const auto prefix = canonical_path(folder).string();
    const auto& graph = context_.graph();
    for (RevisionIndex index = 0; index < graph.size(); ++index) {
      const auto file = canonical_path(context_.world().working_directory / graph.migration(index).file).string();
      if (file.starts_with(prefix + "/")) selection.revisions.insert(index);
    }
  }

 private:
  Context& context_;
  bool there_ = false;
  fs::path directory_;
};

void add_path(const fs::path& path, Migrations& migrations, LintSelection& selection) {
  std::error_code unknown;
  if (fs::is_directory(path, unknown)) {
    if (migrations.has(path)) return migrations.add_below(path, selection);
    const auto files = sql_below(path);
    selection.files.insert(selection.files.end(), files.begin(), files.end());
    return;
  }
  if (migrations.has(path) && !path.filename().string().ends_with(".down.sql")) {
    if (const auto revision = migrations.revision_of(path)) {
      selection.revisions.insert(*revision);
      selection.only_files.insert(path_for_people(path));
      return;
    }
  }
  selection.files.push_back(path);
}

void add_plan(const Plan& plan, const RevisionGraph& graph, LintSelection& selection) {
  for (const auto& step : plan.steps) {
    if (const auto index = graph.find(step.id)) selection.revisions.insert(*index);
  }
}

void add_range(Context& context, const std::string& text, LintSelection& selection) {
  const auto colon = text.find(':');
  if (colon == std::string::npos) {
    selection.revisions.insert(resolve_revision(context.graph(), {}, text, context.branches()));
    return;
  }
  const PlanScope scope{.branches = context.branches(), .through_holds = true};
  const auto rows = rows_up_to(context, text.substr(0, colon));
  add_plan(plan_upgrade(context.graph(), rows, text.substr(colon + 1), scope), context.graph(), selection);
}

void add_all(Context& context, LintSelection& selection) {
  for (const auto& branch : context.branches()) {
    const auto& revisions = context.graph().revisions(branch);
    selection.revisions.insert(revisions.begin(), revisions.end());
  }
}

void add_since(Context& context, const std::string& reference, LintSelection& selection) {
  const auto& directory = *context.settings().directory;
  const auto& graph = context.graph();
  const auto added = files_added_since(directory, reference);
  const std::set<fs::path> files(added.begin(), added.end());
  for (RevisionIndex index = 0; index < graph.size(); ++index) {
    const auto& migration = graph.migration(index);
    if (files.contains(canonical_path(context.world().working_directory / migration.file)))
      selection.revisions.insert(index);
  }
}

[[noreturn]] void no_such_target(const std::string& target) {
  throw Error({.code = ErrorCode::usage,
               .message = fmt::format("there is no file {}", target),
               .hint = "Name a file, a folder, a revision, or FROM:TO."});
}

}  // namespace

LintSelection select_for_lint(Context& context, const LintRequest& request) {
  LintSelection selection;
  Migrations migrations(context);
  if (!request.since.empty()) add_since(context, request.since, selection);
  for (const auto& target : request.targets) {
    const auto path = context.world().working_directory / target;
    std::error_code unknown;
    if (fs::exists(path, unknown)) {
      add_path(path, migrations, selection);
    } else if (is_sql(target) || target.find('/') != std::string::npos) {
      no_such_target(target);
    } else {
      add_range(context, target, selection);
    }
  }
  // Findings are asked for by file only where nothing but files was named.
  if (selection.only_files.size() != selection.revisions.size()) selection.only_files.clear();
  if (!request.since.empty() || !request.targets.empty()) return selection;
  add_all(context, selection);
  selection.run = LintRun::alone;
  return selection;
}

const std::vector<LintLevel>& levels_of_branch(const RevisionGraph& graph, const std::string& branch) {
  for (const auto& one : graph.branches()) {
    if (one.name == branch) return one.lint_levels;
  }
  throw Error({.code = ErrorCode::internal, .message = fmt::format("the branch {} is gone", branch)});
}

LintScript script_of_file(const fs::path& file, Milliseconds lock_timeout) {
  const auto shown = path_for_people(file);
  SqlText sql{.text = source_text(read_file(file), shown, ErrorCode::invalid_descriptor), .file = shown};
  auto sections = read_sections(sql);
  const auto part = sections ? std::move(sections->up) : read_part(std::move(sql));
  auto mode = TransactionMode::revision;
  const auto& settings = part.settings.root;
  for (std::size_t i = 0; i < settings.keys.size(); ++i) {
    if (settings.keys[i].text == "transaction") {
      mode = read_transaction(yaml::Value(part.settings, settings.items[i], "transaction"));
    }
  }
  LintScript script;
  script.texts.push_back({.sql = part.sql, .transaction = mode, .lock_timeout = lock_timeout});
  return script;
}

}  // namespace dbmigrate
