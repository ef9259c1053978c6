#!/usr/bin/env bash
# Says in five lines whether a database is as its migrations left it, and names what is not. Takes what
# `dbmigrate health-check` takes; exits 0 OK, 1 WARNING, 2 CRITICAL, 3 UNKNOWN.
# SPDX-License-Identifier: Apache-2.0
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
program=${DBMIGRATE:-}
if [[ -z $program ]]; then
  program=$(command -v dbmigrate || true)
fi
if [[ -z $program && -x $root/build/release/apps/dbmigrate ]]; then
  program=$root/build/release/apps/dbmigrate
fi
if [[ -z $program ]]; then
  echo "UNKNOWN: dbmigrate is neither in PATH nor built; DBMIGRATE may name it" >&2
  exit 3
fi
exec "$program" health-check --quiet "$@"
