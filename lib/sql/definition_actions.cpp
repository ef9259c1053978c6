// CREATE TABLE, INDEX, VIEW, TYPE and what else defines something.
// SPDX-License-Identifier: Apache-2.0
#include <utility>

#include "sql/action_tree.hpp"
#include "sql/expression_tree.hpp"

namespace dbmigrate::sql {
namespace {

ConstraintForm form_of(const std::string& kind) {
  if (kind == "CONSTR_FOREIGN") return ConstraintForm::foreign_key;
  if (kind == "CONSTR_UNIQUE") return ConstraintForm::unique;
  if (kind == "CONSTR_PRIMARY") return ConstraintForm::primary_key;
  if (kind == "CONSTR_EXCLUSION") return ConstraintForm::exclusion;
  if (kind == "CONSTR_NOTNULL") return ConstraintForm::not_null;
  return ConstraintForm::check;
}

void add_to_column(const Tree& constraint, ColumnDefinition& column) {
  const auto kind = text(constraint, "contype");
  if (kind == "CONSTR_NOTNULL") {
    column.not_null = true;
  } else if (kind == "CONSTR_DEFAULT") {
    column.default_value = expression_in(child(constraint, "raw_expr"));
  } else if (kind == "CONSTR_IDENTITY") {
    column.identity = true;
    column.not_null = true;
  } else if (kind == "CONSTR_GENERATED") {
    // Since 18 there are virtual ones, which are computed when they are read.
    column.generated = text(constraint, "generated_kind") != "v";
  } else if (!kind.starts_with("CONSTR_ATTR_") && kind != "CONSTR_NULL") {
    auto own = table_constraint(constraint);
    if (own.form != ConstraintForm::check) own.columns = {column.name};
    column.not_null |= own.form == ConstraintForm::primary_key;
    column.constraints.push_back(std::move(own));
  }
}

void create_table(const Tree& node, bool foreign, Actions& actions) {
  const auto& relation = child(node, "relation");
  CreateTable made;
  made.at = location_of(relation);
  made.table = relation_name(relation);
  made.persistence = persistence_of(relation);
  made.if_not_exists = flag(node, "if_not_exists");
  made.foreign = foreign;
  made.partitioned = node.contains("partspec");
  for (const auto& element : list(node, "tableElts")) {
    if (element.contains("ColumnDef")) made.columns.push_back(column_definition(child(element, "ColumnDef")));
    if (element.contains("Constraint")) made.constraints.push_back(table_constraint(child(element, "Constraint")));
    if (const auto& like = child(element, "TableLikeClause"); !like.empty()) {
      constexpr int kIndexes = 64;  // CREATE_TABLE_LIKE_INDEXES
      made.like.push_back(relation_name(child(like, "relation")));
      made.like_indexes |= (number(like, "options") & kIndexes) != 0;
    }
  }
  for (const auto& parent : list(node, "inhRelations")) {
    made.inherits.push_back(relation_name(child(parent, "RangeVar")));
  }
  if (node.contains("partbound") && !made.inherits.empty()) {
    made.partition_of = made.inherits.front();
    made.default_partition = flag(child(node, "partbound"), "is_default");
    made.inherits.clear();
  }
  actions.emplace_back(std::move(made));
}

void create_table_as(const Tree& node, Actions& actions) {
  const auto& into = child(node, "into");
  const auto& relation = child(into, "rel");
  CreateTableAs made;
  made.at = location_of(relation);
  made.table = relation_name(relation);
  made.materialized_view = text(node, "objtype") == "OBJECT_MATVIEW";
  made.persistence = persistence_of(relation);
  made.if_not_exists = flag(node, "if_not_exists");
  made.with_data = !flag(into, "skipData");
  made.query = expression_in(child(node, "query"));
  actions.emplace_back(std::move(made));
}

void create_index(const Tree& node, Actions& actions) {
  const auto& relation = child(node, "relation");
  CreateIndex made;
  made.at = location_of(relation);
  made.table = relation_name(relation);
  made.index = {made.table.schema, text(node, "idxname")};
  Tree expressions = Tree::array();
  for (const auto& parameter : list(node, "indexParams")) {
    const auto& element = child(parameter, "IndexElem");
    made.columns.push_back(text(element, "name"));
    if (element.contains("expr")) expressions.push_back(element["expr"]);
  }
  made.partial = node.contains("whereClause");
  if (made.partial) expressions.push_back(node["whereClause"]);
  made.expressions = expression_in(expressions);
  made.unique = flag(node, "unique");
  made.concurrently = flag(node, "concurrent");
  made.if_not_exists = flag(node, "if_not_exists");
  made.only = !flag(relation, "inh");
  actions.emplace_back(std::move(made));
}

void create_schema(const Tree& node, Actions& actions) {
  auto schema = text(node, "schemaname");
  if (schema.empty()) schema = text(child(node, "authrole"), "rolename");
  actions.emplace_back(CreateSchema{0, schema});
  for (const auto& element : list(node, "schemaElts")) {
    for (const auto& [kind, inner] : element.items()) read_definition(kind, inner, actions);
  }
  for (auto& action : actions) {
    const auto qualify = [&](ObjectName& name) {
      if (name.schema.empty()) name.schema = schema;
    };
    if (auto* table = std::get_if<CreateTable>(&action)) qualify(table->table);
    if (auto* view = std::get_if<CreateView>(&action)) qualify(view->view);
    if (auto* index = std::get_if<CreateIndex>(&action)) {
      qualify(index->table);
      index->index.schema = index->table.schema;
    }
  }
}

std::vector<ObjectName> relations_in(const Tree& ranges) {
  std::vector<ObjectName> names;
  for (const auto& range : ranges) names.push_back(relation_name(child(range, "RangeVar")));
  return names;
}

void create_publication(const Tree& node, Actions& actions) {
  CreatePublication made;
  for (const auto& object : list(node, "pubobjects")) {
    const auto& table = child(child(object, "PublicationObjSpec"), "pubtable");
    if (table.contains("relation")) made.tables.push_back(relation_name(child(table, "relation")));
  }
  actions.emplace_back(std::move(made));
}

void create_domain(const Tree& node, Actions& actions) {
  CreateDomain made;
  made.name = qualified_name(list(node, "domainname"));
  made.base = type_in(child(node, "typeName"));
  for (const auto& element : list(node, "constraints")) {
    const auto kind = text(child(element, "Constraint"), "contype");
    made.constrained |= kind == "CONSTR_CHECK" || kind == "CONSTR_NOTNULL";
  }
  actions.emplace_back(std::move(made));
}

}  // namespace

bool ColumnDefinition::is_serial() const {
  const auto& word = type.name.name;
  return type.name.schema.empty() && !type.is_array &&
         (word == "serial" || word == "bigserial" || word == "smallserial" || word == "serial2" || word == "serial4" ||
          word == "serial8");
}

Persistence persistence_of(const Tree& relation) {
  const auto letter = text(relation, "relpersistence");
  if (letter == "t" || text(relation, "schemaname") == "pg_temp") return Persistence::temporary;
  return letter == "u" ? Persistence::unlogged : Persistence::permanent;
}

TableConstraint table_constraint(const Tree& constraint) {
  TableConstraint made;
  made.form = form_of(text(constraint, "contype"));
  made.name = text(constraint, "conname");
  made.at = location_of(constraint);
  const bool foreign = made.form == ConstraintForm::foreign_key;
  made.columns = strings_in(list(constraint, foreign ? "fk_attrs" : "keys"));
  made.references = relation_name(child(constraint, "pktable"));
  made.referenced_columns = strings_in(list(constraint, "pk_attrs"));
  made.not_valid = flag(constraint, "skip_validation");
  made.index = text(constraint, "indexname");
  if (made.form == ConstraintForm::check) {
    made.check = expression_in(child(constraint, "raw_expr"));
    made.columns = made.check.columns;
  }
  return made;
}

ColumnDefinition column_definition(const Tree& column_def) {
  ColumnDefinition column;
  column.name = text(column_def, "colname");
  column.at = location_of(column_def);
  column.type = type_in(child(column_def, "typeName"));
  column.collation = qualified_name(list(child(column_def, "collClause"), "collname")).name;
  for (const auto& element : list(column_def, "constraints")) add_to_column(child(element, "Constraint"), column);
  column.not_null |= column.is_serial();
  return column;
}

void read_definition(const std::string& kind, const Tree& node, Actions& actions) {
  if (kind == "CreateStmt") {
    create_table(node, false, actions);
  } else if (kind == "CreateForeignTableStmt") {
    // Before 15 libpg_query wrapped the inner statement once more.
    const auto& base = child(node, "base");
    create_table(base.contains("CreateStmt") ? child(base, "CreateStmt") : base, true, actions);
  } else if (kind == "CreateTableAsStmt") {
    create_table_as(node, actions);
  } else if (kind == "ViewStmt") {
    const auto& view = child(node, "view");
    actions.emplace_back(
        CreateView{location_of(view), relation_name(view), flag(node, "replace"), expression_in(child(node, "query"))});
  } else if (kind == "IndexStmt") {
    create_index(node, actions);
  } else if (kind == "CreateSchemaStmt") {
    create_schema(node, actions);
  } else if (kind == "CreateTrigStmt") {
    const auto& table = child(node, "relation");
    actions.emplace_back(CreateTrigger{location_of(table), relation_name(table), text(node, "trigname"),
                                       qualified_name(list(node, "funcname"))});
  } else if (kind == "RuleStmt") {
    const auto& table = child(node, "relation");
    actions.emplace_back(CreateRule{location_of(table), relation_name(table), text(node, "rulename")});
  } else if (kind == "CreatePolicyStmt") {
    const auto& table = child(node, "table");
    actions.emplace_back(CreatePolicy{location_of(table), relation_name(table), text(node, "policy_name")});
  } else if (kind == "CreateDomainStmt") {
    create_domain(node, actions);
  } else if (kind == "CreateEnumStmt") {
    actions.emplace_back(CreateEnum{0, qualified_name(list(node, "typeName"))});
  } else if (kind == "CompositeTypeStmt") {
    const auto& type = child(node, "typevar");
    actions.emplace_back(CreateComposite{location_of(type), relation_name(type)});
  } else if (kind == "CreateSeqStmt") {
    const auto& sequence = child(node, "sequence");
    actions.emplace_back(CreateSequence{location_of(sequence), relation_name(sequence)});
  } else if (kind == "CreatePublicationStmt") {
    create_publication(node, actions);
  } else if (kind == "CreateStatsStmt") {
    actions.emplace_back(CreateStatistics{0, relations_in(list(node, "relations"))});
  }
}

}  // namespace dbmigrate::sql
