// What is known of a database's schema at one place of a script, and which relations nobody uses yet.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

#include "sql/actions.hpp"

namespace dbmigrate {

using sql::ObjectClass;
using sql::ObjectName;

/// `orders` for what is in public, else `archive.orders`.
std::string name_for_people(const ObjectName& name);

enum class Age {
  old,        ///< it was there before this run: others use it
  fresh,      ///< made in this run, so nobody waits for it
  temporary,  ///< of this session only
};

struct KnownColumn {
  std::string name;
  sql::TypeUse type;
  std::string collation;  ///< empty = the type's own
  bool not_null = false;
  bool has_default = false;
};

struct KnownConstraint {
  sql::TableConstraint is;
  bool valid = true;
};

struct KnownIndex {
  ObjectName name;
  std::vector<std::string> columns;  ///< a key that is an expression is empty
  std::vector<std::string> in_expressions;
  bool unique = false;
  bool partial = false;
  bool valid = true;
  std::string constraint;  ///< that it belongs to; empty = none

  [[nodiscard]] bool uses(std::string_view column) const;
};

struct KnownRelation {
  ObjectName name;
  ObjectClass what = ObjectClass::table;
  Age age = Age::old;
  sql::Persistence persistence = sql::Persistence::permanent;
  bool partitioned = false;
  bool default_partition = false;
  bool columns_known = false;        ///< all of them; else only those that something was said of
  std::optional<ObjectName> parent;  ///< that it is a partition of
  std::vector<ObjectName> children;  ///< partitions, and tables that inherit
  std::vector<KnownColumn> columns;
  std::vector<KnownConstraint> constraints;
  std::vector<KnownIndex> indexes;
  std::vector<ObjectName> reads;                             ///< of a view
  std::vector<std::string> read_columns;                     ///< of a view, as far as known
  std::vector<std::pair<std::string, ObjectName>> triggers;  ///< name and function

  [[nodiscard]] const KnownColumn* column(std::string_view column) const;
  [[nodiscard]] const KnownConstraint* constraint(std::string_view constraint) const;
  /// Whether a valid CHECK makes sure that the column is not NULL, as PostgreSQL 12 and later proves it.
  [[nodiscard]] bool proves_not_null(std::string_view column) const;
};

struct KnownType {
  Age age = Age::old;
  std::optional<sql::TypeUse> base;  ///< of a domain
  bool constrained = false;          ///< a domain with constraints
  bool is_enum = false;
};

struct KnownFunction {
  Age age = Age::old;
  sql::Volatility volatility = sql::Volatility::volatile_;
  std::shared_ptr<const sql::Body> body;
};

struct NameOrder {
  bool operator()(const ObjectName& left, const ObjectName& right) const {
    return std::tie(left.schema, left.name) < std::tie(right.schema, right.name);
  }
};
template <class Value>
using ByName = std::map<ObjectName, Value, NameOrder>;

/// A foreign key and the table that has it.
struct Reference {
  const KnownRelation* from = nullptr;
  const KnownConstraint* constraint = nullptr;
};

/// A value: a copy is a savepoint. What is not known is taken to be old.
class KnownSchema {
 public:
  /// The schemas that names without one are looked up in; the first is where things are made.
  void set_search_path(std::vector<std::string> schemas);
  /// What is made from here on, besides temporary tables.
  void set_age_of_new(Age age) { age_of_new_ = age; }
  /// A new run begins: what was fresh is in use by now.
  void make_old();

  /// Carries out what an action does to the schema.
  void apply(const sql::Action& action);

  /// With its schema: of the relation that the search path finds, else the one where it would be made.
  [[nodiscard]] ObjectName resolved(const ObjectName& name) const;
  [[nodiscard]] const KnownRelation* relation(const ObjectName& name) const;
  [[nodiscard]] KnownRelation* relation(const ObjectName& name);
  [[nodiscard]] bool is_old(const ObjectName& name) const;
  [[nodiscard]] bool is_temporary(const ObjectName& name) const;
  /// The table that has the index, and the index.
  [[nodiscard]] std::pair<const KnownRelation*, const KnownIndex*> index(const ObjectName& name) const;
  [[nodiscard]] const KnownType* type(const ObjectName& name) const;
  [[nodiscard]] const KnownFunction* function(const ObjectName& name) const;
  [[nodiscard]] const ByName<KnownRelation>& relations() const { return relations_; }

  /// Foreign keys of other tables, and of itself, that refer to it.
  [[nodiscard]] std::vector<Reference> references_to(const ObjectName& table) const;
  /// Views that read it.
  [[nodiscard]] std::vector<const KnownRelation*> readers_of(const ObjectName& relation) const;
  /// Tables with a column of that type.
  [[nodiscard]] std::vector<const KnownRelation*> users_of(const ObjectName& type) const;
  /// Partitions and inheriting tables, down to the last.
  [[nodiscard]] std::vector<const KnownRelation*> descendants_of(const ObjectName& relation) const;
  /// The type itself, or that of the domain's base.
  [[nodiscard]] bool is_constrained_domain(const sql::TypeUse& type) const;

  // For readers of catalogs.
  KnownRelation& add_relation(const ObjectName& name, ObjectClass what);
  void add_constraint(KnownRelation& relation, sql::TableConstraint constraint, bool valid);
  void add_index(const sql::CreateIndex& index, bool valid);
  void remove(const ObjectName& relation);
  void add_type(const ObjectName& name, KnownType type);
  void add_function(const ObjectName& name, KnownFunction function);

 private:
  friend class SchemaChange;

  ByName<KnownRelation> relations_;
  ByName<ObjectName> index_tables_;  ///< the table of each index
  ByName<KnownType> types_;
  ByName<KnownFunction> functions_;
  std::vector<std::string> search_path_{"public"};
  Age age_of_new_ = Age::fresh;
};

}  // namespace dbmigrate
