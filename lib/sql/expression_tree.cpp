// One walk over the whole expression, without recursion; only its upper AND is looked at more closely.
// SPDX-License-Identifier: Apache-2.0
#include "sql/expression_tree.hpp"

#include <algorithm>
#include <limits>
#include <set>
#include <utility>

namespace dbmigrate::sql {
namespace {

ObjectName without_catalog(ObjectName name) {
  if (name.schema == "pg_catalog") name.schema.clear();
  return name;
}

FunctionCall function_call(const Tree& node) {
  FunctionCall call{without_catalog(qualified_name(list(node, "funcname"))), location_of(node), {}};
  for (const auto& argument : list(node, "args")) {
    if (auto constant = constant_in(argument); !constant.empty()) call.constants.push_back(std::move(constant));
  }
  return call;
}

std::string constant_of(const Tree& constant) {
  if (constant.contains("sval")) return text(child(constant, "sval"), "sval");
  if (constant.contains("ival")) return std::to_string(number(child(constant, "ival"), "ival"));
  if (constant.contains("fval")) return text(child(constant, "fval"), "fval");
  if (constant.contains("boolval")) return flag(child(constant, "boolval"), "boolval") ? "true" : "false";
  return {};
}

/// The column's own name; empty for `*`.
std::string column_name(const Tree& column_ref) {
  const auto& fields = list(column_ref, "fields");
  return fields.empty() ? std::string() : string_node(fields.back());
}

/// Relations that a query reads, under the names that it gives them.
class Relations {
 public:
  void add(const Tree& range) {
    Read read{relation_name(range), text(child(range, "alias"), "aliasname")};
    if (read.alias.empty()) read.alias = read.name.name;
    reads_.push_back(std::move(read));
  }
  void add_cte(std::string name) { ctes_.insert(std::move(name)); }
  void add_locking(const Tree& clause) {
    const auto& tables = list(clause, "lockedRels");
    locks_all_ |= tables.empty();
    for (const auto& table : tables) locked_.insert(text(child(table, "RangeVar"), "relname"));
  }

  void put_into(Expression& expression) const {
    for (const auto& read : reads_) {
      if (read.name.schema.empty() && ctes_.contains(read.name.name)) continue;
      add_once(read.name, expression.reads);
      if (locks_all_ || locked_.contains(read.alias)) add_once(read.name, expression.locks_rows);
    }
  }

 private:
  struct Read {
    ObjectName name;
    std::string alias;
  };

  static void add_once(const ObjectName& name, std::vector<ObjectName>& names) {
    if (std::find(names.begin(), names.end(), name) == names.end()) names.push_back(name);
  }

  std::vector<Read> reads_;
  std::set<std::string> ctes_;
  std::set<std::string> locked_;
  bool locks_all_ = false;
};

/// The terms that `node` is an AND of; itself where it is none.
std::vector<const Tree*> and_terms(const Tree& node) {
  std::vector<const Tree*> terms;
  std::vector<const Tree*> waiting{&node};
  while (!waiting.empty()) {
    const Tree& next = *waiting.back();
    waiting.pop_back();
    const auto& operation = child(next, "BoolExpr");
    if (text(operation, "boolop") != "AND_EXPR") {
      terms.push_back(&next);
      continue;
    }
    for (const auto& argument : list(operation, "args")) waiting.push_back(&argument);
  }
  return terms;
}

enum class Comparison { none, exact, lower, upper };

/// Of a column with a constant, or with a parameter that stands for one.
Comparison comparison_in(const Tree& term) {
  const auto& operation = child(term, "A_Expr");
  const auto& name = list(operation, "name");
  const auto& left = child(operation, "lexpr");
  const auto& right = child(operation, "rexpr");
  if (!left.contains("ColumnRef") && !right.contains("ColumnRef")) return Comparison::none;
  const auto kind = text(operation, "kind");
  if (kind == "AEXPR_BETWEEN" || kind == "AEXPR_IN") return Comparison::exact;
  if (kind == "AEXPR_OP_ANY") return right.contains("SubLink") ? Comparison::none : Comparison::exact;
  if (kind != "AEXPR_OP" || name.size() != 1) return Comparison::none;
  const auto symbol = string_node(name.front());
  if (symbol == "=") {
    const auto& other = left.contains("ColumnRef") ? right : left;
    return constant_in(other).empty() && !other.contains("ParamRef") ? Comparison::none : Comparison::exact;
  }
  const bool turned = !left.contains("ColumnRef");
  if (symbol == "<" || symbol == "<=") return turned ? Comparison::lower : Comparison::upper;
  if (symbol == ">" || symbol == ">=") return turned ? Comparison::upper : Comparison::lower;
  return Comparison::none;
}

/// The column that a term compares.
std::string compared_column(const Tree& term) {
  const auto& operation = child(term, "A_Expr");
  const auto& left = child(operation, "lexpr");
  return column_name(child(left.contains("ColumnRef") ? left : child(operation, "rexpr"), "ColumnRef"));
}

bool is_always_true(const Tree& node) {
  if (constant_in(node) == "true") return true;
  const auto& comparison = child(node, "A_Expr");
  const auto& name = list(comparison, "name");
  if (name.size() != 1 || string_node(name.front()) != "=") return false;
  const auto left = constant_in(child(comparison, "lexpr"));
  return !left.empty() && left == constant_in(child(comparison, "rexpr"));
}

void read_top(const Tree& node, Expression& expression) {
  const auto& cast = child(node, "TypeCast");
  expression.cast_to = type_in(child(cast, "typeName")).name.name;
  const auto& inner = cast.contains("arg") ? child(cast, "arg") : node;
  expression.is_null = flag(child(inner, "A_Const"), "isnull");
  const Tree* innermost = &node;
  while (innermost->contains("TypeCast")) innermost = &child(child(*innermost, "TypeCast"), "arg");
  expression.is_column = innermost->contains("ColumnRef");
  expression.is_true = is_always_true(node);
  bool lower = false;
  bool upper = false;
  for (const auto* const term : and_terms(node)) {
    const auto comparison = comparison_in(*term);
    lower |= comparison == Comparison::lower;
    upper |= comparison == Comparison::upper;
    expression.is_bounded |= comparison == Comparison::exact || (lower && upper);
    const bool range = text(child(*term, "A_Expr"), "kind") == "AEXPR_BETWEEN";
    if (comparison == Comparison::exact && !range) expression.exact_columns.push_back(compared_column(*term));
    const auto& test = child(*term, "NullTest");
    if (text(test, "nulltesttype") != "IS_NOT_NULL") continue;
    if (const auto& arg = child(test, "arg"); arg.contains("ColumnRef")) {
      expression.not_null.push_back(column_name(child(arg, "ColumnRef")));
    }
  }
}

}  // namespace

std::size_t location_of(const Tree& node) {
  const int location = number(node, "location");
  return location > 0 ? static_cast<std::size_t>(location) : 0;
}

std::size_t first_location_in(const Tree& node) {
  auto first = std::numeric_limits<std::size_t>::max();
  each_node(node, [&](const std::string&, const Tree& inner) {
    if (inner.contains("location") && number(inner, "location") >= 0) first = std::min(first, location_of(inner));
    return true;
  });
  return first == std::numeric_limits<std::size_t>::max() ? 0 : first;
}

std::vector<std::string> strings_in(const Tree& list) {
  std::vector<std::string> texts;
  for (const auto& item : list) texts.push_back(string_node(item));
  return texts;
}

std::string constant_in(const Tree& node) {
  const Tree* inner = &node;
  while (inner->contains("TypeCast")) inner = &child(child(*inner, "TypeCast"), "arg");
  return constant_of(child(*inner, "A_Const"));
}

TypeUse type_in(const Tree& type_name) {
  TypeUse type{without_catalog(qualified_name(list(type_name, "names"))), {}, type_name.contains("arrayBounds")};
  for (const auto& modifier : list(type_name, "typmods")) {
    auto text = constant_in(modifier);
    if (text.empty()) text = column_name(child(modifier, "ColumnRef"));
    type.modifiers.push_back(std::move(text));
  }
  return type;
}

Expression expression_in(const Tree& node) {
  Expression expression;
  expression.at = first_location_in(node);
  Relations relations;
  each_node(node, [&](const std::string& key, const Tree& inner) {
    if (key == "FuncCall") {
      expression.calls.push_back(function_call(inner));
    } else if (key == "ColumnRef") {
      if (auto name = column_name(inner); !name.empty()) expression.columns.push_back(std::move(name));
    } else if (key == "A_Const") {
      if (inner.contains("sval")) expression.strings.push_back(text(child(inner, "sval"), "sval"));
      if (!flag(inner, "isnull")) expression.constants.push_back(constant_of(inner));
    } else if (key == "RangeVar") {
      relations.add(inner);
    } else if (key == "CommonTableExpr") {
      relations.add_cte(text(inner, "ctename"));
    } else if (key == "LockingClause") {
      relations.add_locking(inner);
      return false;
    } else if (key == "SelectStmt" || key == "SubLink") {
      expression.has_query = true;
      expression.is_bounded |= inner.contains("limitCount");
    }
    return true;
  });
  relations.put_into(expression);
  if (node.is_object()) read_top(node, expression);
  return expression;
}

std::string TypeUse::text() const {
  std::string result = name.schema.empty() ? name.name : name.schema + "." + name.name;
  for (std::size_t i = 0; i < modifiers.size(); ++i) result += (i == 0 ? "(" : ",") + modifiers[i];
  if (!modifiers.empty()) result += ")";
  return is_array ? result + "[]" : result;
}

}  // namespace dbmigrate::sql
