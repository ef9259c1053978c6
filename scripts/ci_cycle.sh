#!/usr/bin/env bash
# Proves every downgrade in CI: up, down and up again on a throwaway PostgreSQL, with a JUnit report.
#   scripts/ci_cycle.sh REPORT.xml [what `dbmigrate cycle` takes]
# Exits as `dbmigrate cycle` does: 0, or 8 when a downgrade does not restore; then the report is printed as well.
# DBMIGRATE names the program where it is not on the path.
# SPDX-License-Identifier: Apache-2.0
set -uo pipefail

if (($# == 0)) || [[ $1 == -* ]]; then
  sed -n '3,5s/^# *//p' "${BASH_SOURCE[0]}" >&2
  exit 2
fi
report=$1
shift

"${DBMIGRATE:-dbmigrate}" cycle --format junit "$@" >"$report.partial"
status=$?
mv "$report.partial" "$report" || exit 2
if ((status != 0)); then cat "$report"; fi
exit "$status"
