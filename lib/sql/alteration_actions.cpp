// ALTER TABLE, and ALTER INDEX, VIEW, SEQUENCE and TYPE where they arrive in the same shape.
// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

#include "sql/action_tree.hpp"
#include "sql/expression_tree.hpp"

namespace dbmigrate::sql {
namespace {

using Kind = AlterOption::Kind;

struct NamedKind {
  std::string_view subtype;
  Kind kind;
};

constexpr std::array kOptions{
    NamedKind{"AT_SetStatistics", Kind::statistics},
    NamedKind{"AT_SetOptions", Kind::column_options},
    NamedKind{"AT_ResetOptions", Kind::column_options},
    NamedKind{"AT_SetStorage", Kind::storage},
    NamedKind{"AT_SetCompression", Kind::compression},
    NamedKind{"AT_SetExpression", Kind::expression},
    NamedKind{"AT_AddIdentity", Kind::add_identity},
    NamedKind{"AT_SetIdentity", Kind::change_identity},
    NamedKind{"AT_DropIdentity", Kind::drop_identity},
    NamedKind{"AT_DropExpression", Kind::drop_expression},
    NamedKind{"AT_SetRelOptions", Kind::table_options},
    NamedKind{"AT_ResetRelOptions", Kind::table_options},
    NamedKind{"AT_SetLogged", Kind::logged},
    NamedKind{"AT_SetUnLogged", Kind::unlogged},
    NamedKind{"AT_SetTableSpace", Kind::tablespace},
    NamedKind{"AT_SetAccessMethod", Kind::access_method},
    NamedKind{"AT_ClusterOn", Kind::cluster_on},
    NamedKind{"AT_DropCluster", Kind::cluster_on},
    NamedKind{"AT_EnableTrig", Kind::enable_trigger},
    NamedKind{"AT_EnableAlwaysTrig", Kind::enable_trigger},
    NamedKind{"AT_EnableReplicaTrig", Kind::enable_trigger},
    NamedKind{"AT_EnableTrigAll", Kind::enable_trigger},
    NamedKind{"AT_EnableTrigUser", Kind::enable_trigger},
    NamedKind{"AT_DisableTrig", Kind::disable_trigger},
    NamedKind{"AT_DisableTrigUser", Kind::disable_trigger},
    NamedKind{"AT_DisableTrigAll", Kind::disable_all_triggers},
    NamedKind{"AT_EnableRowSecurity", Kind::enable_row_security},
    NamedKind{"AT_DisableRowSecurity", Kind::disable_row_security},
    NamedKind{"AT_ForceRowSecurity", Kind::force_row_security},
    NamedKind{"AT_NoForceRowSecurity", Kind::force_row_security},
    NamedKind{"AT_ReplicaIdentity", Kind::replica_identity},
    NamedKind{"AT_AddInherit", Kind::add_parent},
    NamedKind{"AT_DropInherit", Kind::drop_parent},
    NamedKind{"AT_AlterConstraint", Kind::change_constraint},
    NamedKind{"AT_ChangeOwner", Kind::owner},
};

Kind option_kind(std::string_view subtype) {
  const auto* const found =
      std::find_if(kOptions.begin(), kOptions.end(), [&](const NamedKind& one) { return one.subtype == subtype; });
  return found == kOptions.end() ? Kind::other : found->kind;
}

AlterOption alter_option(const Tree& command, Altered altered) {
  AlterOption made;
  made.kind = option_kind(text(command, "subtype"));
  made.altered = std::move(altered);
  made.name = text(command, "name");
  const auto& definition = child(command, "def");
  if (made.kind == Kind::table_options) {
    for (const auto& element : list(child(definition, "List"), "items")) {
      const auto name = text(child(element, "DefElem"), "defname");
      // The one that decides about the lock.
      if (made.name.empty() || name == "user_catalog_table") made.name = name;
    }
  }
  made.other = relation_name(child(definition, "RangeVar"));
  return made;
}

ChangeColumnType change_type(const Tree& command, Altered altered) {
  const auto& definition = child(child(command, "def"), "ColumnDef");
  ChangeColumnType made{std::move(altered), text(command, "name"), type_in(child(definition, "typeName")),
                        qualified_name(list(child(definition, "collClause"), "collname")).name, std::nullopt};
  if (definition.contains("raw_default")) made.using_value = expression_in(child(definition, "raw_default"));
  return made;
}

AttachPartition attach(const Tree& command, Altered altered) {
  const auto& partition = child(child(command, "def"), "PartitionCmd");
  const auto& bound = child(partition, "bound");
  return {std::move(altered), relation_name(child(partition, "name")), flag(bound, "is_default"),
          expression_in(bound).constants};
}

DetachPartition detach(const Tree& command, Altered altered) {
  const auto& partition = child(child(command, "def"), "PartitionCmd");
  return {std::move(altered), relation_name(child(partition, "name")), flag(partition, "concurrent"),
          text(command, "subtype") == "AT_DetachPartitionFinalize"};
}

SetDefault set_default(const Tree& command, Altered altered) {
  SetDefault made{std::move(altered), text(command, "name"), std::nullopt};
  if (command.contains("def")) made.value = expression_in(child(command, "def"));
  return made;
}

Action alteration(const Tree& command, const Altered& altered) {
  const auto subtype = text(command, "subtype");
  const auto name = text(command, "name");
  const bool cascade = text(command, "behavior") == "DROP_CASCADE";
  const auto& definition = child(command, "def");
  if (subtype == "AT_AddColumn") {
    return AddColumn{altered, column_definition(child(definition, "ColumnDef")), flag(command, "missing_ok")};
  }
  if (subtype == "AT_DropColumn") return DropColumn{altered, name, cascade};
  if (subtype == "AT_AlterColumnType") return change_type(command, altered);
  if (subtype == "AT_SetNotNull") return SetNotNull{altered, name};
  if (subtype == "AT_DropNotNull") return DropNotNull{altered, name};
  if (subtype == "AT_ColumnDefault") return set_default(command, altered);
  if (subtype == "AT_AddConstraint") return AddConstraint{altered, table_constraint(child(definition, "Constraint"))};
  if (subtype == "AT_ValidateConstraint") return ValidateConstraint{altered, name};
  if (subtype == "AT_DropConstraint") return DropConstraint{altered, name, cascade};
  if (subtype == "AT_AttachPartition") return attach(command, altered);
  if (subtype.starts_with("AT_DetachPartition")) return detach(command, altered);
  return alter_option(command, altered);
}

}  // namespace

void read_alteration(const std::string& kind, const Tree& node, Actions& actions) {
  if (kind != "AlterTableStmt") return;
  const auto& relation = child(node, "relation");
  Altered altered{relation_name(relation), object_class(text(node, "objtype")), !flag(relation, "inh"),
                  location_of(relation)};
  for (const auto& element : list(node, "cmds")) {
    const auto& command = child(element, "AlterTableCmd");
    if (const auto at = first_location_in(child(command, "def")); at != 0) altered.at = at;
    actions.push_back(alteration(command, altered));
    altered.at = location_of(relation);
  }
}

}  // namespace dbmigrate::sql
