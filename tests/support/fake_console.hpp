// A console that remembers what was written and answers as it is told.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "report/console.hpp"

namespace dbmigrate {

class FakeConsole : public Console {
 public:
  std::string output;  ///< stdout
  std::string errors;  ///< stderr
  std::vector<std::string> progressed;
  std::vector<std::string> asked;
  Answer answer = Answer::nobody_there;
  bool terminal = false;
  int columns = 0;

  Answer confirm(std::string_view question) override {
    asked.emplace_back(question);
    return answer;
  }
  [[nodiscard]] bool out_is_terminal() const override { return terminal; }
  [[nodiscard]] bool err_is_terminal() const override { return terminal; }
  [[nodiscard]] int width() const override { return columns; }

 protected:
  void write_out(std::string_view text) override { output += text; }
  void write_err(std::string_view text) override { errors += text; }
  void show_progress(std::string_view line) override { progressed.emplace_back(line); }
};

}  // namespace dbmigrate
