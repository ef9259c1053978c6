// What a statement does, as small typed facts: one action for each thing it does to one object.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "sql/expression.hpp"
#include "sql/facts.hpp"

namespace dbmigrate::sql {

enum class ObjectClass {
  table,
  view,
  materialized_view,
  index,
  sequence,
  foreign_table,
  column,
  constraint,
  type,
  domain,
  function,
  trigger,
  rule,
  policy,
  schema,
  database,
  other,
};

enum class ConstraintForm { check, foreign_key, unique, primary_key, exclusion, not_null };

struct TableConstraint {
  ConstraintForm form = ConstraintForm::check;
  std::string name;  ///< empty when PostgreSQL is to choose one
  std::size_t at = 0;
  std::vector<std::string> columns;  ///< of a constraint inside a column definition: that column
  ObjectName references;
  std::vector<std::string> referenced_columns;  ///< empty = its primary key
  bool not_valid = false;
  std::string index;  ///< of USING INDEX
  Expression check;
};

struct ColumnDefinition {
  std::string name;
  std::size_t at = 0;
  TypeUse type;
  std::string collation;
  std::optional<Expression> default_value;
  bool not_null = false;  ///< said so, or a primary key
  bool identity = false;
  bool generated = false;  ///< GENERATED ALWAYS AS ( … ) STORED
  std::vector<TableConstraint> constraints;

  /// smallserial, serial, bigserial
  [[nodiscard]] bool is_serial() const;
};

struct TransactionControl {
  enum class Kind { begin, commit, rollback, savepoint, rollback_to, release, prepare, other } kind = Kind::other;
  std::size_t at = 0;
  std::string savepoint;
};

/// SET, RESET, and SELECT set_config( … ).
struct SetVariable {
  enum class Scope { session, transaction } scope = Scope::session;
  std::size_t at = 0;
  std::string name;                 ///< lower case; empty = all of them (RESET ALL, DISCARD ALL)
  std::vector<std::string> values;  ///< empty = back to the default
};

/// SET CONSTRAINTS … IMMEDIATE
struct SetConstraintsImmediate {
  std::size_t at = 0;
};

enum class Persistence { permanent, unlogged, temporary };

struct CreateTable {
  std::size_t at = 0;
  ObjectName table;
  Persistence persistence = Persistence::permanent;
  bool if_not_exists = false;
  bool foreign = false;
  bool partitioned = false;  ///< PARTITION BY
  std::vector<ColumnDefinition> columns;
  std::vector<TableConstraint> constraints;  ///< of the table; those of columns are in `columns`
  std::vector<ObjectName> like;
  bool like_indexes = false;  ///< INCLUDING INDEXES, or ALL
  std::vector<ObjectName> inherits;
  std::optional<ObjectName> partition_of;
  bool default_partition = false;
};

/// CREATE TABLE AS, SELECT INTO, CREATE MATERIALIZED VIEW
struct CreateTableAs {
  std::size_t at = 0;
  ObjectName table;
  bool materialized_view = false;
  Persistence persistence = Persistence::permanent;
  bool if_not_exists = false;
  bool with_data = true;
  Expression query;
};

struct CreateView {
  std::size_t at = 0;
  ObjectName view;
  bool replace = false;
  Expression query;
};

struct CreateIndex {
  std::size_t at = 0;
  ObjectName index;  ///< name empty when PostgreSQL is to choose one; its schema is the table's
  ObjectName table;
  std::vector<std::string> columns;  ///< a key that is an expression is empty
  Expression expressions;            ///< keys that are expressions, and the predicate
  bool unique = false;
  bool partial = false;
  bool concurrently = false;
  bool if_not_exists = false;
  bool only = false;  ///< ON ONLY
};

/// Which relation an ALTER TABLE, ALTER INDEX, ALTER VIEW … is about.
struct Altered {
  ObjectName relation;
  ObjectClass what = ObjectClass::table;  ///< as the statement calls it
  bool only = false;
  std::size_t at = 0;  ///< of the part of the statement that this action stands for, else of the relation's name
};

struct AddColumn {
  Altered altered;
  ColumnDefinition column;
  bool if_not_exists = false;
};

struct DropColumn {
  Altered altered;
  std::string column;
  bool cascade = false;
};

struct ChangeColumnType {
  Altered altered;
  std::string column;
  TypeUse type;
  std::string collation;
  std::optional<Expression> using_value;
};

struct SetNotNull {
  Altered altered;
  std::string column;
};

struct DropNotNull {
  Altered altered;
  std::string column;
};

/// SET DEFAULT, and without a value DROP DEFAULT.
struct SetDefault {
  Altered altered;
  std::string column;
  std::optional<Expression> value;
};

struct AddConstraint {
  Altered altered;
  TableConstraint constraint;
};

struct ValidateConstraint {
  Altered altered;
  std::string name;
};

struct DropConstraint {
  Altered altered;
  std::string name;
  bool cascade = false;
};

struct AttachPartition {
  Altered altered;  ///< the partitioned table, or index
  ObjectName partition;
  bool is_default = false;
  std::vector<std::string> bounds;  ///< the constants in FOR VALUES
};

struct DetachPartition {
  Altered altered;
  ObjectName partition;
  bool concurrently = false;
  bool finalize = false;
};

/// Every other part of an ALTER TABLE.
struct AlterOption {
  enum class Kind {
    statistics,
    column_options,
    storage,
    compression,
    expression,  ///< SET EXPRESSION
    add_identity,
    change_identity,
    drop_identity,
    drop_expression,
    table_options,
    logged,
    unlogged,
    tablespace,
    access_method,
    cluster_on,
    enable_trigger,
    disable_trigger,
    disable_all_triggers,
    enable_row_security,
    disable_row_security,
    force_row_security,
    replica_identity,
    add_parent,
    drop_parent,
    change_constraint,
    owner,
    other,
  } kind = Kind::other;
  Altered altered;
  std::string name;  ///< of the column, trigger, index, method …; of table options, the first
  ObjectName other;  ///< the parent of INHERIT
};

struct Drop {
  std::size_t at = 0;
  ObjectClass what = ObjectClass::other;
  std::vector<ObjectName> objects;  ///< of triggers, rules and policies: the table
  std::vector<std::string> parts;   ///< of triggers, rules and policies: their names
  bool concurrently = false;
  bool cascade = false;
  bool if_exists = false;
};

struct Rename {
  std::size_t at = 0;
  ObjectClass what = ObjectClass::other;
  ObjectClass of = ObjectClass::other;  ///< of a column or constraint: what it belongs to
  ObjectName object;
  std::string part;  ///< the old name of a column or constraint
  std::string to;
};

struct MoveToSchema {
  std::size_t at = 0;
  ObjectClass what = ObjectClass::other;
  ObjectName object;
  std::string schema;
};

struct Truncate {
  std::size_t at = 0;
  std::vector<ObjectName> tables;
  bool cascade = false;
};

/// Rows written; those of WITH are actions of their own.
struct WriteRows {
  enum class Kind { insert, update, delete_, merge, copy } kind = Kind::insert;
  std::size_t at = 0;
  ObjectName table;
  std::optional<Expression> where;  ///< empty = no WHERE
  bool joins = false;               ///< FROM or USING: other relations bound it
  bool from_query = false;          ///< INSERT … SELECT
  bool limited = false;             ///< the query has a LIMIT
  Expression all;                   ///< everything in the statement
};

/// A query that only reads, or locks rows.
struct Query {
  std::size_t at = 0;
  Expression all;
  bool has_where = false;
};

struct LockTables {
  std::size_t at = 0;
  std::vector<ObjectName> tables;
  int mode = 8;  ///< 1 = ACCESS SHARE … 8 = ACCESS EXCLUSIVE, as in PostgreSQL's lockdefs.h
};

struct Vacuum {
  std::size_t at = 0;
  std::vector<ObjectName> tables;  ///< empty = all
  bool full = false;
  bool analyze_only = false;
};

struct Cluster {
  std::size_t at = 0;
  std::optional<ObjectName> table;  ///< nothing = all that have been clustered before
};

struct Reindex {
  enum class Kind { index, table, schema, database, system } kind = Kind::index;
  std::size_t at = 0;
  ObjectName object;
  bool concurrently = false;
};

struct Refresh {
  std::size_t at = 0;
  ObjectName view;
  bool concurrently = false;
  bool with_data = true;
};

struct CreateTrigger {
  std::size_t at = 0;
  ObjectName table;
  std::string name;
  ObjectName function;
};

struct CreateRule {
  std::size_t at = 0;
  ObjectName table;
  std::string name;
};

struct CreatePolicy {
  std::size_t at = 0;
  ObjectName table;
  std::string name;
};

struct CreateDomain {
  std::size_t at = 0;
  ObjectName name;
  TypeUse base;
  bool constrained = false;
};

struct AlterDomain {
  enum class Kind { add_constraint, drop_constraint, validate, set_not_null, drop_not_null, other } kind = Kind::other;
  std::size_t at = 0;
  ObjectName domain;
  bool not_valid = false;
};

struct CreateEnum {
  std::size_t at = 0;
  ObjectName name;
};

struct CreateComposite {
  std::size_t at = 0;
  ObjectName name;
};

struct AlterEnum {
  std::size_t at = 0;
  ObjectName type;
  std::string renamed;  ///< RENAME VALUE: the old label; empty for ADD VALUE
  std::string label;
  bool has_position = false;  ///< BEFORE or AFTER another
};

struct CreateSequence {
  std::size_t at = 0;
  ObjectName sequence;
};

struct AlterSequence {
  std::size_t at = 0;
  ObjectName sequence;
  ObjectName owner;  ///< the table of OWNED BY
};

enum class Volatility { immutable, stable, volatile_ };

struct Body;

struct CreateFunction {
  std::size_t at = 0;
  ObjectName name;
  Volatility volatility = Volatility::volatile_;
  std::string language;
  std::shared_ptr<const Body> body;  ///< null for a language that is not read here
};

struct DoBlock {
  std::size_t at = 0;
  std::shared_ptr<const Body> body;  ///< as above
};

struct Call {
  std::size_t at = 0;
  ObjectName procedure;
};

struct Comment {
  std::size_t at = 0;
  ObjectClass what = ObjectClass::other;
  ObjectName object;  ///< of a column or constraint: its relation
};

struct Grant {
  std::size_t at = 0;
  bool to_public = false;
  bool revoke = false;
};

struct CreateSchema {
  std::size_t at = 0;
  std::string schema;
};

struct CreatePublication {
  std::size_t at = 0;
  std::vector<ObjectName> tables;
};

struct CreateStatistics {
  std::size_t at = 0;
  std::vector<ObjectName> tables;
};

/// A name that the statement gives to something, or calls something by, longer than PostgreSQL keeps.
struct LongName {
  std::size_t at = 0;
  std::string name;
};

using Action =
    std::variant<TransactionControl, SetVariable, SetConstraintsImmediate, CreateTable, CreateTableAs, CreateView,
                 CreateIndex, AddColumn, DropColumn, ChangeColumnType, SetNotNull, DropNotNull, SetDefault,
                 AddConstraint, ValidateConstraint, DropConstraint, AttachPartition, DetachPartition, AlterOption, Drop,
                 Rename, MoveToSchema, Truncate, WriteRows, Query, LockTables, Vacuum, Cluster, Reindex, Refresh,
                 CreateTrigger, CreateRule, CreatePolicy, CreateDomain, AlterDomain, CreateEnum, CreateComposite,
                 AlterEnum, CreateSequence, AlterSequence, CreateFunction, DoBlock, Call, Comment, Grant, CreateSchema,
                 CreatePublication, CreateStatistics>;

/// One statement in the body of a function or DO block.
struct BodyStatement {
  std::string text;
  std::size_t at = 0;  ///< bytes into the statement that has the body; where `text` begins, if it stands there verbatim
  bool verbatim = false;
  StatementFacts facts;
  std::vector<Action> actions;
};

struct Body {
  std::vector<BodyStatement> statements;  ///< static SQL, and EXECUTE of one string constant
  bool dynamic = false;                   ///< has an EXECUTE whose text cannot be known
  bool controls_transaction = false;      ///< COMMIT or ROLLBACK
  std::string problem;                    ///< why it could not be read; empty = it was
};

}  // namespace dbmigrate::sql
