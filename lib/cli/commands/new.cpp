// `dbmigrate new`: the files of the next revision.
// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <memory>

#include "cli/command.hpp"
#include "cli/context.hpp"
#include "cli/new_files.hpp"
#include "core/error.hpp"

namespace dbmigrate {
namespace {

struct Options {
  std::string message;
  std::string id;
  bool sql = false;
  bool yaml = false;
};

RevisionForm form_of(const Options& options, const Place& place) {
  if (options.sql && options.yaml) {
    throw Error({.code = ErrorCode::usage,
                 .message = "--sql and --yaml contradict each other",
                 .hint = "Give one of them, or none for the form of the revision before."});
  }
  if (options.sql) return RevisionForm::sql;
  return options.yaml ? RevisionForm::yaml : place.usual_form;
}

ExitCode run(const Options& options, Context& context) {
  const Place place = place_for_new(context);
  const NewRevision revision{.name = name_for_new(context, place, options.message, options.id),
                             .description = description_of(options.message),
                             .parents = parents_for_new(place)};
  write_new_files(context, place, revision, skeleton_of(revision, form_of(options, place)));
  return ExitCode::done;
}

}  // namespace

Command new_command() {
  return {
      .name = "new",
      .purpose = "Write the next revision's files",
      .section = Section::project,
      .reach = Reach::files,
      .declare = [](FlagSet& flags) -> Runner {
        auto options = std::make_shared<Options>();
        flags.add_option("message", options->message, "What the revision does; its name is made of it").required();
        flags.add_flag("--sql", options->sql, "Write a pair of SQL files");
        flags.add_flag("--yaml", options->yaml, "Write a YAML descriptor");
        flags.add_option("--id", options->id, "The whole id, instead of one made of number and message").value("ID");
        return [options](Context& context) { return run(*options, context); };
      },
      .description =
          "The id goes on in the branch's own style: a counter with as many digits, or a timestamp in "
          "UTC. The parent is the branch's head. Without --sql or --yaml the form is that of the "
          "revision before it.\n\nWhere there are several branches, --branch says which; a name that is "
          "not there yet begins a new branch.",
      .examples = {{"new \"add email to users\"", "Writes 004_add_email_to_users.up.sql and its down file."},
                   {"new \"count visits\" --branch persons --yaml", "Writes a descriptor into migrations/persons/."}}};
}

}  // namespace dbmigrate
