#!/usr/bin/env bash
# Takes the baseline from the branch that a change is to be merged into, not from the change itself: a pull request cannot
# raise the bar that it is measured by. Prints whether there is one.
#
#   main-baseline.sh BRANCH [FILE_IN_THE_REPOSITORY [WHERE_TO]]
set -euo pipefail

branch="${1:?main-baseline.sh BRANCH [FILE [WHERE_TO]]}"
file="${2:-llm-baseline.json}"
to="${3:-baseline.json}"

rm -f "$to"
if git cat-file -e "origin/$branch:$file" 2>/dev/null; then
  git show "origin/$branch:$file" >"$to"
  echo "baseline: $file of origin/$branch" >&2
else
  echo "no $file on origin/$branch: only budgets are judged" >&2
fi
