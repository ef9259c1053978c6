// `dbmigrate catalog`: write what each revision leaves in the catalog, or check that the files still say it.
// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <memory>
#include <optional>
#include <system_error>
#include <utility>

#include "catalog/catalog_status.hpp"
#include "cli/command.hpp"
#include "cli/context.hpp"
#include "core/file.hpp"
#include "core/json.hpp"
#include "embedded/server_binaries.hpp"
#include "rehearsal/catalog_replay.hpp"

namespace dbmigrate {
namespace {

struct Options {
  bool check = false;
};

/// Every revision of the selected branches, in the order in which they run.
std::vector<RevisionIndex> selected_revisions(Context& context) {
  std::vector<RevisionIndex> selected;
  for (const auto& branch : context.branches()) {
    const auto& revisions = context.graph().revisions(branch);
    selected.insert(selected.end(), revisions.begin(), revisions.end());
  }
  return selected;
}

std::map<RevisionId, CatalogFile> replayed(Context& context, const ServerBinaries& binaries) {
  RehearsalServer server(binaries, context.clock());
  auto files = replay_catalogs(server, context.graph(), selected_revisions(context), [&](const RevisionId& id) {
    context.console().progress(fmt::format("replaying {} …", id.text()));
  });
  context.console().progress("");
  std::map<RevisionId, CatalogFile> by_id;
  for (auto& file : files) {
    auto id = file.id;
    by_id.emplace(std::move(id), std::move(file));
  }
  return by_id;
}

std::string command_to_run(const Context& context, const std::vector<CatalogStatus>& states) {
  std::vector<std::string> branches;
  for (const auto& one : states) {
    if (one.state == CatalogState::fresh) continue;
    if (std::find(branches.begin(), branches.end(), one.branch) == branches.end()) branches.push_back(one.branch);
  }
  std::string command = "dbmigrate catalog";
  for (const auto& branch : branches) command += " --branch " + branch;
  const auto& directory = context.flags().dir;
  return directory ? command + " --dir " + *directory : command;
}

void tell(Report& report, const CatalogStatus& status, std::string_view word, Tone tone) {
  report.line(fmt::format("{} {}", report.paint()(tone, word), path_for_people(status.path)));
  for (const auto& line : status.differences) report.line("  " + line);
  report.result()["files"].push_back({{"branch", status.branch},
                                      {"revision", status.revision},
                                      {"file", path_for_people(status.path)},
                                      {"state", word},
                                      {"differences", status.differences}});
}

/// Binaries are a help here, not a need.
std::optional<ServerBinaries> binaries_if_there(Context& context) {
  try {
    return find_server_binaries(*context.settings().server_bin);
  } catch (const Error& error) {
    if (error.code() != ErrorCode::server_missing) throw;
    context.report().note(fmt::format("not replayed, digests only: {}", error.info().message));
    return std::nullopt;
  }
}

ExitCode check(Context& context) {
  auto states = catalog_states(context.graph(), context.branches());
  const bool all_fresh = std::all_of(states.begin(), states.end(),
                                     [](const CatalogStatus& one) { return one.state == CatalogState::fresh; });
  if (all_fresh) {
    if (const auto binaries = binaries_if_there(context)) compare_with_replay(states, replayed(context, *binaries));
  }
  std::size_t bad = 0;
  for (const auto& one : states) {
    const bool fresh = one.state == CatalogState::fresh;
    if (!fresh) ++bad;
    tell(context.report(), one, name_of(one.state), fresh ? Tone::good : Tone::bad);
  }
  if (bad == 0) return ExitCode::done;
  throw Error({.code = ErrorCode::expectation_failed,
               .message = bad == 1 ? "a catalog file is not what its revision does"
                                   : fmt::format("{} catalog files are not what their revisions do", bad),
               .detail = fmt::format("{} of {} were looked at and are not fresh.", bad, states.size()),
               .hint = fmt::format("Write them anew and review the change: {}", command_to_run(context, states))});
}

void remove_stray(const std::filesystem::path& path) {
  std::error_code error;
  if (std::filesystem::remove(path, error) || !error) return;
  throw Error({.code = ErrorCode::file_unreadable,
               .message = fmt::format("cannot remove {}", path_for_people(path)),
               .detail = fmt::format("The system says: {}.", error.message()),
               .hint = "It describes a revision that is gone; remove it by hand."});
}

ExitCode write(Context& context) {
  const auto binaries = find_server_binaries(*context.settings().server_bin);
  const auto files = replayed(context, binaries);
  auto states = catalog_states(context.graph(), context.branches());
  compare_with_replay(states, files);
  for (auto& one : states) {
    // What changes in a file is for `git diff` to show.
    one.differences.clear();
    switch (one.state) {
      case CatalogState::stray:
        remove_stray(one.path);
        tell(context.report(), one, "removed", Tone::warning);
        break;
      case CatalogState::fresh:
        tell(context.report(), one, "unchanged", Tone::faint);
        break;
      default:
        write_file(one.path, catalog_file_text(files.at({one.branch, one.revision})), Overwrite::yes);
        tell(context.report(), one, "wrote", Tone::good);
    }
  }
  return ExitCode::done;
}

ExitCode run(const Options& options, Context& context) {
  context.report().result()["files"] = Json::array();
  return options.check ? check(context) : write(context);
}

}  // namespace

Command catalog_command() {
  return {.name = "catalog",
          .purpose = "Write, or check, what each revision leaves in the catalog",
          .section = Section::proof,
          .reach = Reach::rehearsal,
          .declare = [](FlagSet& flags) -> Runner {
            auto options = std::make_shared<Options>();
            flags.add_flag("--check", options->check, "Write nothing; exit 8 when a file is missing, stale or wrong");
            return [options](Context& context) { return run(*options, context); };
          },
          .description =
              "Runs every revision of the selected branches on a throwaway PostgreSQL and writes "
              "BRANCH/catalog/REVISION.yaml: the objects that the revision adds, changes and drops. The files are "
              "reviewed and committed with the migrations; adopting, drift and validate-only go by them.\n\n"
              "Each file carries a digest of its revision and of all that the revision builds on. --check compares "
              "the digests, and replays as well where PostgreSQL's server binaries are installed.",
          .examples = {{"catalog", "Writes the files of every selected branch."},
                       {"catalog --check --branch life_graph", "Fails with 8 when one of them is stale."}},
          .exits = {ExitCode::migration_failed, ExitCode::cannot_connect, ExitCode::findings}};
}

}  // namespace dbmigrate
