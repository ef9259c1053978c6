// The rules' table of contents.
// SPDX-License-Identifier: Apache-2.0
#include "lint/rules.hpp"

namespace dbmigrate {

Rule index_not_concurrent();
Rule drop_index_not_concurrent();
Rule reindex_not_concurrent();
Rule concurrently_in_transaction();
Rule concurrent_if_not_exists();
Rule concurrent_on_partitioned();
Rule unique_index_data();
Rule index_wide();
Rule fk_without_index();
Rule add_column_default_rewrite();
Rule add_column_serial_identity();
Rule add_column_stored_generated();
Rule add_column_constrained_domain();
Rule add_column_not_null_no_default();
Rule check_without_not_valid();
Rule fk_locks_referenced_table();
Rule fk_without_not_valid();
Rule unique_without_index();
Rule json_column();
Rule set_not_null_scan();
Rule change_column_type();
Rule primary_key_using_nullable_index();
Rule drop_not_null();
Rule drop_default();
Rule set_default();
Rule set_storage();
Rule fk_partitioned_not_valid();
Rule drop_fk_locks_referenced_table();
Rule primary_key_without_index();
Rule exclusion_constraint();
Rule validate_in_same_transaction();
Rule domain_constraint_scan();
Rule domain_with_constraint();
Rule table_rewrite_command();
Rule refresh_not_concurrent();
Rule explicit_lock();
Rule attach_partition_scan();
Rule detach_not_concurrent();
Rule create_partition_of_locks_parent();
Rule drop_partition_locks_parent();
Rule trigger_ddl_lock();
Rule disable_trigger();
Rule drop_table();
Rule drop_column();
Rule drop_schema();
Rule drop_cascade();
Rule truncate();
Rule truncate_cascade();
Rule dml_without_where();
Rule backfill_in_migration();
Rule rename_table();
Rule rename_column();
Rule rename_enum_value();
Rule rename_schema();
Rule set_schema();
Rule enum_add_in_transaction();
Rule enum_value_used_in_same_transaction();
Rule authz();
Rule no_lock_timeout();
Rule ineffective_lock_timeout();
Rule lock_timeout_on_concurrent();
Rule work_after_exclusive_lock();
Rule many_tables_locked();
Rule dml_then_ddl();
Rule transaction_control();
Rule not_rerunnable();
Rule combine_alters();
Rule opaque_dynamic_sql();
Rule unparsed_statement();
Rule identifier_too_long();
Rule char_column();
Rule varchar_limit();
Rule timestamp_without_time_zone();
Rule serial_column();
Rule int_primary_key();
Rule table_without_primary_key();
Rule unqualified_table();
Rule enum_type();
Rule enum_value_without_position();
Rule unused_allow();

const std::vector<Rule>& lint_rules() {
  static const std::vector<Rule> rules{
      index_not_concurrent(),
      drop_index_not_concurrent(),
      reindex_not_concurrent(),
      concurrently_in_transaction(),
      concurrent_if_not_exists(),
      concurrent_on_partitioned(),
      unique_index_data(),
      index_wide(),
      fk_without_index(),
      add_column_default_rewrite(),
      add_column_serial_identity(),
      add_column_stored_generated(),
      add_column_constrained_domain(),
      add_column_not_null_no_default(),
      check_without_not_valid(),
      fk_locks_referenced_table(),
      fk_without_not_valid(),
      unique_without_index(),
      json_column(),
      set_not_null_scan(),
      change_column_type(),
      primary_key_using_nullable_index(),
      drop_not_null(),
      drop_default(),
      set_default(),
      set_storage(),
      fk_partitioned_not_valid(),
      drop_fk_locks_referenced_table(),
      primary_key_without_index(),
      exclusion_constraint(),
      validate_in_same_transaction(),
      domain_constraint_scan(),
      domain_with_constraint(),
      table_rewrite_command(),
      refresh_not_concurrent(),
      explicit_lock(),
      attach_partition_scan(),
      detach_not_concurrent(),
      create_partition_of_locks_parent(),
      drop_partition_locks_parent(),
      trigger_ddl_lock(),
      disable_trigger(),
      drop_table(),
      drop_column(),
      drop_schema(),
      drop_cascade(),
      truncate(),
      truncate_cascade(),
      dml_without_where(),
      backfill_in_migration(),
      rename_table(),
      rename_column(),
      rename_enum_value(),
      rename_schema(),
      set_schema(),
      enum_add_in_transaction(),
      enum_value_used_in_same_transaction(),
      authz(),
      no_lock_timeout(),
      ineffective_lock_timeout(),
      lock_timeout_on_concurrent(),
      work_after_exclusive_lock(),
      many_tables_locked(),
      dml_then_ddl(),
      transaction_control(),
      not_rerunnable(),
      combine_alters(),
      opaque_dynamic_sql(),
      unparsed_statement(),
      identifier_too_long(),
      char_column(),
      varchar_limit(),
      timestamp_without_time_zone(),
      serial_column(),
      int_primary_key(),
      table_without_primary_key(),
      unqualified_table(),
      enum_type(),
      enum_value_without_position(),
      unused_allow(),
  };
  return rules;
}

const Rule* find_lint_rule(std::string_view id) {
  for (const auto& rule : lint_rules()) {
    if (rule.id == id) return &rule;
  }
  return nullptr;
}

std::vector<std::string> lint_rule_ids() {
  std::vector<std::string> ids;
  for (const auto& rule : lint_rules()) ids.push_back(rule.id);
  return ids;
}

std::string_view name_of(Severity severity) {
  switch (severity) {
    case Severity::error:
      return "error";
    case Severity::warning:
      return "warning";
    case Severity::info:
      return "info";
  }
  return "";
}

}  // namespace dbmigrate
