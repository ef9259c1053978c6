// What a dry-run tells of one statement, in words that text and page share.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "preview/preview.hpp"

namespace dbmigrate {

struct PreviewFact {
  std::string_view label;  ///< `locks`
  std::string text;
};

std::vector<PreviewFact> facts_of(const StatementPreview& statement, const Preview& preview);

/// What becomes of a revision that does not simply run; empty for one that does.
std::string_view fate_text(RevisionPreview::Fate fate);

/// Who it is and what it holds.
std::string standing_text(const StandingBy& session);

/// `+` before what is new, `-` before what goes, `~` before what changes, with its properties below it.
std::vector<std::string> schema_change_lines(const Preview& preview);

/// `12 statements ran on the database itself in 34 ms and were rolled back`; empty where that was not asked for.
std::string on_target_text(const Preview& preview);

}  // namespace dbmigrate
