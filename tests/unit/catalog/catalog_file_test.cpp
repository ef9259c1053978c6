// Catalog files: what they leave out, and reading back what was written.
// SPDX-License-Identifier: Apache-2.0
#include "catalog/catalog_file.hpp"

#include "support/catch.hpp"
#include "support/errors.hpp"
#include "support/graph.hpp"

namespace dbmigrate {
namespace {

CatalogFile example() {
  CatalogFile file;
  file.id = {"main", "002_names"};
  file.checksum = Checksum::of("text");
  file.inputs = Checksum::of("inputs");
  file.server_major = 15;
  file.adds = {{{ObjectKind::table, "public.users"}, {}},
               {{ObjectKind::column, "public.users.name"}, {{"type", "text"}, {"default", "''::text"}}},
               {{ObjectKind::column, "public.users.id"}, {{"type", "bigint"}}},
               {{ObjectKind::view, "public.\"a: b\""}, {{"expression", " SELECT 1 AS \"ä\",\n    2 AS b;"}}}};
  file.changes = {{{ObjectKind::column, "public.t.c"},
                   {{"comment", "old", std::nullopt}, {"nullability", std::nullopt, "NOT NULL"}}}};
  file.drops = {{ObjectKind::index, "public.i"}, {ObjectKind::index, "public.j"}};
  return file;
}

}  // namespace

TEST_CASE("a catalog file reads back as it was written", "[catalog]") {
  CHECK(parse_catalog_file(catalog_file_text(example()), "x.yaml") == example());
}

TEST_CASE("a catalog file of nothing reads back too", "[catalog]") {
  CatalogFile file = example();
  file.adds.clear();
  file.changes.clear();
  file.drops.clear();
  CHECK(parse_catalog_file(catalog_file_text(file), "x.yaml") == file);
}

TEST_CASE("mistakes in a catalog file have their place", "[catalog]") {
  const std::string head = "format: 1\nrevision: main@1\nchecksum: a\ninputs: b\nserver_major: 15\n";
  const auto error = [&](const std::string& text) {
    return error_of([&] { static_cast<void>(parse_catalog_file(text, "x.yaml")); });
  };
  CHECK(error(head + "adds:\n  tabel:\n    public.t: {}\n").message == "unknown kind of object \"tabel\"");
  CHECK(error(head + "adds:\n  tabel:\n    public.t: {}\n").at->line == 8);
  CHECK(error(head + "ads: {}\n").code == ErrorCode::invalid_descriptor);
  CHECK(error("format: 2\nrevision: main@1\nchecksum: a\ninputs: b\nserver_major: 15\n").at->line == 1);
  CHECK(error("revision: main@1\n").code == ErrorCode::invalid_descriptor);
}

TEST_CASE("files hold nothing of the server or of who ran the migration", "[catalog]") {
  CHECK(portable({ObjectKind::extension, "x"}, {{"version", "1.3"}, {"schema", "public"}}, "postgres").empty());
  CHECK(portable({ObjectKind::column, "p.t.c"}, {{"position", "3"}, {"type", "text"}}, "") ==
        Properties{{"type", "text"}});
  CHECK(portable({ObjectKind::table, "p.t"}, {{"owner", "postgres"}}, "postgres").empty());
  CHECK(portable({ObjectKind::table, "p.t"}, {{"owner", "app"}}, "postgres") == Properties{{"owner", "app"}});
  CHECK(portable({ObjectKind::function, "p.f()"}, {{"body", "SELECT 1"}}, "") ==
        Properties{{"body digest", Checksum::of("SELECT 1").hex()}});
}

TEST_CASE("added columns keep their order", "[catalog]") {
  const Snapshot before{.server_major = 15, .objects = {}};
  const Snapshot after{.server_major = 15,
                       .objects = {{{ObjectKind::column, "public.t.a"}, {{"position", "10"}}},
                                   {{ObjectKind::column, "public.t.b"}, {{"position", "9"}}},
                                   {{ObjectKind::column, "public.t.c"}, {{"position", "1"}}}}};
  const auto file = catalog_file_of(before, after, "");
  REQUIRE(file.adds.size() == 3);
  CHECK(file.adds[0].key.identity == "public.t.c");
  CHECK(file.adds[1].key.identity == "public.t.b");
  CHECK(file.adds[2].key.identity == "public.t.a");
}

TEST_CASE("inputs change with the revision and with all that it builds on", "[catalog]") {
  const std::vector<RevisionSpec> specs{
      {"a", {}}, {"b", {"a"}}, {"c", {"b"}}, {"other@x", {}}, {"other@y", {"x"}, {"main@b"}}};
  const auto graph = graph_of(specs);
  const auto before = catalog_inputs(graph);
  auto set = set_of(specs);
  for (auto& migration : set.migrations) {
    if (migration.id == id_of("b")) migration.checksum = Checksum::of("edited");
  }
  const RevisionGraph edited(std::move(set));
  const auto after = catalog_inputs(edited);
  const auto same = [&](std::string_view id) {
    return before[*graph.find(id_of(id))] == after[*edited.find(id_of(id))];
  };
  CHECK(same("a"));
  CHECK_FALSE(same("b"));
  CHECK_FALSE(same("c"));
  CHECK(same("other@x"));
  CHECK_FALSE(same("other@y"));
}

}  // namespace dbmigrate
