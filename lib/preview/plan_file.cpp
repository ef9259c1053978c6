// Digests of files and catalog, as JSON.
// SPDX-License-Identifier: Apache-2.0
#include "preview/plan_file.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "catalog/snapshot.hpp"
#include "core/file.hpp"
#include "core/json.hpp"

namespace dbmigrate {
namespace fs = std::filesystem;
namespace {

constexpr int kForm = 1;

std::string digest_of_files(const fs::path& directory) {
  std::vector<fs::path> files;
  for (const auto& entry : fs::recursive_directory_iterator(directory)) {
    if (entry.is_regular_file()) files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  std::string text;
  for (const auto& file : files) {
    text += fmt::format("{} {}\n", fs::relative(file, directory).generic_string(), Checksum::of(read_file(file)).hex());
  }
  return Checksum::of(text).hex();
}

std::string digest_of_schema(Session& session, std::string_view version_schema) {
  std::string text;
  for (const auto& [key, properties] : read_snapshot(session, version_schema).objects) {
    text += key.text() + "\n";
    for (const auto& [name, value] : properties) text += fmt::format("  {} {}\n", name, value);
  }
  return Checksum::of(text).hex();
}

std::string database_of(Session& session) {
  const auto rows = session.run(
      "BEGIN ISOLATION LEVEL READ COMMITTED READ ONLY;"
      "SELECT pg_catalog.current_database(),"
      " CASE WHEN pg_catalog.has_function_privilege('pg_catalog.pg_control_system()', 'EXECUTE')"
      " THEN (SELECT system_identifier::pg_catalog.text FROM pg_catalog.pg_control_system()) ELSE '' END;"
      "COMMIT");
  return fmt::format("{} {}", rows.at(1).text(0, 0), rows.at(1).text(0, 1));
}

}  // namespace

PlanFile plan_file_of(const Plan& plan, std::string target, bool through_holds, const LedgerState& state,
                      Session& session, std::string_view version_schema, const fs::path& directory) {
  PlanFile file{.target = std::move(target),
                .through_holds = through_holds,
                .database = database_of(session),
                .generation = state.generation,
                .schema = digest_of_schema(session, version_schema),
                .files = digest_of_files(directory),
                .revisions = {}};
  for (const auto& step : plan.steps) {
    file.revisions.push_back(fmt::format("{} {}", step.id.text(), step.migration->checksum.hex()));
  }
  return file;
}

void write_plan_file(const fs::path& path, const PlanFile& plan) {
  const Json json{{"dbmigrate_plan", kForm},   {"target", plan.target},         {"through_holds", plan.through_holds},
                  {"database", plan.database}, {"generation", plan.generation}, {"schema", plan.schema},
                  {"files", plan.files},       {"revisions", plan.revisions}};
  write_file(path, json.dump(2) + "\n", Overwrite::yes);
}

PlanFile read_plan_file(const fs::path& path) {
  const auto text = read_file(path);
  try {
    const auto json = Json::parse(text);
    if (json.at("dbmigrate_plan").get<int>() != kForm) throw Json::other_error::create(501, "another form", nullptr);
    return {.target = json.at("target").get<std::string>(),
            .through_holds = json.at("through_holds").get<bool>(),
            .database = json.at("database").get<std::string>(),
            .generation = json.at("generation").get<std::int64_t>(),
            .schema = json.at("schema").get<std::string>(),
            .files = json.at("files").get<std::string>(),
            .revisions = json.at("revisions").get<std::vector<std::string>>()};
  } catch (const Json::exception&) {
    throw Error({.code = ErrorCode::invalid_descriptor,
                 .message = fmt::format("{} is no plan that this version can read", path_for_people(path)),
                 .hint = "Write one with `dbmigrate dry-run --out FILE`.",
                 .at = Location{.file = path_for_people(path)}});
  }
}

void require_same_plan(const PlanFile& written, const PlanFile& now, const fs::path& path) {
  const auto refuse = [&](ErrorCode code, std::string message, std::string detail) {
    throw Error(
        {.code = code,
         .message = std::move(message),
         .detail = std::move(detail),
         .hint = fmt::format("Look again with `dbmigrate dry-run {} --out {}`.", written.target, path_for_people(path)),
         .at = Location{.file = path_for_people(path)}});
  };
  if (written.database != now.database) {
    refuse(ErrorCode::refused, "the plan was made for another database",
           fmt::format("It is for {}, this is {}.", written.database, now.database));
  }
  if (written.files != now.files || written.revisions != now.revisions) {
    refuse(ErrorCode::checksum_mismatch, "the migrations changed since the plan was made",
           written.revisions != now.revisions ? "Other revisions would run." : "A file below the directory differs.");
  }
  if (written.generation != now.generation) {
    refuse(ErrorCode::state_conflict, "the version table changed since the plan was made",
           fmt::format("Its generation was {}, it is {} now.", written.generation, now.generation));
  }
  if (written.schema != now.schema) {
    refuse(ErrorCode::state_conflict, "the schema of the database changed since the plan was made",
           "A digest of its catalog differs from the one in the plan.");
  }
}

}  // namespace dbmigrate
