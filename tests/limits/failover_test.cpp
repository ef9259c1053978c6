// The primary lost at every COMMIT of an upgrade, its asynchronous standby promoted.
// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <filesystem>
#include <functional>

#include "faults/proxy.hpp"
#include "limits/lab.hpp"
#include "limits/pair.hpp"
#include "support/catch.hpp"

using namespace dbmigrate;
using namespace dbmigrate::limits;

namespace {

enum class Moment {
  before_commit,       ///< the server never gets it
  after_replicated,    ///< committed on both, the answer is lost
  after_unreplicated,  ///< committed, the answer is lost, and with the primary what it was about
};

/// One revision with a row and a concurrent index between plain ones.
void write_revisions(const Lab& lab) {
  lab.migration("001_step", "CREATE TABLE t1 (id int);\n" + effect("001"), "DROP TABLE t1;\n");
  lab.migration("002_step",
                "-- dbmigrate: transaction=none\n" + effect("002") + "CREATE INDEX CONCURRENTLY ix ON t1 (id);\n",
                "-- dbmigrate: transaction=none\nDROP INDEX CONCURRENTLY ix;\n");
  lab.migration("003_step", "CREATE TABLE t3 (id int);\n" + effect("003"), "DROP TABLE t3;\n");
}

struct Commit {
  long sent = 0;  ///< which message of the worker's connection
  long answered = 0;
};

/// A pair with a proxy before the primary.
class Stage {
 public:
  Stage() : folder_(pair.primary().folder() / "proxy") {
    std::filesystem::create_directory(folder_);
    proxy_ = std::make_unique<faults::Proxy>(faults::Endpoint{.host = folder_.string()},
                                             faults::Endpoint{.host = pair.primary().folder().string()});
  }

  [[nodiscard]] std::string through_proxy() const {
    return faults::url_at(folder_.string(), "5432", "limits", "postgres");
  }
  /// Both hosts, as a run that is to survive a failover names them.
  [[nodiscard]] std::string either(std::string_view more) {
    return fmt::format("postgresql://postgres@/limits?host={},{}&port=5432,5432{}", folder_.string(),
                       pair.standby().folder().string(), more);
  }

  /// Runs `words` with `watch` told of every message of the worker's connection, which is cut before message `at`.
  Outcome run(const Lab& lab, const std::vector<std::string>& words, long at,
              std::function<void(long, const faults::Message&)> watch) {
    proxy_->on_message(std::move(watch));
    proxy_->arm({.kind = at > 0 ? faults::Fault::Kind::cut : faults::Fault::Kind::none, .at = at, .hook = {}},
                [](const std::string& application) {
                  return application.starts_with("dbmigrate ") && !application.ends_with(" lock");
                });
    const auto child = lab.start(words);
    while (!child->over()) proxy_->step(std::chrono::milliseconds(100), child->end_descriptor());
    return lab.finish(*child);
  }

  /// The same, with the primary lost around `commit`.
  Outcome lose_primary(const Lab& lab, const std::vector<std::string>& words, const Commit& commit, Moment moment) {
    const auto at = moment == Moment::before_commit ? commit.sent : commit.answered;
    bool lost = false;
    auto outcome = run(lab, words, at, [&](long number, const faults::Message& message) {
      if (lost) return;
      if (number == commit.sent && moment == Moment::after_unreplicated) pair.hold_back();
      if (number != at) return;
      CHECK(message.text() == (moment == Moment::before_commit ? "F Query COMMIT" : "B CommandComplete COMMIT"));
      if (moment == Moment::after_replicated) pair.catch_up();
      pair.fail_over();
      lost = true;
    });
    CHECK(lost);
    return outcome;
  }

  Pair pair;

 private:
  std::filesystem::path folder_;
  std::unique_ptr<faults::Proxy> proxy_;
};

struct Clean {
  faults::Picture picture;
  std::string revisions;
  std::vector<Commit> commits;
};

Clean clean_run() {
  Stage stage;
  Lab lab(stage.through_proxy());
  write_revisions(lab);
  Clean clean;
  const auto run = stage.run(lab, {"upgrade"}, 0, [&](long number, const faults::Message& message) {
    if (message.text() == "F Query COMMIT") clean.commits.push_back({.sent = number});
    if (message.text() == "B CommandComplete COMMIT") clean.commits.back().answered = number;
  });
  if (run.exit != 0) throw std::runtime_error(run.out + run.err);
  clean.picture = picture(stage.pair.primary().url("limits"));
  clean.revisions = run.revisions();
  // The version table; two plain revisions; claim, row, index and end of the one between.
  REQUIRE(clean.commits.size() == 7);
  return clean;
}

void lose_the_primary_at_every_commit(Moment moment) {
  const auto clean = clean_run();
  for (const auto& commit : clean.commits) {
    Stage stage;
    Lab lab(stage.through_proxy());
    write_revisions(lab);
    const auto struck = stage.lose_primary(lab, {"upgrade", "--reconnect-for", "0"}, commit, moment);
    INFO("message " << commit.sent << "\n" << struck.out << struck.err);
    CHECK(struck.exit == 4);
    CHECK(struck.error("code") == "cannot_connect");

    lab.url = stage.pair.standby().url("limits");
    const auto again = lab.run({"upgrade"});
    INFO(again.out << again.err);
    CHECK(again.exit == 0);
    CHECK(difference_from(clean.picture, lab.url) == "");
  }
}

void heal_at_every_commit(Moment moment, std::string_view more) {
  const auto clean = clean_run();
  for (const auto& commit : clean.commits) {
    Stage stage;
    Lab lab(stage.either(more));
    write_revisions(lab);
    const auto run = stage.lose_primary(lab, {"upgrade"}, commit, moment);
    INFO("message " << commit.sent << "\n" << run.out << run.err);
    CHECK(run.exit == 0);
    CHECK(run.revisions() == clean.revisions);
    CHECK(run.says("a standby has taken over"));
    CHECK(difference_from(clean.picture, stage.pair.standby().url("limits")) == "");
  }
}

constexpr std::string_view kPrimaryOnly = "&target_session_attrs=read-write";

}  // namespace

TEST_CASE("whichever COMMIT the primary is lost before, the next run goes on at the new one", "[failover]") {
  lose_the_primary_at_every_commit(Moment::before_commit);
}

TEST_CASE("whichever COMMIT the primary is lost behind, the next run goes on at the new one", "[failover]") {
  lose_the_primary_at_every_commit(Moment::after_replicated);
}

TEST_CASE("whichever COMMIT is lost with the primary, the next run goes on at the new one", "[failover]") {
  lose_the_primary_at_every_commit(Moment::after_unreplicated);
}

TEST_CASE("whichever COMMIT the primary is lost behind, a run that knows both hosts heals", "[failover]") {
  heal_at_every_commit(Moment::after_replicated, kPrimaryOnly);
}

TEST_CASE("whichever COMMIT is lost with the primary, a run that knows both hosts heals", "[failover]") {
  heal_at_every_commit(Moment::after_unreplicated, kPrimaryOnly);
}
