#!/usr/bin/env bash
# Brings the ledger up to date: from files where TOKENAUDIT_LOGS names some, else from the live clouds.
#
#   TOKENAUDIT_LOGS    files and folders, separated by colons; none: `tokenaudit pull`
#   TOKENAUDIT_CLOUDS  what to pull: bedrock, azure or all (default)
#   TOKENAUDIT_LEDGER  the ledger's folder, which the workflow keeps in its cache
set -euo pipefail

if [[ -n "${TOKENAUDIT_LOGS:-}" ]]; then
  IFS=: read -r -a logs <<<"$TOKENAUDIT_LOGS"
  tokenaudit ingest "${logs[@]}" --quiet >&2
else
  tokenaudit pull "${TOKENAUDIT_CLOUDS:-all}" --quiet >&2
fi
