// DROP, RENAME, SET SCHEMA, and changes to types, sequences, comments and privileges.
// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

#include "sql/action_tree.hpp"
#include "sql/expression_tree.hpp"

namespace dbmigrate::sql {
namespace {

struct NamedClass {
  std::string_view name;
  ObjectClass what;
};

constexpr std::array kClasses{
    NamedClass{"OBJECT_TABLE", ObjectClass::table},
    NamedClass{"OBJECT_VIEW", ObjectClass::view},
    NamedClass{"OBJECT_MATVIEW", ObjectClass::materialized_view},
    NamedClass{"OBJECT_INDEX", ObjectClass::index},
    NamedClass{"OBJECT_SEQUENCE", ObjectClass::sequence},
    NamedClass{"OBJECT_FOREIGN_TABLE", ObjectClass::foreign_table},
    NamedClass{"OBJECT_COLUMN", ObjectClass::column},
    NamedClass{"OBJECT_ATTRIBUTE", ObjectClass::column},
    NamedClass{"OBJECT_TABCONSTRAINT", ObjectClass::constraint},
    NamedClass{"OBJECT_TYPE", ObjectClass::type},
    NamedClass{"OBJECT_DOMAIN", ObjectClass::domain},
    NamedClass{"OBJECT_FUNCTION", ObjectClass::function},
    NamedClass{"OBJECT_PROCEDURE", ObjectClass::function},
    NamedClass{"OBJECT_ROUTINE", ObjectClass::function},
    NamedClass{"OBJECT_AGGREGATE", ObjectClass::function},
    NamedClass{"OBJECT_TRIGGER", ObjectClass::trigger},
    NamedClass{"OBJECT_RULE", ObjectClass::rule},
    NamedClass{"OBJECT_POLICY", ObjectClass::policy},
    NamedClass{"OBJECT_SCHEMA", ObjectClass::schema},
    NamedClass{"OBJECT_DATABASE", ObjectClass::database},
};

/// What stands for an object in DROP: a list of names, a name, a type, or a function with its arguments.
ObjectName dropped_object(const Tree& object) {
  if (object.contains("List")) return qualified_name(list(child(object, "List"), "items"));
  if (object.contains("TypeName")) return qualified_name(list(child(object, "TypeName"), "names"));
  if (object.contains("ObjectWithArgs")) return qualified_name(list(child(object, "ObjectWithArgs"), "objname"));
  return {"", string_node(object)};
}

/// The relation of what is named by it and a name of its own: all but the last part.
ObjectName relation_of_part(const Tree& names) {
  Tree relation = names;
  if (!relation.empty()) relation.erase(relation.size() - 1);
  return qualified_name(relation);
}

bool is_part(ObjectClass what) {
  return what == ObjectClass::trigger || what == ObjectClass::rule || what == ObjectClass::policy ||
         what == ObjectClass::column || what == ObjectClass::constraint;
}

void drop(const Tree& node, Actions& actions) {
  Drop made;
  made.what = object_class(text(node, "removeType"));
  for (const auto& object : list(node, "objects")) {
    if (is_part(made.what)) {
      const auto& names = list(child(object, "List"), "items");
      made.objects.push_back(relation_of_part(names));
      made.parts.push_back(qualified_name(names).name);
    } else {
      made.objects.push_back(dropped_object(object));
    }
  }
  made.concurrently = flag(node, "concurrent");
  made.cascade = text(node, "behavior") == "DROP_CASCADE";
  made.if_exists = flag(node, "missing_ok");
  actions.emplace_back(std::move(made));
}

void rename(const Tree& node, Actions& actions) {
  Rename made;
  made.what = object_class(text(node, "renameType"));
  made.of = is_part(made.what) ? object_class(text(node, "relationType")) : made.what;
  const auto& relation = child(node, "relation");
  made.at = location_of(relation);
  made.object = relation.empty() ? dropped_object(child(node, "object")) : relation_name(relation);
  made.part = text(node, "subname");
  if (made.what == ObjectClass::schema || made.what == ObjectClass::database) made.object = {"", made.part};
  made.to = text(node, "newname");
  actions.emplace_back(std::move(made));
}

void move_to_schema(const Tree& node, Actions& actions) {
  const auto& relation = child(node, "relation");
  MoveToSchema made{location_of(relation), object_class(text(node, "objectType")), relation_name(relation),
                    text(node, "newschema")};
  if (relation.empty()) made.object = dropped_object(child(node, "object"));
  actions.emplace_back(std::move(made));
}

void alter_domain(const Tree& node, Actions& actions) {
  using Kind = AlterDomain::Kind;
  AlterDomain made;
  made.domain = qualified_name(list(node, "typeName"));
  const auto letter = text(node, "subtype");
  if (letter == "C") made.kind = Kind::add_constraint;
  if (letter == "X") made.kind = Kind::drop_constraint;
  if (letter == "V") made.kind = Kind::validate;
  if (letter == "O") made.kind = Kind::set_not_null;
  if (letter == "N") made.kind = Kind::drop_not_null;
  made.not_valid = flag(child(child(node, "def"), "Constraint"), "skip_validation");
  actions.emplace_back(std::move(made));
}

void alter_sequence(const Tree& node, Actions& actions) {
  const auto& sequence = child(node, "sequence");
  AlterSequence made{location_of(sequence), relation_name(sequence), {}};
  for (const auto& element : list(node, "options")) {
    const auto& definition = child(element, "DefElem");
    if (text(definition, "defname") != "owned_by") continue;
    made.owner = relation_of_part(list(child(child(definition, "arg"), "List"), "items"));
  }
  actions.emplace_back(std::move(made));
}

void comment(const Tree& node, Actions& actions) {
  Comment made;
  made.what = object_class(text(node, "objtype"));
  const auto& object = child(node, "object");
  made.object = is_part(made.what) ? relation_of_part(list(child(object, "List"), "items")) : dropped_object(object);
  actions.emplace_back(std::move(made));
}

void grant(const Tree& node, Actions& actions) {
  Grant made;
  made.revoke = !flag(node, "is_grant");
  for (const auto& role : list(node, "grantees")) {
    made.to_public |= text(child(role, "RoleSpec"), "roletype") == "ROLESPEC_PUBLIC";
  }
  actions.emplace_back(made);
}

}  // namespace

ObjectClass object_class(std::string_view object_type) {
  const auto* const found =
      std::find_if(kClasses.begin(), kClasses.end(), [&](const NamedClass& one) { return one.name == object_type; });
  return found == kClasses.end() ? ObjectClass::other : found->what;
}

void read_object_change(const std::string& kind, const Tree& node, Actions& actions) {
  if (kind == "DropStmt") {
    drop(node, actions);
  } else if (kind == "DropdbStmt") {
    Drop made;
    made.what = ObjectClass::database;
    made.objects = {{"", text(node, "dbname")}};
    actions.emplace_back(std::move(made));
  } else if (kind == "RenameStmt") {
    rename(node, actions);
  } else if (kind == "AlterObjectSchemaStmt") {
    move_to_schema(node, actions);
  } else if (kind == "AlterDomainStmt") {
    alter_domain(node, actions);
  } else if (kind == "AlterEnumStmt") {
    actions.emplace_back(AlterEnum{0, qualified_name(list(node, "typeName")), text(node, "oldVal"),
                                   text(node, "newVal"), node.contains("newValNeighbor")});
  } else if (kind == "AlterSeqStmt") {
    alter_sequence(node, actions);
  } else if (kind == "CommentStmt") {
    comment(node, actions);
  } else if (kind == "GrantStmt") {
    grant(node, actions);
  }
}

}  // namespace dbmigrate::sql
