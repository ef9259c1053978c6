// What a statement does, by the parser and by its first words.
// SPDX-License-Identifier: Apache-2.0
#include "sql/facts.hpp"

#include <string>
#include <vector>

#include "sql/first_words.hpp"
#include "support/catch.hpp"

using namespace dbmigrate::sql;

namespace {

/// What a statement means for the transaction around it.
enum class Effect { harmless, control, forbids, call_or_do };

struct Case {
  std::string statement;
  std::string command;
  Effect effect;
};

const std::vector<Case>& cases() {
  static const std::vector<Case> all{
      {"select 1", "SELECT", Effect::harmless},
      {"(select 1) union select 2", "SELECT", Effect::harmless},
      {"values (1)", "VALUES", Effect::harmless},
      {"with a as (select 1) insert into t select * from a", "INSERT", Effect::harmless},
      {"with a as (delete from t returning *) select * from a", "SELECT", Effect::harmless},
      {"update t set a = 'commit'", "UPDATE", Effect::harmless},
      {"create table t (a int)", "CREATE TABLE", Effect::harmless},
      {"create or replace view v as select 1", "CREATE VIEW", Effect::harmless},
      {"create materialized view v as select 1", "CREATE MATERIALIZED VIEW", Effect::harmless},
      {"refresh materialized view concurrently v", "REFRESH MATERIALIZED VIEW", Effect::harmless},
      {"create temporary table t (a int)", "CREATE TABLE", Effect::harmless},
      {"create unique index i on t (a)", "CREATE INDEX", Effect::harmless},
      {"create index concurrently on t (a)", "CREATE INDEX CONCURRENTLY", Effect::forbids},
      {"create unique /* x */ index concurrently i on t (a)", "CREATE INDEX CONCURRENTLY", Effect::forbids},
      {"drop index i", "DROP INDEX", Effect::harmless},
      {"drop index concurrently i", "DROP INDEX CONCURRENTLY", Effect::forbids},
      {"alter table t add column detach int", "ALTER TABLE", Effect::harmless},
      {"alter table t detach partition p", "ALTER TABLE DETACH PARTITION", Effect::harmless},
      {"alter table t detach partition p concurrently", "ALTER TABLE DETACH PARTITION CONCURRENTLY", Effect::forbids},
      {"alter table t detach partition p finalize", "ALTER TABLE DETACH PARTITION", Effect::harmless},
      {"begin", "BEGIN", Effect::control},
      {"begin isolation level serializable", "BEGIN", Effect::control},
      {"start transaction read only", "START TRANSACTION", Effect::control},
      {"commit", "COMMIT", Effect::control},
      {"commit work and chain", "COMMIT", Effect::control},
      {"end", "END", Effect::control},
      {"abort", "ABORT", Effect::control},
      {"rollback", "ROLLBACK", Effect::control},
      {"rollback transaction", "ROLLBACK", Effect::control},
      {"rollback to savepoint a", "ROLLBACK TO", Effect::harmless},
      {"rollback work to a", "ROLLBACK TO", Effect::harmless},
      {"savepoint a", "SAVEPOINT", Effect::harmless},
      {"release a", "RELEASE", Effect::harmless},
      {"prepare transaction 'x'", "PREPARE TRANSACTION", Effect::control},
      {"prepare p as select 1", "PREPARE", Effect::harmless},
      {"commit prepared 'x'", "COMMIT PREPARED", Effect::forbids},
      {"rollback prepared 'x'", "ROLLBACK PREPARED", Effect::forbids},
      {"set transaction read only", "SET", Effect::harmless},
      {"do $$ begin commit; end $$", "DO", Effect::call_or_do},
      {"do language plpgsql 'begin end'", "DO", Effect::call_or_do},
      {"call p()", "CALL", Effect::call_or_do},
      {"create procedure p() language plpgsql as $$ begin commit; end $$", "CREATE PROCEDURE", Effect::harmless},
      {"create function f() returns int begin atomic select 1; end", "CREATE FUNCTION", Effect::harmless},
      {"vacuum", "VACUUM", Effect::forbids},
      {"vacuum (analyze) t", "VACUUM", Effect::forbids},
      {"analyze t", "ANALYZE", Effect::harmless},
      {"cluster", "CLUSTER", Effect::forbids},
      {"cluster verbose", "CLUSTER", Effect::forbids},
      {"cluster t using i", "CLUSTER", Effect::harmless},
      {"cluster verbose t", "CLUSTER", Effect::harmless},
      {"reindex table t", "REINDEX TABLE", Effect::harmless},
      {"reindex (verbose) index i", "REINDEX INDEX", Effect::harmless},
      {"reindex index concurrently i", "REINDEX INDEX CONCURRENTLY", Effect::forbids},
      {"reindex (concurrently) table t", "REINDEX TABLE CONCURRENTLY", Effect::forbids},
      {"reindex (concurrently on, verbose) table t", "REINDEX TABLE CONCURRENTLY", Effect::forbids},
      {"reindex (concurrently off) table t", "REINDEX TABLE", Effect::harmless},
      {"reindex (concurrently 0) table t", "REINDEX TABLE", Effect::harmless},
      {"reindex (concurrently FALSE) table t", "REINDEX TABLE", Effect::harmless},
      {"reindex schema s", "REINDEX SCHEMA", Effect::forbids},
      {"reindex database d", "REINDEX DATABASE", Effect::forbids},
      {"reindex system d", "REINDEX SYSTEM", Effect::forbids},
      {"create database d", "CREATE DATABASE", Effect::forbids},
      {"drop database if exists d", "DROP DATABASE", Effect::forbids},
      {"alter database d set tablespace x", "ALTER DATABASE SET TABLESPACE", Effect::forbids},
      {"alter database d set work_mem = '1MB'", "ALTER DATABASE", Effect::harmless},
      {"create tablespace x location '/x'", "CREATE TABLESPACE", Effect::forbids},
      {"drop tablespace x", "DROP TABLESPACE", Effect::forbids},
      {"alter system set work_mem = '1MB'", "ALTER SYSTEM", Effect::forbids},
      {"alter system reset all", "ALTER SYSTEM", Effect::forbids},
      {"discard all", "DISCARD ALL", Effect::forbids},
      {"discard plans", "DISCARD PLANS", Effect::harmless},
      {"create subscription s connection '' publication p", "CREATE SUBSCRIPTION", Effect::forbids},
      {"create subscription s connection '' publication p with (create_slot = false)", "CREATE SUBSCRIPTION",
       Effect::harmless},
      {"create subscription s connection '' publication p with (connect = off)", "CREATE SUBSCRIPTION",
       Effect::harmless},
      {"create subscription s connection '' publication p with (enabled = false)", "CREATE SUBSCRIPTION",
       Effect::forbids},
      {"drop subscription s", "DROP SUBSCRIPTION", Effect::forbids},
      {"alter subscription s disable", "ALTER SUBSCRIPTION", Effect::harmless},
      {"alter subscription s set (slot_name = none)", "ALTER SUBSCRIPTION", Effect::harmless},
      {"alter subscription s set (failover = true)", "ALTER SUBSCRIPTION", Effect::forbids},
      {"alter subscription s set (two_phase = off)", "ALTER SUBSCRIPTION", Effect::forbids},
      {"alter subscription s refresh publication", "ALTER SUBSCRIPTION", Effect::forbids},
      {"alter subscription s set publication p", "ALTER SUBSCRIPTION", Effect::forbids},
      {"alter subscription s add publication p with (refresh = false)", "ALTER SUBSCRIPTION", Effect::harmless},
      {"lock table t", "LOCK", Effect::harmless},
      {"alter type e add value 'x'", "ALTER TYPE", Effect::harmless},
      {"create foreign data wrapper w", "CREATE FOREIGN DATA WRAPPER", Effect::harmless},
      {"create text search dictionary d (template = simple)", "CREATE TEXT SEARCH", Effect::harmless},
      {"import foreign schema a from server b into c", "IMPORT FOREIGN SCHEMA", Effect::harmless},
      {"security label on table t is 'x'", "SECURITY LABEL", Effect::harmless},
      {"explain analyze select 1", "EXPLAIN", Effect::harmless},
  };
  return all;
}

void check_effect(const StatementFacts& facts, const Case& expected) {
  CHECK(facts.command == expected.command);
  CHECK(facts.transaction_control == (expected.effect == Effect::control));
  CHECK(facts.forbids_transaction == (expected.effect == Effect::forbids));
  CHECK(facts.call_or_do == (expected.effect == Effect::call_or_do));
}

}  // namespace

TEST_CASE("the parser tells what a statement does to its transaction", "[sql]") {
  for (const auto& expected : cases()) {
    INFO(expected.statement);
    const auto facts = facts_of(expected.statement);
    CHECK(facts.parse_error == "");
    CHECK(facts.parsed);
    check_effect(facts, expected);
  }
}

TEST_CASE("the first words tell the same where the parser is too old", "[sql]") {
  for (const auto& expected : cases()) {
    INFO(expected.statement);
    check_effect(facts_from_words(expected.statement), expected);
  }
}

TEST_CASE("an index built concurrently is known by name and table", "[sql]") {
  struct Build {
    std::string statement;
    ConcurrentIndex index;
  };
  const std::vector<Build> builds{
      {"create index concurrently i on t (a)", {{"", "i"}, {"", "t"}, false}},
      {"CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS Idx_A ON ONLY S.\"T.\"\"x\" USING gin (a)",
       {{"s", "idx_a"}, {"s", "T.\"x"}, true}},
      {"create index concurrently on \"S\".t ((lower(a)))", {{"S", ""}, {"S", "t"}, false}},
      {"create index concurrently \"on\" on db.s.t (a)", {{"s", "on"}, {"s", "t"}, false}},
      {"create index concurrently " + std::string(62, 'x') + "\xC3\xA9 on t (a)",
       {{"", std::string(62, 'x')}, {"", "t"}, false}},
  };
  for (const auto& [statement, index] : builds) {
    for (const auto& facts : {facts_of(statement), facts_from_words(statement)}) {
      INFO(statement);
      REQUIRE(facts.builds_index.has_value());
      CHECK(facts.builds_index->index.schema == index.index.schema);
      CHECK(facts.builds_index->index.name == index.index.name);
      CHECK(facts.builds_index->table.schema == index.table.schema);
      CHECK(facts.builds_index->table.name == index.table.name);
      CHECK(facts.builds_index->if_not_exists == index.if_not_exists);
    }
  }
  CHECK_FALSE(facts_of("create index i on t (a)").builds_index.has_value());
  CHECK(facts_of("create index concurrently U&\"\\0069\" on t (a)").builds_index->index.name == "i");
  CHECK_FALSE(facts_from_words("create index concurrently i on U&\"\\0069\" (a)").builds_index.has_value());
}

TEST_CASE("what is created and dropped is known by name", "[sql]") {
  using Names = std::vector<ObjectName>;
  using Texts = std::vector<std::string>;

  SECTION("by the parser and by the first words") {
    for (auto* facts : {+[](std::string_view sql) { return facts_of(sql); },
                        +[](std::string_view sql) { return facts_from_words(sql); }}) {
      CHECK(facts("drop index concurrently if exists A.b, c cascade").drops_indexes == Names{{"a", "b"}, {"", "c"}});
      CHECK(facts("drop index a").drops_indexes.empty());
      CHECK(facts("create table if not exists S.T (a int)").creates_tables == Names{{"s", "t"}});
      CHECK(facts("create unlogged table t as select 1").creates_tables == Names{{"", "t"}});
      CHECK(facts("create table p partition of t default").creates_tables == Names{{"", "p"}});
      CHECK(facts("create temp table t (a int)").creates_tables.empty());
      CHECK(facts("create local temporary table t as select 1").creates_tables.empty());
      CHECK(facts("create table pg_temp.t (a int)").creates_tables.empty());
      CHECK(facts("create view v as select 1").creates_tables.empty());
      CHECK(facts("create materialized view v as select 1").creates_tables.empty());
      CHECK(facts("create extension if not exists \"uuid-ossp\" with schema s").creates_extensions ==
            Texts{"uuid-ossp"});
      CHECK(facts("drop extension if exists Hstore, \"uuid-ossp\"").drops_extensions == Texts{"hstore", "uuid-ossp"});
      CHECK(facts("drop table a, b").drops_extensions.empty());
    }
  }
  SECTION("by the parser alone") {
    CHECK(facts_of("select 1 into s.t from x union select 2").creates_tables == Names{{"s", "t"}});
    CHECK(facts_of("select 1 into temp t").creates_tables.empty());
    CHECK(facts_of("select '\"intoClause\":'").creates_tables.empty());
    CHECK(facts_of("create schema s create table t (a int) create view v as select 1").creates_tables ==
          Names{{"s", "t"}});
    CHECK(facts_of("create schema authorization bob create table t (a int)").creates_tables == Names{{"bob", "t"}});
  }
}

TEST_CASE("what the parser rejects says why and keeps the facts of its first words", "[sql]") {
  const auto broken = facts_of("selec 1");
  CHECK_FALSE(broken.parsed);
  CHECK(broken.parse_error == "syntax error at or near \"selec\"");
  CHECK(broken.command == "SELEC");

  const auto newer = facts_of("create unique index concurrently i on s.t (a) with future syntax here");
  CHECK_FALSE(newer.parsed);
  CHECK(newer.forbids_transaction);
  CHECK(newer.command == "CREATE INDEX CONCURRENTLY");
  CHECK(newer.builds_index->index.name == "i");

  CHECK(facts_of("create table s.t (a int) with future syntax here").creates_tables ==
        std::vector<ObjectName>{{"s", "t"}});
  CHECK(facts_of("repack (concurrently) t").forbids_transaction);
  CHECK(facts_of("repack").forbids_transaction);
  CHECK_FALSE(facts_of("repack t").forbids_transaction);
  CHECK(facts_of("cluster (verbose)").forbids_transaction);
}

TEST_CASE("nothing that is in a file makes it throw", "[sql]") {
  using namespace std::string_literals;
  CHECK(facts_of("").parsed);
  CHECK(facts_of("").command.empty());
  CHECK(facts_of("/* nothing */ -- at all").command.empty());
  CHECK(facts_of("select 1\0; commit"s).parse_error == "it contains a NUL byte");
  CHECK(facts_of("create table t (a text default '\xFF\xFE')").creates_tables == std::vector<ObjectName>{{"", "t"}});
  CHECK(facts_of("select 'unclosed").parse_error.find("unterminated quoted string") == 0);
  CHECK_FALSE(facts_of(")").parsed);
  CHECK(facts_of(std::vector<std::string_view>{}).empty());
}

TEST_CASE("two statements in one text count both", "[sql]") {
  const auto facts = facts_of("insert into t values (1); commit");
  CHECK(facts.command == "INSERT");
  CHECK(facts.transaction_control);
}

TEST_CASE("many statements come back in order", "[sql]") {
  const std::vector<std::string_view> statements{"begin", "selec", "create table a (b int)", "commit"};
  const auto facts = facts_of(statements);
  REQUIRE(facts.size() == statements.size());
  CHECK(facts[0].command == "BEGIN");
  CHECK_FALSE(facts[1].parsed);
  CHECK(facts[2].creates_tables.size() == 1);
  CHECK(facts[3].transaction_control);
}
