// The address of a database as libpq reads it, before and behind connecting.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <libpq-fe.h>

#include <optional>
#include <string>
#include <string_view>

#include "core/duration.hpp"

namespace dbmigrate {

/// Throws Error{invalid_config} for a URL or conninfo string that libpq cannot read, without the parts of it that libpq
/// would quote: they may be a password's.
void require_readable(const std::string& conninfo);

/// The passwords that libpq found, wherever that was, are secrets from then on.
void keep_secrets(PGconn* handle);

/// What connect_timeout says, for each host; nothing where nobody set it. Throws Error{invalid_config} for no number.
std::optional<long> connect_seconds(std::string_view connect_timeout);

/// How long the server may take to answer its first question: what the user gave for connecting, else as long as a
/// pooler keeps a client waiting for a server. 0 = for ever.
Milliseconds first_answer_within(PGconn* handle);

/// Throws Error{server_unsupported} below PostgreSQL 13.
void require_supported(const PGconn* handle);

}  // namespace dbmigrate
