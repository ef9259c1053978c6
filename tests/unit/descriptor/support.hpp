// Loading files that a test holds, and what loading them says.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>

#include "core/error.hpp"
#include "descriptor/migration_source.hpp"
#include "support/catch.hpp"
#include "support/written_files.hpp"

namespace dbmigrate::test {

using Files = std::initializer_list<std::pair<std::string_view, std::string_view>>;

inline MigrationSet loaded(Files files) {
  const WrittenFiles written(files);
  return MigrationDirectory(written.path()).load();
}

/// The one migration of `files`.
inline Migration only(Files files) {
  auto set = loaded(files);
  REQUIRE(set.migrations.size() == 1);
  return set.migrations.front();
}

/// What loading `folder` says; paths in it and in the detail are relative to the folder.
inline ErrorInfo refusal_in(const WrittenFiles& folder) {
  try {
    (void)MigrationDirectory(folder.path()).load();
  } catch (const Error& error) {
    auto info = error.info();
    const auto prefix = folder.path().string() + "/";
    for (auto* text : {&info.message, &info.detail, &info.hint, &info.at->file}) {
      for (auto at = text->find(prefix); at != std::string::npos; at = text->find(prefix))
        text->erase(at, prefix.size());
    }
    CHECK_FALSE(info.hint.empty());
    return info;
  }
  FAIL("accepted");
  return {};
}

inline ErrorInfo refusal(Files files) { return refusal_in(WrittenFiles(files)); }

/// `file:line:column: message`
inline std::string line_of(const ErrorInfo& info) { return info.at->text() + ": " + info.message; }
inline std::string said(Files files) { return line_of(refusal(files)); }

}  // namespace dbmigrate::test
