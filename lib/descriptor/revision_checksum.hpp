// What makes a revision another one: SPEC §1.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "descriptor/migration.hpp"

namespace dbmigrate {

/// SHA-256 over name, kind, declared parents, transaction modes and what up and down run (of a backfill: table, key,
/// conditions and SQL). Not over descriptions, checks, hints, timeouts, holds, dependencies, tuning, nor the lines
/// `-- dbmigrate…`, whose meaning is in the fields above. The same whether it was written as SQL or as YAML.
Checksum revision_checksum(const Migration& migration);

}  // namespace dbmigrate
