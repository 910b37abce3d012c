#!/usr/bin/env bash
# One run of the gate, in every form that the service shows: OUT/comment.md, OUT/junit.xml, OUT/report.json, and
# annotations in the log. Ends with the exit code of the check.
#
#   SERVICE        github, gitlab or azure (default: github)
#   SINCE, UNTIL   the window (default: the last seven days)
#   BASELINE       the file (default: baseline.json); without one only budgets are judged
#   OUT            where the documents go (default: llm-check)
set -euo pipefail

out="${OUT:-llm-check}"
window=(--since "${SINCE:-7d}")
[[ -z "${UNTIL:-}" ]] || window+=(--until "$UNTIL")
baseline=(--allow-missing-baseline)
[[ ! -f "${BASELINE:-baseline.json}" ]] || baseline=(--baseline "${BASELINE:-baseline.json}")
case "${SERVICE:-github}" in
  github) shown=(--format annotations) ;;
  azure) shown=(--format azure) ;;
  gitlab) shown=(--format table --also "gitlab=$out/code-quality.json") ;;
  *)
    echo "SERVICE is github, gitlab or azure" >&2
    exit 2
    ;;
esac
[[ -z "${GITHUB_STEP_SUMMARY:-}" ]] || shown+=(--step-summary)

mkdir -p "$out"
code=0
tokenaudit check "${window[@]}" "${baseline[@]}" "${shown[@]}" \
  --quiet-if-unchanged \
  --also "github=$out/comment.md" \
  --also "junit=$out/junit.xml" \
  --also "json=$out/report.json" || code=$?
if [[ "${SERVICE:-github}" == azure && -s "$out/comment.md" ]]; then
  echo "##vso[task.uploadsummary]$(cd "$out" && pwd)/comment.md"
fi
exit "$code"
