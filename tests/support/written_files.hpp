// A folder of its own with the files that a test writes into it.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <stdlib.h>

#include <filesystem>
#include <initializer_list>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

#include "core/file.hpp"

namespace dbmigrate::test {

/// Removed with everything in it when it goes out of scope.
class WrittenFiles {
 public:
  WrittenFiles(std::initializer_list<std::pair<std::string_view, std::string_view>> files = {}) {
    std::string name = (std::filesystem::temp_directory_path() / "dbmigrate_XXXXXX").string();
    if (mkdtemp(name.data()) == nullptr) throw std::runtime_error("mkdtemp failed");
    path_ = name;
    for (const auto& [file, content] : files) write(file, content);
  }
  ~WrittenFiles() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  WrittenFiles(const WrittenFiles&) = delete;
  WrittenFiles& operator=(const WrittenFiles&) = delete;

  void write(std::string_view file, std::string_view content) const {
    write_file(path_ / file, content, Overwrite::yes);
  }
  [[nodiscard]] const std::filesystem::path& path() const { return path_; }
  [[nodiscard]] std::string operator/(std::string_view file) const { return (path_ / file).string(); }

 private:
  std::filesystem::path path_;
};

}  // namespace dbmigrate::test
