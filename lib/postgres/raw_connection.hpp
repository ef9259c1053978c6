// The one place that knows libpqxx: it owns the connection; both its versions give the same face.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <libpq-fe.h>

#include <memory>

namespace dbmigrate {

/// A connection that libpqxx owns and whose libpq handle is ours to use. Closed when it goes out of scope.
class RawConnection {
 public:
  /// Takes over `handle`, which is connected.
  explicit RawConnection(PGconn* handle);
  ~RawConnection();
  RawConnection(const RawConnection&) = delete;
  RawConnection& operator=(const RawConnection&) = delete;

  [[nodiscard]] PGconn* handle() const;

 private:
  struct Owner;
  std::unique_ptr<Owner> owner_;
};

}  // namespace dbmigrate
