#!/usr/bin/env bash
# Puts the comment on the pull request: the one of the last run is brought up to date, a new one is made only where there is
# none. An empty file means that nothing changed: then no comment is made, and an older one says so from now on.
#
#   comment.sh FILE      needs gh, with GH_TOKEN, GITHUB_REPOSITORY and PR_NUMBER in the environment
#
#   COMMENT_AUTHOR       whose comment is brought up to date (default: github-actions[bot])
set -euo pipefail

file="${1:?comment.sh FILE}"
repository="${GITHUB_REPOSITORY:?}"
number="${PR_NUMBER:?}"
mark='<!-- tokenaudit -->'

# The author is checked, too: anybody can write a comment that begins with the mark.
author="${COMMENT_AUTHOR:-github-actions[bot]}"
query=".[] | select(.user.login == \"$author\" and (.body | startswith(\"$mark\"))) | .id"
id="$(gh api --paginate "repos/$repository/issues/$number/comments" --jq "$query" | head -n 1)"

if [[ ! -s "$file" ]]; then
  [[ -n "$id" ]] || exit 0
  printf '%s\n## tokenaudit: nothing got worse\n' "$mark" >"$file"
fi
if [[ -n "$id" ]]; then
  gh api --method PATCH "repos/$repository/issues/comments/$id" --field "body=@$file" >/dev/null
else
  gh api --method POST "repos/$repository/issues/$number/comments" --field "body=@$file" >/dev/null
fi
