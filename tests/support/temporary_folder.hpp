// A folder of its own for a test, gone when the test ends.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <unistd.h>

#include <atomic>
#include <filesystem>
#include <string>
#include <string_view>
#include <system_error>

#include "core/file.hpp"

namespace dbmigrate {

class TemporaryFolder {
 public:
  TemporaryFolder() {
    static std::atomic<int> count = 0;
    path_ = std::filesystem::canonical(std::filesystem::temp_directory_path()) /
            ("dbmigrate_test_" + std::to_string(::getpid()) + "_" + std::to_string(++count));
    std::filesystem::create_directories(path_);
  }
  ~TemporaryFolder() {
    std::error_code unknown;
    std::filesystem::remove_all(path_, unknown);
  }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;

  [[nodiscard]] const std::filesystem::path& path() const { return path_; }
  std::filesystem::path write(const std::string& name, std::string_view content) const {
    write_file(path_ / name, content, Overwrite::yes);
    return path_ / name;
  }

 private:
  std::filesystem::path path_;
};

}  // namespace dbmigrate
