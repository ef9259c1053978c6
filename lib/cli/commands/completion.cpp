// `dbmigrate completion`: a script that makes a shell complete commands, flags, branches and revisions.
// SPDX-License-Identifier: Apache-2.0
#include "cli/completion.hpp"

#include <memory>

#include "cli/command.hpp"
#include "cli/context.hpp"
#include "core/json.hpp"

namespace dbmigrate {
namespace {

struct Options {
  std::string shell;
};

ExitCode run(const Options& options, Context& context) {
  const auto script = completion_script(options.shell);
  context.report().result()["script"] = std::string(script);
  context.report().script(script);
  return ExitCode::done;
}

}  // namespace

Command completion_command() {
  return {.name = "completion",
          .purpose = "Print a shell's completion script",
          .section = Section::program,
          .reach = Reach::program,
          .declare = [](FlagSet& flags) -> Runner {
            auto options = std::make_shared<Options>();
            flags.add_option("shell", options->shell, "The shell that will load it")
                .required()
                .one_of({"bash", "zsh", "fish"});
            return [options](Context& context) { return run(*options, context); };
          },
          .description =
              "The script asks dbmigrate itself, so it knows the flags of the installed version and the "
              "branches and revisions of the migrations directory.",
          .examples = {{"completion bash > ~/.local/share/bash-completion/completions/dbmigrate",
                        "Completes in every new bash."},
                       {"completion fish > ~/.config/fish/completions/dbmigrate.fish", "The same for fish."}}};
}

}  // namespace dbmigrate
