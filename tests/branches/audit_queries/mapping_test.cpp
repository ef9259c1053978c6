// Old values and what becomes of them: a line each.
// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include "audit_host.hpp"
#include "support/catch.hpp"

using namespace dbmigrate;
using namespace dbmigrate::tests;

namespace {

struct Value {
  std::string column;
  std::string old_value;   ///< as SQL
  std::string columns;     ///< of the new row
  std::string new_values;  ///< as ask() joins them
};

/// Where an old query goes whose text nobody else has: one for each value, named by its number.
void insert_query(Host& host, std::size_t number, const std::string& column, const std::string& value) {
  host.database.run(
      fmt::format("INSERT INTO ai_queries (report_id, company_id, query_id, query_text{}) SELECT report_id, company_id,"
                  " 'value-{}', 'value {}'{} FROM ai_visibility_reports WHERE report_id = 'report-1'",
                  column.empty() ? "" : ", " + column, number, number, column.empty() ? "" : ", " + value));
}

const std::vector<Value>& query_values() {
  static const std::vector<Value> kValues{
      {"intent", "'commercial'", "intent, category, metadata", "commercial|commercial|{}"},
      {"intent", "NULL", "intent, category, metadata",
       R"(informational|informational|{"ai_queries": {"intent": null}})"},
      {"semantic_variations", "'[\"a\", \"b\"]'", "semantic_variations, metadata #> '{ai_queries,semantic_variations}'",
       "{a,b}|NULL"},
      {"semantic_variations", "'[]'", "semantic_variations, metadata #> '{ai_queries,semantic_variations}'", "{}|NULL"},
      {"semantic_variations", "'[1, \"a\", null, {\"b\": 2}]'",
       "semantic_variations, metadata #> '{ai_queries,semantic_variations}'",
       R"({1,a,NULL,"{\"b\": 2}"}|[1, "a", null, {"b": 2}])"},
      {"semantic_variations", "'{\"no\": \"array\"}'",
       "semantic_variations, metadata #> '{ai_queries,semantic_variations}'", R"(NULL|{"no": "array"})"},
      {"expected_serp_features", "'\"snippet\"'",
       "expected_serp_features, metadata #> '{ai_queries,expected_serp_features}'", "NULL|\"snippet\""},
      {"expected_serp_features", "'null'", "expected_serp_features, metadata #> '{ai_queries,expected_serp_features}'",
       "NULL|null"},
      {"expected_serp_features", "NULL", "expected_serp_features, metadata #> '{ai_queries,expected_serp_features}'",
       "NULL|NULL"},
      {"complexity_score", "0.37", "complexity_score", "0.37"},
      {"priority_score", "1", "priority_score", "1.00"},
      {"competitive_relevance", "0.5", "competitive_relevance", "0.50"},
      {"persona_alignment", "'buyer'", "persona_alignment", "buyer"},
      {"industry_specificity", "7.25", "industry_specificity", "7.25"},
      {"buyer_journey_stage", "'awareness'", "buyer_journey_stage", "awareness"},
      {"created_at", "'2024-02-29 12:00:00+00'", "created_at = '2024-02-29 12:00:00+00'", "t"},
      {"created_at", "NULL", "created_at", "NULL"},
  };
  return kValues;
}

const std::vector<Value>& response_values() {
  const auto kept = [](const std::string& name) { return "analysis_metadata #> '{ai_responses," + name + "}'"; };
  static const std::vector<Value> kValues{
      {"prominence_score", "0.81", "mention_position, mention_context", "first_paragraph|primary_focus"},
      {"prominence_score", "0.80", "mention_position, mention_context", "first_paragraph|significant_mention"},
      {"prominence_score", "0.71", "mention_position, mention_context", "first_paragraph|significant_mention"},
      {"prominence_score", "0.70", "mention_position, mention_context", "middle|significant_mention"},
      {"prominence_score", "0.51", "mention_position, mention_context", "middle|significant_mention"},
      {"prominence_score", "0.50", "mention_position, mention_context", "middle|comparative_context"},
      {"prominence_score", "0.41", "mention_position, mention_context", "middle|comparative_context"},
      {"prominence_score", "0.40", "mention_position, mention_context", "end|comparative_context"},
      {"prominence_score", "0.31", "mention_position, mention_context", "end|comparative_context"},
      {"prominence_score", "0.30", "mention_position, mention_context", "end|passing_reference"},
      {"prominence_score", "0.01", "mention_position, mention_context", "end|passing_reference"},
      {"prominence_score", "0", "mention_position, mention_context", "not_found|no_mention"},
      {"prominence_score", "-0.5", "mention_position, mention_context", "not_found|no_mention"},
      {"prominence_score", "NULL", "mention_position, mention_context, " + kept("prominence_score"),
       "not_found|no_mention|null"},
      {"sentiment", "'positive'", "sentiment", "positive"},
      {"sentiment", "'negative'", "sentiment", "negative"},
      {"sentiment", "'mixed'", "sentiment", "mixed"},
      {"sentiment", "'neutral'", "sentiment", "neutral"},
      {"sentiment", "'Positive'", "sentiment, " + kept("sentiment"), "neutral|\"Positive\""},
      {"sentiment", "NULL", "sentiment, " + kept("sentiment"), "neutral|null"},
      {"recommendation_strength", "'strong'", "recommendation_strength", "strong_recommendation"},
      {"recommendation_strength", "'moderate'", "recommendation_strength", "moderate_recommendation"},
      {"recommendation_strength", "'weak'", "recommendation_strength", "neutral_mention"},
      {"recommendation_strength", "'none'", "recommendation_strength, " + kept("recommendation_strength"),
       "no_recommendation|\"none\""},
      {"recommendation_strength", "NULL", "recommendation_strength", "no_recommendation"},
      {"brand_mentioned", "true", "brand_mentioned", "t"},
      {"brand_mentioned", "NULL", "brand_mentioned, " + kept("brand_mentioned"), "f|null"},
      {"tokens_used", "17", "tokens_used", "17"},
      {"tokens_used", "NULL", "tokens_used, " + kept("tokens_used"), "0|null"},
      {"competitor_mentions", "'[\"rival\"]'", "competitors_mentioned", "[\"rival\"]"},
      {"mentioned_features", "'[\"fast\", \"small\"]'", "mentioned_features, key_features_mentioned",
       "[\"fast\", \"small\"]|{fast,small}"},
      {"mentioned_features", "'\"text\"'", "mentioned_features, key_features_mentioned", "\"text\"|NULL"},
      {"key_phrases", "'[\"phrase\"]'", "analysis_metadata -> 'key_phrases'", "[\"phrase\"]"},
      {"response_summary", "'short'", "response_summary", "short"},
      {"mentioned_benefits", "'{\"a\": 1}'", "mentioned_benefits", R"({"a": 1})"},
      {"call_to_action", "'buy'", "call_to_action", "buy"},
      {"model_version", "'m-1'", "model_version", "m-1"},
      {"competitive_advantage", "true", "competitive_advantage", "t"},
      {"competitive_advantage", "NULL", "competitive_advantage", "NULL"},
      {"response_time_ms", "250", "response_time_ms", "250"},
      {"sentiment_score", "-0.25", "sentiment_score", "-0.25"},
  };
  return kValues;
}

}  // namespace

TEST_CASE("audit_queries: a query's values arrive as they are mapped", "[branches]") {
  AuditHost host(96);
  for (std::size_t i = 0; i < query_values().size(); ++i) {
    insert_query(host, i, query_values()[i].column, query_values()[i].old_value);
  }
  REQUIRE(host.dbmigrate({"upgrade", "head"}) == ExitCode::done);
  for (std::size_t i = 0; i < query_values().size(); ++i) {
    const auto& value = query_values()[i];
    INFO(value.column << " = " << value.old_value);
    CHECK(host.database.ask(fmt::format("SELECT {} FROM audit_queries WHERE legacy_query_id = 'value-{}'",
                                        value.columns, i)) == value.new_values);
  }
  CHECK(host.database.ask("SELECT count(*) FROM audit_queries n JOIN ai_queries q ON q.id = n.id"
                          " WHERE n.migrated_from = 'ai_queries' AND n.legacy_report_id = q.report_id"
                          " AND n.query_hash = encode(sha256(convert_to(q.query_text, 'UTF8')), 'hex')") ==
        host.database.ask("SELECT count(*) FROM audit_queries WHERE migrated_from IS NOT NULL"));
}

TEST_CASE("audit_queries: a response's values arrive as they are mapped", "[branches]") {
  AuditHost host(96);
  for (std::size_t i = 0; i < response_values().size(); ++i) {
    const auto& value = response_values()[i];
    insert_query(host, i, "", "");
    host.database.run(fmt::format(
        "INSERT INTO ai_responses (query_id, report_id, company_id, provider, response_text, {}) SELECT query_id,"
        " report_id, company_id, 'x', 'text', {} FROM ai_queries WHERE query_id = 'value-{}'",
        value.column, value.old_value, i));
  }
  REQUIRE(host.dbmigrate({"upgrade", "head"}) == ExitCode::done);
  for (std::size_t i = 0; i < response_values().size(); ++i) {
    const auto& value = response_values()[i];
    INFO(value.column << " = " << value.old_value);
    CHECK(host.database.ask(fmt::format("SELECT {} FROM audit_responses WHERE legacy_response_id = (SELECT id FROM"
                                        " ai_responses WHERE query_id = 'value-{}')",
                                        value.columns, i)) == value.new_values);
  }
}

TEST_CASE("audit_queries: of several audits the completed, then the newest, then the greatest id is taken",
          "[branches]") {
  AuditHost host(96);
  host.database.run(
      "DELETE FROM ai_visibility_audits WHERE report_id IN ('report-1', 'report-2', 'report-3');"
      "INSERT INTO ai_visibility_audits (id, company_id, status, report_id, created_at) VALUES"
      " ('a', 1, 'failed', 'report-1', '2025-03-01'), ('b', 1, 'completed', 'report-1', '2025-01-01'),"
      " ('c', 1, 'completed', 'report-1', '2024-01-01'),"
      " ('d', 1, 'pending', 'report-2', '2025-01-01'), ('e', 1, 'failed', 'report-2', '2025-01-02'),"
      " ('f', 1, 'completed', 'report-3', '2025-01-01'), ('g', 1, 'completed', 'report-3', '2025-01-01')");
  REQUIRE(host.dbmigrate({"upgrade", "head"}) == ExitCode::done);
  CHECK(host.database.ask("SELECT report_id, audit_id, placeholder FROM report_audit_mapping"
                          " WHERE report_id IN ('report-1', 'report-2', 'report-3') ORDER BY 1") ==
        "report-1|b|f\nreport-2|e|f\nreport-3|g|f");
}

TEST_CASE("audit_queries: a generated query_hash is left to the server", "[branches]") {
  AuditHost host(96);
  host.generate_hash();
  REQUIRE(host.dbmigrate({"upgrade", "head"}) == ExitCode::done);
  CHECK(host.database.ask("SELECT count(*) FILTER (WHERE query_hash = md5(query_text)) = count(*), count(*) > 50"
                          " FROM audit_queries WHERE migrated_from = 'ai_queries'") == "t|t");
}
