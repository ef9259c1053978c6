// The real console: this process's stdout, stderr and terminal.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <mutex>
#include <string>

#include "report/console.hpp"

namespace dbmigrate {

/// Writes at once, from any thread. A reader who has left (`| head`) is no error; a full disk is.
class TerminalConsole : public Console {
 public:
  TerminalConsole();
  ~TerminalConsole() override;

  Answer confirm(std::string_view question) override;
  [[nodiscard]] bool out_is_terminal() const override { return out_is_terminal_; }
  [[nodiscard]] bool err_is_terminal() const override { return err_is_terminal_; }
  [[nodiscard]] int width() const override;

  /// errno of the first write to stdout that was lost, a closed pipe left out; 0 when all of it arrived.
  [[nodiscard]] int lost_output() const { return lost_output_; }

 protected:
  void write_out(std::string_view text) override;
  void write_err(std::string_view text) override;
  void show_progress(std::string_view line) override;

 private:
  void clear_progress();

  bool out_is_terminal_;
  bool err_is_terminal_;
  int lost_output_ = 0;
  std::string progress_;  ///< what stands on the live line now
  std::mutex mutex_;
};

}  // namespace dbmigrate
