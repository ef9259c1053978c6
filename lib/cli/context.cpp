// What a command works with.
// SPDX-License-Identifier: Apache-2.0
#include "cli/context.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <system_error>

#include "core/error.hpp"
#include "core/file.hpp"
#include "core/words.hpp"

namespace dbmigrate {
namespace {

std::vector<std::string> names_of(const std::vector<BranchInfo>& branches) {
  std::vector<std::string> names;
  for (const auto& branch : branches) names.push_back(branch.name);
  return names;
}

[[noreturn]] void unknown_branch(const std::string& branch, const std::string& from,
                                 const std::vector<std::string>& known) {
  const std::string meant = did_you_mean(branch, known);
  throw Error({.code = from == "--branch" ? ErrorCode::usage : ErrorCode::invalid_config,
               .message = fmt::format("unknown branch \"{}\"", branch),
               .detail = fmt::format("{} names it; the migrations directory has {}.", from,
                                     known.empty() ? "no branch" : listed(known)),
               .hint = meant.empty() ? "\"dbmigrate branches\" lists them." : meant});
}

}  // namespace

std::unique_ptr<MigrationSource> migrations_on_disk(const std::filesystem::path& directory) {
  std::error_code unknown;
  if (!std::filesystem::is_directory(directory, unknown)) {
    throw Error({.code = ErrorCode::invalid_config,
                 .message = fmt::format("there is no migrations directory {}", path_for_people(directory)),
                 .hint = "\"dbmigrate init\" makes one; --dir or dir in dbmigrate.yaml names one elsewhere."});
  }
  return std::make_unique<ContractedDirectory>(directory);
}

const Settings& Context::settings() {
  if (!settings_) settings_ = load_settings(flags_, world_.environment, world_.working_directory);
  return *settings_;
}

const OutputSettings& Context::output() {
  if (!output_) output_ = load_output_settings(flags_, world_.environment);
  return *output_;
}

const RevisionGraph& Context::graph() {
  if (!graph_) {
    graph_.emplace(world_.migrations(*settings().directory)->load());
    contracts_.emplace(*graph_);
  }
  return *graph_;
}

const Contracts& Context::contracts() {
  graph();
  return *contracts_;
}

const std::vector<std::string>& Context::branches() {
  if (branches_) return *branches_;
  const auto known = names_of(graph().branches());
  const auto& chosen = settings().branches;
  for (const auto& branch : *chosen) {
    if (std::find(known.begin(), known.end(), branch) == known.end()) unknown_branch(branch, chosen.from, known);
  }
  if (chosen->empty()) return branches_.emplace(known);
  // The graph's order, whatever order they were named in.
  branches_.emplace();
  for (const auto& branch : known) {
    if (std::find(chosen->begin(), chosen->end(), branch) != chosen->end()) branches_->push_back(branch);
  }
  return *branches_;
}

void Context::confirm(std::string_view question, std::string_view refusal) {
  if (*settings().yes) return;
  const Answer answer = world_.console.confirm(question);
  if (answer == Answer::yes) return;
  throw Error({.code = ErrorCode::refused,
               .message = std::string(refusal),
               .detail = answer == Answer::no ? "The answer was no." : "There is no terminal to ask on.",
               .hint = "Give --yes to go on without a question."});
}

}  // namespace dbmigrate
