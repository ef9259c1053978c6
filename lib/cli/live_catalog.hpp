// What the rules are told by a database: its catalog, how large its tables are, and what it runs on.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cli/database.hpp"
#include "lint/prediction.hpp"
#include "report/lint_report.hpp"

namespace dbmigrate {

/// Of the server that the session is with.
PredictionSettings prediction_settings_of(Session& session);

struct LiveCatalog {
  KnownSchema schema;
  RelationSizes sizes;
  PredictionSettings settings;
};

/// Reads only. Throws ServerError.
LiveCatalog read_live_catalog(Database& database);

}  // namespace dbmigrate
