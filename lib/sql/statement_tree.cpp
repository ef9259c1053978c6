// One function for each kind of statement that matters; the tree of any other is not even read.
// SPDX-License-Identifier: Apache-2.0
#include "sql/statement_tree.hpp"

#include <algorithm>
#include <array>
#include <string>
#include <utility>

#include "sql/tree.hpp"

namespace dbmigrate::sql {
namespace {

void transaction(const Tree& node, StatementFacts& facts) {
  const auto kind = text(node, "kind");
  const bool prepared = kind == "TRANS_STMT_COMMIT_PREPARED" || kind == "TRANS_STMT_ROLLBACK_PREPARED";
  const bool inside =
      kind == "TRANS_STMT_SAVEPOINT" || kind == "TRANS_STMT_RELEASE" || kind == "TRANS_STMT_ROLLBACK_TO";
  facts.forbids_transaction |= prepared;
  facts.transaction_control |= !prepared && !inside;
}

void index(const Tree& node, StatementFacts& facts) {
  if (!flag(node, "concurrent")) return;
  facts.forbids_transaction = true;
  const auto table = relation_name(child(node, "relation"));
  facts.builds_index = ConcurrentIndex{{table.schema, text(node, "idxname")}, table, flag(node, "if_not_exists")};
}

void drop(const Tree& node, StatementFacts& facts) {
  const auto kind = text(node, "removeType");
  if (kind == "OBJECT_EXTENSION") {
    for (const auto& name : list(node, "objects")) facts.drops_extensions.push_back(string_node(name));
  } else if (kind == "OBJECT_INDEX" && flag(node, "concurrent")) {
    facts.forbids_transaction = true;
    for (const auto& object : list(node, "objects")) {
      facts.drops_indexes.push_back(qualified_name(list(child(object, "List"), "items")));
    }
  }
}

void reindex(const Tree& node, StatementFacts& facts) {
  const auto kind = text(node, "kind");
  facts.forbids_transaction |= kind == "REINDEX_OBJECT_SCHEMA" || kind == "REINDEX_OBJECT_DATABASE" ||
                               kind == "REINDEX_OBJECT_SYSTEM" ||
                               option(list(node, "params"), "concurrently").on_or(false);
}

void vacuum(const Tree& node, StatementFacts& facts) { facts.forbids_transaction |= flag(node, "is_vacuumcmd"); }

/// A partitioned table's CLUSTER is refused too, which the statement does not show.
void cluster(const Tree& node, StatementFacts& facts) { facts.forbids_transaction |= !node.contains("relation"); }

void discard(const Tree& node, StatementFacts& facts) {
  facts.forbids_transaction |= text(node, "target") == "DISCARD_ALL";
}

void alter_table(const Tree& node, StatementFacts& facts) {
  for (const auto& command : list(node, "cmds")) {
    const auto& definition = child(child(command, "AlterTableCmd"), "def");
    facts.forbids_transaction |= flag(child(definition, "PartitionCmd"), "concurrent");
    if (definition.contains("ColumnDef") && text(child(command, "AlterTableCmd"), "subtype") == "AT_AddColumn" &&
        text(node, "objtype") == "OBJECT_TABLE") {
      facts.adds_columns.push_back(
          {relation_name(child(node, "relation")), text(child(definition, "ColumnDef"), "colname")});
    }
  }
}

void alter_database(const Tree& node, StatementFacts& facts) {
  facts.forbids_transaction |= option(list(node, "options"), "tablespace").given;
}

void create_subscription(const Tree& node, StatementFacts& facts) {
  const auto& options = list(node, "options");
  const bool connects = option(options, "connect").on_or(true);
  facts.forbids_transaction |= option(options, "create_slot").on_or(connects);
}

/// What talks to the publisher: a refresh, which is the default, and changes to the slot.
void alter_subscription(const Tree& node, StatementFacts& facts) {
  const auto kind = text(node, "kind");
  const auto& options = list(node, "options");
  const bool publications = kind == "ALTER_SUBSCRIPTION_SET_PUBLICATION" ||
                            kind == "ALTER_SUBSCRIPTION_ADD_PUBLICATION" ||
                            kind == "ALTER_SUBSCRIPTION_DROP_PUBLICATION";
  facts.forbids_transaction |= kind.starts_with("ALTER_SUBSCRIPTION_REFRESH") ||
                               (publications && option(options, "refresh").on_or(true)) ||
                               (kind == "ALTER_SUBSCRIPTION_OPTIONS" &&
                                (option(options, "failover").given || !option(options, "two_phase").on_or(true)));
}

void always_forbidden(const Tree&, StatementFacts& facts) { facts.forbids_transaction = true; }

void call_or_do(const Tree&, StatementFacts& facts) { facts.call_or_do = true; }

void created_table(const Tree& relation, StatementFacts& facts) {
  const auto name = relation_name(relation);
  if (text(relation, "relpersistence") == "t" || name.schema == "pg_temp") return;
  facts.creates_tables.push_back(name);
}

void create_table(const Tree& node, StatementFacts& facts) { created_table(child(node, "relation"), facts); }

void create_table_as(const Tree& node, StatementFacts& facts) {
  if (text(node, "objtype") != "OBJECT_MATVIEW") created_table(child(child(node, "into"), "rel"), facts);
}

/// INTO stands in the first SELECT of a UNION.
void select_into(const Tree& node, StatementFacts& facts) {
  const Tree* leaf = &node;
  while (leaf->contains("larg")) leaf = &child(*leaf, "larg");
  if (leaf->contains("intoClause")) created_table(child(child(*leaf, "intoClause"), "rel"), facts);
}

void create_schema(const Tree& node, StatementFacts& facts) {
  auto schema = text(node, "schemaname");
  if (schema.empty()) schema = text(child(node, "authrole"), "rolename");
  for (const auto& element : list(node, "schemaElts")) {
    if (!element.contains("CreateStmt")) continue;
    auto name = relation_name(child(child(element, "CreateStmt"), "relation"));
    if (name.schema.empty()) name.schema = schema;
    facts.creates_tables.push_back(std::move(name));
  }
}

void create_extension(const Tree& node, StatementFacts& facts) {
  facts.creates_extensions.push_back(text(node, "extname"));
}

struct Reader {
  std::string_view kind;
  void (*read)(const Tree& node, StatementFacts& facts);
};

constexpr std::array kReaders{
    Reader{"TransactionStmt", transaction},
    Reader{"IndexStmt", index},
    Reader{"DropStmt", drop},
    Reader{"ReindexStmt", reindex},
    Reader{"VacuumStmt", vacuum},
    Reader{"ClusterStmt", cluster},
    Reader{"DiscardStmt", discard},
    Reader{"AlterTableStmt", alter_table},
    Reader{"AlterDatabaseStmt", alter_database},
    Reader{"AlterSystemStmt", always_forbidden},
    Reader{"CreatedbStmt", always_forbidden},
    Reader{"DropdbStmt", always_forbidden},
    Reader{"CreateTableSpaceStmt", always_forbidden},
    Reader{"DropTableSpaceStmt", always_forbidden},
    Reader{"CreateSubscriptionStmt", create_subscription},
    Reader{"AlterSubscriptionStmt", alter_subscription},
    // Refused while the subscription has a slot, as it has unless it was taken away; the statement does not say.
    Reader{"DropSubscriptionStmt", always_forbidden},
    Reader{"CallStmt", call_or_do},
    Reader{"DoStmt", call_or_do},
    Reader{"CreateStmt", create_table},
    Reader{"CreateTableAsStmt", create_table_as},
    Reader{"SelectStmt", select_into},
    Reader{"CreateSchemaStmt", create_schema},
    Reader{"CreateExtensionStmt", create_extension},
};

const Reader* reader_of(std::string_view kind) {
  const auto found = std::find_if(kReaders.begin(), kReaders.end(), [&](const Reader& r) { return r.kind == kind; });
  return found == kReaders.end() ? nullptr : &*found;
}

/// Whether reading the JSON can tell anything. It is a look at the text, since most statements of a large script are
/// rows, whose trees are long. Keys cannot occur inside a string, whose quotes are escaped.
bool worth_reading(std::string_view tree) {
  constexpr std::string_view kStatement = R"({"stmt":{")";
  for (auto at = tree.find(kStatement); at != std::string_view::npos; at = tree.find(kStatement, at)) {
    at += kStatement.size();
    const auto kind = tree.substr(at, tree.find('"', at) - at);
    if (kind == "SelectStmt" && tree.find(R"("intoClause":)") == std::string_view::npos) continue;
    if (reader_of(kind) != nullptr) return true;
  }
  return false;
}

/// Leaves out of the value what no reader looks at, the inside of expressions above all: as values they take several
/// times the memory of the text. Only the INTO of a UNION stands deep.
Tree::parser_callback_t shallow(std::string_view tree) {
  constexpr int kDeepest = 16;
  if (tree.find(R"({"stmt":{"SelectStmt":)") != std::string_view::npos) return nullptr;
  return [](int depth, Tree::parse_event_t, Tree&) { return depth <= kDeepest; };
}

}  // namespace

TreeReading read_tree(std::string_view tree, StatementFacts& facts) {
  if (!worth_reading(tree)) return TreeReading::done;
  const auto root = Tree::parse(tree, shallow(tree), false);
  if (root.is_discarded()) return TreeReading::unreadable;
  add_facts(root, facts);
  return TreeReading::done;
}

void add_facts(const Tree& root, StatementFacts& facts) {
  for (const auto& raw : list(root, "stmts")) {
    for (const auto& [kind, node] : child(raw, "stmt").items()) {
      if (const auto* reader = reader_of(kind)) reader->read(node, facts);
    }
  }
}

}  // namespace dbmigrate::sql
