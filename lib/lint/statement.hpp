// One statement as rules see it.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "lint/prediction.hpp"
#include "lint/syntax_check.hpp"
#include "sql/analysis.hpp"

namespace dbmigrate {

enum class Place {
  script,
  body,  ///< in a DO block, or in a function that the script calls
};

class Statement {
 public:
  /// `text` and `analysis` outlive it.
  Statement(std::string_view text, const sql::Analysis& analysis, Prediction prediction, Place place,
            SyntaxVerdict verdict = {})
      : text_(text),
        analysis_(&analysis),
        prediction_(std::move(prediction)),
        place_(place),
        verdict_(std::move(verdict)) {}

  /// From its first token to before the semicolon; offsets in facts and findings count from its beginning.
  [[nodiscard]] std::string_view text() const { return text_; }
  [[nodiscard]] const sql::StatementFacts& facts() const { return analysis_->facts; }
  [[nodiscard]] const std::vector<sql::Action>& actions() const { return analysis_->actions; }
  [[nodiscard]] const std::vector<sql::LongName>& long_names() const { return analysis_->long_names; }
  [[nodiscard]] const Prediction& prediction() const { return prediction_; }
  [[nodiscard]] Place place() const { return place_; }
  /// Of one that was not parsed.
  [[nodiscard]] const SyntaxVerdict& verdict() const { return verdict_; }

  /// The first action of that kind; null when there is none.
  template <class Wanted>
  [[nodiscard]] const Wanted* as() const {
    for (const auto& action : actions()) {
      if (const auto* found = std::get_if<Wanted>(&action)) return found;
    }
    return nullptr;
  }
  [[nodiscard]] const sql::CreateIndex* as_create_index() const { return as<sql::CreateIndex>(); }

  /// Every action of that kind: ALTER TABLE has one for each of its parts.
  template <class Wanted>
  [[nodiscard]] std::vector<const Wanted*> all() const {
    std::vector<const Wanted*> found;
    for (const auto& action : actions()) {
      if (const auto* one = std::get_if<Wanted>(&action)) found.push_back(one);
    }
    return found;
  }

 private:
  std::string_view text_;
  const sql::Analysis* analysis_;
  Prediction prediction_;
  Place place_;
  SyntaxVerdict verdict_;
};

}  // namespace dbmigrate
