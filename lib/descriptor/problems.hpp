// Mistakes gathered, so that all are told at once.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <utility>
#include <vector>

#include "core/error.hpp"

namespace dbmigrate {

class Problems {
 public:
  void add(ErrorInfo problem) { problems_.push_back(std::move(problem)); }

  /// Runs `work`; an Error{invalid_descriptor} or Error{file_unreadable} of its becomes one problem more.
  template <class Work>
  void gather(const Work& work) {
    try {
      work();
    } catch (const Error& error) {
      if (error.code() != ErrorCode::invalid_descriptor && error.code() != ErrorCode::file_unreadable) throw;
      add(error.info());
    }
  }

  /// Nothing when there is none; the error itself when there is one; else one error that lists all.
  void throw_if_any() const;

 private:
  std::vector<ErrorInfo> problems_;
};

}  // namespace dbmigrate
