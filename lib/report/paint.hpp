// Colour by meaning, or none.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

namespace dbmigrate {

enum class Tone { plain, good, bad, warning, faint, strong };

/// Colours text where colour is wanted, else hands it back as it is.
class Paint {
 public:
  enum class Colour { off, on };
  explicit Paint(Colour colour) : colour_(colour) {}

  [[nodiscard]] std::string operator()(Tone tone, std::string_view text) const;
  [[nodiscard]] bool enabled() const { return colour_ == Colour::on; }

 private:
  Colour colour_;
};

}  // namespace dbmigrate
