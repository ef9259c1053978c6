// What is not tried on the database itself.
// SPDX-License-Identifier: Apache-2.0
#include "preview/target_rehearsal.hpp"

#include "support/catch.hpp"

namespace dbmigrate {

TEST_CASE("what a transaction does not take back is not tried on the database itself", "[preview]") {
  CHECK(why_not_there("COPY users TO PROGRAM 'cat'") != "");
  CHECK(why_not_there("copy users from '/tmp/users.csv'") != "");
  CHECK(why_not_there("SELECT dblink('host=other', 'DELETE FROM t')") == "what dblink does is not rolled back");
  CHECK(why_not_there("SELECT pg_terminate_backend(pid) FROM pg_stat_activity") != "");
  CHECK(why_not_there("DO $$ BEGIN PERFORM dblink_exec('x', 'y'); END $$") != "");
}

TEST_CASE("other statements are", "[preview]") {
  CHECK(why_not_there("COPY users FROM STDIN") == "");
  CHECK(why_not_there("COPY users (id) TO STDOUT") == "");
  CHECK(why_not_there("CREATE TABLE copy (dblinks int)") == "");
  CHECK(why_not_there("SELECT nextval('users_id_seq')") == "");
}

}  // namespace dbmigrate
