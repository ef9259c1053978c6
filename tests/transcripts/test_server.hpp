// The PostgreSQL that stories run against: the one that DBMIGRATE_TEST_URL names, else one of this process's own.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>

#include "embedded/temporary_server.hpp"

namespace dbmigrate {

class TestServer {
 public:
  /// Throws Error when there is no server and none can be started.
  TestServer();

  /// Of a database to connect to; its role may create others.
  [[nodiscard]] const std::string& url() const { return url_; }

 private:
  std::optional<TemporaryServer> own_;
  std::string url_;
};

}  // namespace dbmigrate
