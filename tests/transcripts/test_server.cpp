// Chooses the server of a test run.
// SPDX-License-Identifier: Apache-2.0
#include "transcripts/test_server.hpp"

#include <cstdlib>

#include "embedded/server_binaries.hpp"

namespace dbmigrate {

TestServer::TestServer() {
  if (const char* given = std::getenv("DBMIGRATE_TEST_URL"); given != nullptr && *given != '\0') {
    url_ = given;
    return;
  }
  const char* folder = std::getenv("DBMIGRATE_TEST_PG_BIN");
  own_.emplace(find_server_binaries(folder == nullptr ? "" : folder));
  url_ = own_->url();
}

}  // namespace dbmigrate
