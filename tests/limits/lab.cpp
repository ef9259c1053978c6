// Files, databases, processes.
// SPDX-License-Identifier: Apache-2.0
#include "limits/lab.hpp"

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <stdexcept>
#include <utility>

#include "core/file.hpp"
#include "postgres/session.hpp"

namespace dbmigrate::limits {
namespace fs = std::filesystem;
namespace {

std::unique_ptr<Session> session_at(const std::string& url) {
  return connect({.conninfo = url, .application_name = "limits"});
}

std::string text_at(const Json& json, const char* field) {
  const auto found = json.find(field);
  return found != json.end() && found->is_string() ? found->get<std::string>() : "";
}

/// The program where the plain user can run it: a build may stand in a folder that only its owner enters.
std::string program_for_plain_user() {
  const fs::path built = DBMIGRATE_PROGRAM;
  if (can_execute(plain_user(), built)) return built.string();
  static const TemporaryFolder folder;
  const auto copy = folder.path() / "dbmigrate";
  if (!fs::exists(copy)) fs::copy_file(built, copy);
  return copy.string();
}

}  // namespace

std::string Outcome::error(const char* field) const {
  const auto found = document.find("error");
  return found != document.end() && found->is_object() ? text_at(*found, field) : "";
}

bool Outcome::says(std::string_view part) const {
  const auto in = [&](const std::string& text) { return text.find(part) != std::string::npos; };
  return in(err) || in(error("message")) || in(error("detail")) || in(error("hint"));
}

std::string Outcome::revisions() const {
  std::string text;
  if (!document.contains("result") || !document["result"].contains("revisions")) return text;
  for (const auto& one : document["result"]["revisions"]) {
    text += fmt::format("{}{}@{} {}", text.empty() ? "" : ", ", text_at(one, "branch"), text_at(one, "revision"),
                        text_at(one, "state"));
  }
  return text;
}

Lab::Lab(std::string database_url) : url(std::move(database_url)) {
  write(".git/HEAD", "");
  fs::create_directories(path("migrations"));
}

void Lab::migration(const std::string& id, std::string_view up, std::string_view down) const {
  write("migrations/" + id + ".up.sql", up);
  write("migrations/" + id + ".down.sql", down);
}

void Lab::give_away() const {
  if (geteuid() != 0) return;
  const auto give = [](const fs::path& entry) {
    if (lchown(entry.c_str(), plain_user().uid, plain_user().gid) != 0)
      throw std::runtime_error("chown " + entry.string());
  };
  give(path());
  for (const auto& entry : fs::recursive_directory_iterator(path())) give(entry.path());
}

std::vector<std::string> Lab::command(const std::vector<std::string>& words) const {
  std::vector<std::string> all{"sh", "-c", "cd \"$1\" && shift && exec \"$@\" 2>\"$0\"", path(".stderr").string(),
                               path().string()};
  if (as == As::unprivileged && geteuid() == 0) {
    const auto& user = plain_user();
    all.insert(all.end(),
               {"setpriv", fmt::format("--reuid={}", user.uid), fmt::format("--regid={}", user.gid), "--clear-groups"});
  }
  all.push_back(as == As::unprivileged ? program_for_plain_user() : DBMIGRATE_PROGRAM);
  all.insert(all.end(), words.begin(), words.end());
  all.insert(all.end(), {"--format", "json", "--color", "never"});
  if (!url.empty()) all.insert(all.end(), {"--url", url});
  return all;
}

std::unique_ptr<faults::Child> Lab::start(const std::vector<std::string>& words) const {
  write(".stderr", "");  // there for whoever looks before the program is
  return std::make_unique<faults::Child>(command(words), variables);
}

Outcome Lab::finish(faults::Child& child) const {
  Outcome outcome;
  outcome.exit = child.wait();
  outcome.out = child.output();
  outcome.err = read_file(path(".stderr"));
  outcome.document = Json::parse(outcome.out, nullptr, false);
  if (outcome.document.is_discarded()) {
    throw std::runtime_error(fmt::format("no JSON (exit {}): {}{}", outcome.exit, outcome.out, outcome.err));
  }
  return outcome;
}

Outcome Lab::run(const std::vector<std::string>& words) const { return finish(*start(words)); }

faults::Server& shared_server() {
  static faults::Server server;
  return server;
}

std::string new_database(const faults::Server& server, std::string_view user) {
  static std::atomic<int> count = 0;
  const auto name = fmt::format("limits{}", ++count);
  sql(server.url("postgres"), fmt::format("CREATE DATABASE {} TEMPLATE template0", name));
  sql(server.url(name),
      "CREATE SCHEMA effects; CREATE TABLE effects.effects (what text); GRANT USAGE ON SCHEMA effects TO public;"
      "GRANT INSERT, SELECT ON effects.effects TO public");
  return server.url(name, user);
}

void sql(const std::string& url, std::string_view statements) { session_at(url)->run(statements); }

std::string ask(const std::string& url, std::string_view query) {
  const auto results = session_at(url)->run(query);
  std::string text;
  for (std::size_t row = 0; row < results.back().rows.size(); ++row) {
    if (row > 0) text += '\n';
    for (std::size_t column = 0; column < results.back().columns.size(); ++column) {
      text += (column > 0 ? "|" : "") + results.back().text(row, column);
    }
  }
  return text;
}

faults::Picture picture(const std::string& url) { return faults::picture_of(*session_at(url), {}); }

std::string difference_from(const faults::Picture& expected, const std::string& url) {
  return faults::difference(expected, picture(url));
}

std::string effect(std::string_view what) { return fmt::format("INSERT INTO effects.effects VALUES ('{}');\n", what); }

const ServerUser& plain_user() {
  static const ServerUser user = server_user();
  return user;
}

}  // namespace dbmigrate::limits
