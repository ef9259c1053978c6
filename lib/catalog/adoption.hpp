// Whether what a revision would make is there already (SPEC §1, Adopting).
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "catalog/catalog_file.hpp"

namespace dbmigrate {

struct Adoption {
  enum class Verdict {
    run,    ///< none of it is there
    adopt,  ///< all of it is there, and matches
    stop,   ///< part of it is there, or something is otherwise
  };
  Verdict verdict = Verdict::run;
  std::vector<Difference> against;              ///< what stands against adopting; empty unless `stop`
  std::vector<Difference> tolerated;            ///< what is more or otherwise than the revision makes it, and may be
  std::vector<std::string> missing_extensions;  ///< names as SQL quotes them, to be created when it is adopted
};

/// `file` is that of the revision; `live` what is there before it runs.
Adoption judge_adoption(const CatalogFile& file, const Snapshot& live);

}  // namespace dbmigrate
