// Each check finds what was planted for it, names it, and is silent without it.
// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <chrono>
#include <functional>
#include <set>
#include <string>
#include <vector>

#include "health/checks.hpp"
#include "support.hpp"
#include "support/catch.hpp"

namespace dbmigrate::tests {
namespace {

/// Something of everything that checks look at, and nothing wrong with it.
class Shop : public Project {
 public:
  Shop() {
    migration("001_shop", R"(
CREATE EXTENSION pg_trgm;
CREATE TABLE users (id serial PRIMARY KEY, email text NOT NULL DEFAULT 'x', changed_at timestamptz);
CREATE TABLE orders (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, user_id integer NOT NULL REFERENCES users,
  note text, CONSTRAINT note_is_short CHECK (length(note) < 100));
CREATE INDEX orders_user ON orders (user_id);
CREATE INDEX users_email ON users (lower(email));
CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN NEW.changed_at := now(); RETURN NEW; END';
CREATE FUNCTION vip() RETURNS integer LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS 'SELECT 1';
CREATE TRIGGER touch BEFORE UPDATE ON users FOR EACH ROW EXECUTE FUNCTION touch();
CREATE VIEW emails AS SELECT email FROM users;
INSERT INTO users (email) SELECT 'u' || i FROM generate_series(1, 2000) i;
INSERT INTO orders (user_id) SELECT i FROM generate_series(1, 2000) i;)",
              "DROP TABLE orders; DROP VIEW emails; DROP TABLE users; DROP FUNCTION touch; DROP FUNCTION vip;"
              " DROP EXTENSION pg_trgm;");
    write("002_checked.yaml",
          "up: {sql: \"ALTER TABLE users ADD CONSTRAINT email_unique UNIQUE (email)\"}\n"
          "down: {sql: ALTER TABLE users DROP CONSTRAINT email_unique}\n"
          "checks: [{name: everybody has an address, sql: \"SELECT FROM users WHERE email = ''\", expect: empty}]\n");
    write_catalogs(*this);
  }
};

const Shop& shop() {
  static const Shop one;
  return one;
}

struct Planted {
  std::string check;
  std::string status;
  std::string object;
  std::string sql;  ///< each line is a message of its own
  std::vector<Limit> limits{};
  std::string also{};    ///< another check that tells a part of the same defect
  std::string before{};  ///< what is there in the clean database as well
};

/// Defects of the database alone, made by SQL.
std::vector<Planted> planted() {
  return {
      {"extensions", "critical", "extension pg_trgm", "DROP EXTENSION pg_trgm"},
      {"tables", "critical", "view public.emails", "DROP VIEW emails"},
      {"indexes", "critical", "index public.users_email", "DROP INDEX users_email"},
      {"version",
       "warning",
       "branch main",
       "DELETE FROM dbmigrate.version WHERE revision = '002_checked'",
       {},
       "drift"},
      {"version_tables", "critical", "table dbmigrate.control", "DELETE FROM dbmigrate.control", {}, "*"},
      {"unknown_revision",
       "critical",
       "revision main@003_theirs",
       "INSERT INTO dbmigrate.version SELECT branch, '003_theirs', state, direction, ARRAY['002_checked'], depends_on,"
       " checksum, description, down_steps, 1, 1, '', created_extensions, now(), 'x', took, run_id, extensions"
       " FROM dbmigrate.version WHERE revision = '002_checked'",
       {},
       "*"},
      {"checksums",
       "critical",
       "revision main@002_checked",
       "UPDATE dbmigrate.version SET checksum = repeat('0', 64) WHERE revision = '002_checked'",
       {},
       "*"},
      {"journal",
       "critical",
       "revision main@002_checked",
       "UPDATE dbmigrate.version SET state = 'in_progress' WHERE revision = '002_checked'",
       {},
       "*"},
      {"gone_revision",
       "critical",
       "revision main@001_shop",
       "DELETE FROM dbmigrate.version WHERE revision = '002_checked'; DROP TABLE orders; DROP VIEW emails; DROP TABLE "
       "users",
       {},
       "*"},
      {"backfill_failures", "warning", "backfill main@001_shop/fill",
       "INSERT INTO dbmigrate.backfill VALUES ('main', '001_shop', 'upgrade', 'fill', 'done', gen_random_uuid(),"
       " 'public.users', '{id}', NULL, 1, 1, true, 1, 0, 0, '[]', 1, 1, NULL, NULL, now(), now(), now());"
       "INSERT INTO dbmigrate.backfill_failure VALUES ('main', '001_shop', 'upgrade', 'fill', '{7}', '23514', 'no', 1, "
       "now())"},
      {"backfill_paused", "warning", "backfill main@001_shop/fill",
       "INSERT INTO dbmigrate.backfill VALUES ('main', '001_shop', 'upgrade', 'fill', 'running', gen_random_uuid(),"
       " 'public.users', '{id}', NULL, 1, 1, true, 1, 0, 0, '[]', 1, 1, 'bob', now(), now(), now(), NULL)"},
      {"data_checks", "critical", "check main@002_checked: everybody has an address",
       "UPDATE users SET email = '' WHERE id = 7"},
      {"drift", "critical", "column public.users.email", "ALTER TABLE users ALTER email SET DEFAULT 'y'"},
      {"leftover", "warning", "table public.users_old", "CREATE TABLE users_old (id int PRIMARY KEY)"},
      {"not_valid", "warning", "constraint public.orders.note_is_short",
       "ALTER TABLE orders DROP CONSTRAINT note_is_short;"
       "ALTER TABLE orders ADD CONSTRAINT note_is_short CHECK (length(note) < 100) NOT VALID"},
      {"disabled_trigger", "critical", "trigger public.users.touch", "ALTER TABLE users DISABLE TRIGGER touch"},
      {"foreign_keys_off", "critical", "constraint public.orders.orders_user_id_fkey",
       "ALTER TABLE orders DISABLE TRIGGER ALL"},
      {"fk_index",
       "warning",
       "constraint public.orders.orders_user_id_fkey",
       "DROP INDEX orders_user; ANALYZE orders",
       {{"fk_index", "0", ""}},
       "indexes",
       "ANALYZE orders"},
      {"duplicate_index",
       "warning",
       "index public.more",
       "CREATE INDEX more ON orders (user_id, note); DROP INDEX more;"
       "CREATE INDEX more ON orders (id); ANALYZE orders",
       {{"duplicate_index", "0", ""}},
       "drift"},
      {"unused_index",
       "warning",
       "index public.idle",
       "CREATE TABLE wide (id int PRIMARY KEY, x text); INSERT INTO wide SELECT i, repeat('x', 100) || i FROM"
       " generate_series(1, 20000) i; CREATE INDEX idle ON wide (x); ANALYZE wide",
       {{"unused_index", "0", ""}},
       "drift"},
      {"no_pk",
       "warning",
       "table public.keyless",
       "CREATE TABLE keyless (x int); INSERT INTO keyless VALUES (1); ANALYZE keyless",
       {{"no_pk", "0", ""}},
       "drift"},
      {"orphan_rows",
       "critical",
       "constraint public.orders.orders_user_id_fkey",
       "ALTER TABLE orders DROP CONSTRAINT orders_user_id_fkey; INSERT INTO orders (user_id) VALUES (999999);"
       "ALTER TABLE orders ADD FOREIGN KEY (user_id) REFERENCES users NOT VALID",
       {},
       "not_valid"},
      {"extension_version", "warning", "extension pg_trgm",
       "DROP EXTENSION pg_trgm; CREATE EXTENSION pg_trgm VERSION '1.3'"},
      {"collation_version",
       "critical",
       "collation public.theirs",
       "CREATE COLLATION theirs (provider = icu, locale = 'de', version = '0.1');"
       "CREATE TABLE sorted (id int PRIMARY KEY, x text COLLATE theirs)",
       {},
       "drift"},
      {"search_path", "warning", "function public.vip()", "ALTER FUNCTION vip RESET search_path", {}, "drift"},
      {"upgrade_ready", "warning", "column public.users.parser", "ALTER TABLE users ADD parser regconfig", {}, "drift"},
      {"invalid_database", "warning", "database half_dropped",
       "CREATE DATABASE half_dropped\n"
       "UPDATE pg_database SET datconnlimit = -2 WHERE datname = 'half_dropped'"},
      {"sequence", "critical", "sequence public.users_id_seq", "SELECT setval('users_id_seq', 2100000000)"},
      {"wraparound", "warning", "database template0", "SELECT 1", {{"wraparound", "1", ""}}, "", "-"},
      {"freeze", "warning", "table public.orders", "SELECT txid_current()", {{"freeze", "0", ""}}, "", "-"},
      {"connections", "warning", "server", "SELECT 1", {{"connections", "1%", ""}}, "", "-"},
      {"prepared_xact",
       "warning",
       "prepared transaction 'forgotten'",
       "BEGIN; SELECT 1; PREPARE TRANSACTION 'forgotten'",
       {{"prepared_xact", "0", ""}}},
      {"slots", "warning", "slot nobody", "SELECT pg_create_physical_replication_slot('nobody', true)"},
      {"read_only", "warning", "database health",
       "DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET"
       " default_transaction_read_only = on', current_database()); END $$"},
      {"disk", "warning", "directory", "SELECT 1", {{"disk", "0", "off"}}, "", "-"},
      {"version_supported", "warning", "server", "SELECT 1", {{"version_supported", "5000d", ""}}, "", "-"},
  };
}

void clean_up(HealthDatabase& database) {
  database.run("SET default_transaction_read_only = off");
  if (database.ask("SELECT count(*) FROM pg_prepared_xacts") == "1") database.run("ROLLBACK PREPARED 'forgotten'");
  if (database.ask("SELECT count(*) FROM pg_replication_slots") == "1") {
    database.run("SELECT pg_drop_replication_slot('nobody')");
  }
  if (database.ask("SELECT count(*) FROM pg_database WHERE datname = 'half_dropped'") == "1") {
    database.run("UPDATE pg_database SET datconnlimit = -1 WHERE datname = 'half_dropped'");
    database.run("DROP DATABASE half_dropped");
  }
}

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  for (std::size_t begin = 0; begin < text.size();) {
    const auto end = std::min(text.find('\n', begin), text.size());
    lines.push_back(text.substr(begin, end - begin));
    begin = end + 1;
  }
  return lines;
}

/// Alarms beside those of `check` and of the one that tells a part of it.
std::string others(const HealthReport& report, const Planted& plant) {
  std::string text;
  for (const auto& line : lines_of(alarms(report))) {
    const bool its_own = line.find(" " + plant.check + ":") != std::string::npos;
    const bool allowed =
        plant.also == "*" || (!plant.also.empty() && line.find(" " + plant.also + ":") != std::string::npos);
    if (!its_own && !allowed) text += line + "\n";
  }
  return text;
}

/// Checks that have a test of their own elsewhere: their defects are sessions, standbys, clocks, builds and files.
const std::set<std::string> kElsewhere{"invalid_index", "contracts",    "migration_lock", "orphan_runner",
                                       "long_xact",     "idle_xact",    "blocked",        "deadlocks",
                                       "lag",           "wal_receiver", "recovery",       "time_skew",
                                       "settings",      "archive",      "bloat",          "never_analyzed"};

}  // namespace

TEST_CASE("every check has a defect planted for it", "[health]") {
  std::set<std::string> covered = kElsewhere;
  for (const auto& one : planted()) covered.insert(one.check);
  std::set<std::string> all;
  for (const auto& check : health_checks()) {
    INFO(check.id);
    CHECK(all.insert(check.id).second);
    CHECK(covered.contains(check.id));
  }
  CHECK(all.size() >= 30);
  CHECK(covered.size() == all.size());
}

TEST_CASE("a planted defect is found and named, and nothing is before", "[health]") {
  for (const auto& plant : planted()) {
    DYNAMIC_SECTION(plant.check) {
      HealthDatabase database;
      upgrade(database, shop());
      // A threshold that everything exceeds has no clean side.
      if (plant.before != "-") {
        if (!plant.before.empty()) database.run(plant.before);
        CHECK(alarms(look_at(database, shop(), {.limits = plant.limits})).empty());
      }
      for (const auto& message : lines_of(plant.sql)) database.run(message);
      const auto report = look_at(database, shop(), {.limits = plant.limits});
      const auto& outcome = outcome_of(report, plant.check);
      INFO(alarms(report) << "\n" << outcome.message());
      CHECK(name_of(outcome.status) == plant.status);
      REQUIRE_FALSE(outcome.findings.empty());
      const bool named = std::any_of(outcome.findings.begin(), outcome.findings.end(), [&](const HealthFinding& one) {
        return one.object.starts_with(plant.object) && !one.detail.empty() && !one.fix.empty();
      });
      CHECK(named);
      if (plant.limits.empty()) CHECK(outcome.findings.size() == 1);
      CHECK(others(report, plant).empty());
      clean_up(database);
    }
  }
}

TEST_CASE("dead rows are found, and gone after a vacuum", "[health]") {
  HealthDatabase database;
  upgrade(database, shop());
  const Looking looking{.limits = {{"bloat", "0", ""}}};
  // Before 15 a session hands its statistics over at the end of a transaction, every half second at most.
  const auto becomes = [&](const std::string& wanted) {
    std::string seen;
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(10);
    do {
      database.run("SELECT 1");
      seen = alarms(look_at(database, shop(), looking));
    } while (seen != wanted && std::chrono::steady_clock::now() < deadline);
    CHECK(seen == wanted);
  };
  database.run("VACUUM ANALYZE users");
  becomes("");
  database.run("UPDATE users SET changed_at = now()");
  becomes("warning bloat: table public.users");
  database.run("VACUUM ANALYZE users");
  becomes("");
}

TEST_CASE("a large table that nobody analyzed is found", "[health]") {
  HealthDatabase database;
  upgrade(database, shop());
  const Looking looking{.limits = {{"never_analyzed", "1000", ""}}};
  eventually([&] { return outcome_of(look_at(database, shop(), looking), "never_analyzed").findings.size() == 2; });
  database.run("ANALYZE users");
  eventually([&] {
    const auto report = look_at(database, shop(), looking);
    const auto& found = outcome_of(report, "never_analyzed").findings;
    return found.size() == 1 && found.front().object == "table public.orders";
  });
}

TEST_CASE("a contract that is broken by hand is named", "[health]") {
  HealthDatabase database;
  const Project project;
  project.migration("001_a", "CREATE TABLE t (id integer PRIMARY KEY, name text);", "DROP TABLE t;");
  project.write("contracts/t.v1.yaml",
                "contract: t\nversion: 1\nrelation: t\ncolumns:\n- {name: id, type: integer, required: true}\n- {name: "
                "name, type: text}\n");
  write_catalogs(project);
  upgrade(database, project);
  CHECK(alarms(look_at(database, project)).empty());
  database.run("ALTER TABLE t RENAME name TO title");
  const auto report = look_at(database, project);
  const auto& outcome = outcome_of(report, "contracts");
  INFO(alarms(report));
  CHECK(outcome.status == HealthStatus::critical);
  REQUIRE_FALSE(outcome.findings.empty());
  CHECK(outcome.findings.front().object == "contract t v1");
}

TEST_CASE("the clock of the server is held against the one here", "[health]") {
  HealthDatabase database;
  upgrade(database, shop());
  for (const int off : {-3600, 3600}) {
    const auto report = look_at(database, shop(), {.clock_off = std::chrono::seconds(off)});
    CHECK(alarms(report) == "critical time_skew: clock of the server");
    CHECK(*outcome_of(report, "time_skew").value > 3590);
  }
}

}  // namespace dbmigrate::tests
