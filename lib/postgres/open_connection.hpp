// From a URL to an open connection, over all hosts that it names.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <libpq-fe.h>

#include <memory>

#include "postgres/session.hpp"

namespace dbmigrate {

struct ConnectionCloser {
  void operator()(PGconn* handle) const { PQfinish(handle); }
};
using ConnectionHandle = std::unique_ptr<PGconn, ConnectionCloser>;

/// Waits in poll(), so that a signal ends the wait. A host that does not answer, or closes the connection without a
/// word, is followed by the next: libpq by itself goes on only behind one that cannot be reached. Throws what
/// postgres/refusal.hpp and postgres/address.hpp have.
ConnectionHandle open_connection(const ConnectionOptions& options);

}  // namespace dbmigrate
