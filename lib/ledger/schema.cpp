// The tables' definitions. A later form adds its own statements behind these and counts kLedgerVersion up. Forms so
// far: 1 version, control, history; 2 adds backfill, backfill_failure and version.extensions.
// SPDX-License-Identifier: Apache-2.0
#include "ledger/schema.hpp"

#include <fmt/format.h>

#include "sql/quote.hpp"

namespace dbmigrate {
namespace {

constexpr std::string_view kVersion = R"(
CREATE TABLE IF NOT EXISTS {0}.version (
  branch text NOT NULL,
  revision text NOT NULL,
  state text NOT NULL CHECK (state IN ('applied', 'adopted', 'stamped', 'skipped', 'in_progress')),
  direction text NOT NULL CHECK (direction IN ('upgrade', 'downgrade')),
  parents text[] NOT NULL,
  depends_on text[] NOT NULL,
  checksum text NOT NULL,
  description text NOT NULL,
  down_steps jsonb,
  steps_done integer NOT NULL,
  steps_total integer NOT NULL,
  step_hashes text NOT NULL,
  created_extensions text[] NOT NULL,
  applied_at timestamptz NOT NULL,
  applied_by text NOT NULL,
  took interval NOT NULL,
  run_id uuid NOT NULL,
  PRIMARY KEY (branch, revision)
);
)";

constexpr std::string_view kControl = R"(
CREATE TABLE IF NOT EXISTS {0}.control (
  singleton boolean PRIMARY KEY DEFAULT true CHECK (singleton),
  internal_version integer NOT NULL,
  generation bigint NOT NULL
);
INSERT INTO {0}.control (internal_version, generation) VALUES ({1}, 0) ON CONFLICT DO NOTHING;
)";

constexpr std::string_view kHistory = R"(
CREATE TABLE IF NOT EXISTS {0}.history (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  run_id uuid NOT NULL,
  event text NOT NULL,
  branch text,
  revision text,
  direction text,
  from_state text,
  to_state text,
  database_user text NOT NULL,
  os_user text NOT NULL,
  host text NOT NULL,
  application text NOT NULL,
  tool_version text NOT NULL,
  git_commit text,
  command text NOT NULL,
  flags text NOT NULL,
  change text,
  started_at timestamptz NOT NULL,
  finished_at timestamptz NOT NULL,
  sqlstate text,
  message text,
  statement text,
  file text,
  line integer,
  lock_waits integer NOT NULL,
  blockers text[] NOT NULL
);
)";

// No foreign key to version: repair replaces rows there, and the progress must outlive that.
constexpr std::string_view kBackfill = R"(
CREATE TABLE IF NOT EXISTS {0}.backfill (
  branch text NOT NULL,
  revision text NOT NULL,
  direction text NOT NULL CHECK (direction IN ('upgrade', 'downgrade')),
  name text NOT NULL,
  state text NOT NULL CHECK (state IN ('running', 'done')),
  run_id uuid NOT NULL,
  table_name text NOT NULL,
  key_columns text[] NOT NULL,
  last_key text[],
  pass integer NOT NULL,
  total bigint NOT NULL,
  total_is_exact boolean NOT NULL,
  found bigint NOT NULL,
  migrated bigint NOT NULL,
  unchanged bigint NOT NULL,
  skipped jsonb NOT NULL,
  batches bigint NOT NULL,
  batch_rows bigint NOT NULL,
  paused_by text,
  paused_at timestamptz,
  started_at timestamptz NOT NULL,
  updated_at timestamptz NOT NULL,
  finished_at timestamptz,
  PRIMARY KEY (branch, revision, direction, name)
);
)";

constexpr std::string_view kBackfillFailure = R"(
CREATE TABLE IF NOT EXISTS {0}.backfill_failure (
  branch text NOT NULL,
  revision text NOT NULL,
  direction text NOT NULL,
  name text NOT NULL,
  key text[] NOT NULL,
  sqlstate text NOT NULL,
  message text NOT NULL,
  attempts integer NOT NULL,
  failed_at timestamptz NOT NULL,
  PRIMARY KEY (branch, revision, direction, name, key)
);
)";

constexpr std::string_view kExtensions = R"(
ALTER TABLE {0}.version ADD COLUMN IF NOT EXISTS extensions text[] NOT NULL DEFAULT '{{}}';
)";

constexpr std::string_view kRaise = R"(
UPDATE {0}.control SET internal_version = {1} WHERE internal_version < {1};
)";

}  // namespace

std::string ledger_creation_sql(std::string_view schema) {
  const auto name = sql::quote_identifier(schema);
  return fmt::format("CREATE SCHEMA IF NOT EXISTS {};", name) + fmt::format(kVersion, name) +
         fmt::format(kControl, name, kLedgerVersion) + fmt::format(kHistory, name) + fmt::format(kBackfill, name) +
         fmt::format(kBackfillFailure, name) + fmt::format(kExtensions, name) +
         fmt::format(kRaise, name, kLedgerVersion);
}

}  // namespace dbmigrate
