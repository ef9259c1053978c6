// What the targets share: an input is worked with or refused with an Error; whatever else comes of it is a finding.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <unistd.h>

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <string_view>

#include "core/error.hpp"
#include "core/file.hpp"

namespace dbmigrate::fuzz {

/// Ends the process, which the fuzzer takes for a crash and keeps the input of.
inline void require(bool holds, const char* what) {
  if (holds) return;
  std::fprintf(stderr, "does not hold: %s\n", what);
  std::abort();
}

inline std::string text_of(const std::uint8_t* data, std::size_t size) {
  return {reinterpret_cast<const char*>(data), size};
}

/// Runs it; an Error is an answer, too, and must have its parts.
template <class Work>
void attempt(Work&& work) {
  try {
    work();
  } catch (const Error& error) {
    require(!error.info().message.empty(), "an error has a message");
    require(error.code() != ErrorCode::internal, "an error is never our own mistake");
  }
}

/// A folder in memory where there is one; one for each process, emptied when it ends in the usual way.
class Folder {
 public:
  Folder() {
    const std::filesystem::path memory = "/dev/shm";
    path_ = (std::filesystem::is_directory(memory) ? memory : std::filesystem::temp_directory_path()) /
            ("dbmigrate_fuzz_" + std::to_string(getpid()));
    std::filesystem::create_directories(path_);
  }
  ~Folder() {
    std::error_code unknown;
    std::filesystem::remove_all(path_, unknown);
  }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;

  [[nodiscard]] const std::filesystem::path& path() const { return path_; }
  /// Not flushed: there are thousands a second.
  void write(const char* name, std::string_view content) const {
    std::FILE* file = std::fopen((path_ / name).c_str(), "wb");
    require(file != nullptr, "the file can be written");
    std::fwrite(content.data(), 1, content.size(), file);
    std::fclose(file);
  }

 private:
  std::filesystem::path path_;
};

}  // namespace dbmigrate::fuzz
