// Texts of two databases whose extensions stand in different schemas.
// SPDX-License-Identifier: Apache-2.0
#include "catalog/extension_names.hpp"

#include "support/catch.hpp"

using namespace dbmigrate;

TEST_CASE("where an extension stands makes no difference to a definition", "[catalog]") {
  const ExtensionNames names{{"uuid_generate_v4", {"extensions"}},
                             {"gin_trgm_ops", {"extensions"}},
                             {"%", {"extensions"}},
                             {"\"Odd\"", {"\"Own schema\""}}};
  const auto same = [&](const char* expected, const char* live) { return same_but_for_schemas(expected, live, names); };

  CHECK(same("public.uuid_generate_v4()", "extensions.uuid_generate_v4()"));
  CHECK(same("uuid_generate_v4()", "extensions.uuid_generate_v4()"));
  CHECK(same("USING gin (name public.gin_trgm_ops)", "USING gin (name extensions.gin_trgm_ops)"));
  CHECK(same("(name OPERATOR(public.%) 'x')", "(name OPERATOR(extensions.%) 'x')"));
  CHECK(same("public.\"Odd\"", "\"Own schema\".\"Odd\""));
  CHECK_FALSE(same("public.uuid_generate_v4()", "mine.uuid_generate_v4()"));
  CHECK_FALSE(same("public.uuid_generate_v1()", "extensions.uuid_generate_v1()"));
  CHECK_FALSE(same("'public.uuid_generate_v4'", "'extensions.uuid_generate_v4'"));
  CHECK_FALSE(same("public.uuid_generate_v4_of()", "extensions.uuid_generate_v4_of()"));
  CHECK_FALSE(same_but_for_schemas("public.f()", "extensions.f()", {}));
}
