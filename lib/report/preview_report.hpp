// A dry-run for people, scripts and browsers.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "core/json_fwd.hpp"
#include "preview/preview.hpp"
#include "report/report.hpp"

namespace dbmigrate {

/// The worst first, then revision by revision. Fills `revisions[]`, `findings[]`, `schema_changes[]` and the rest of
/// the document.
void show_preview(Report& report, const Preview& preview);

/// `risk: error (2 errors, 1 warning): rewrites public.users …`, one line.
std::string risk_line(const Preview& preview);

Json json_of(const Preview& preview);

/// One page without anything from elsewhere.
std::string html_of(const Preview& preview, const std::string& title);

}  // namespace dbmigrate
