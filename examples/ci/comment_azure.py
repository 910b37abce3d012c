"""Puts the comment on the pull request in Azure Repos, as comment.sh does on GitHub: one thread, brought up to date.

An empty file means that nothing changed: then no thread is begun, and an older one says so from now on. Needs the
variables that every Azure Pipelines job has, and SYSTEM_ACCESSTOKEN, which a step has to be given; the build service
needs the right "Contribute to pull requests". The thread is closed, so that it holds up nobody.

    python comment_azure.py FILE
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

MARK = "<!-- tokenaudit -->"
NOTHING = f"{MARK}\n## tokenaudit: nothing got worse\n"
CLOSED, TEXT = 4, 1


def ask(address: str, method: str = "GET", body: dict[str, Any] | None = None) -> dict[str, Any]:
    """One call of the REST API of Azure DevOps."""
    content = None if body is None else json.dumps(body).encode()
    headers = {"Authorization": f"Bearer {os.environ['SYSTEM_ACCESSTOKEN']}", "Content-Type": "application/json"}
    request = Request(address, content, headers, method=method)  # noqa: S310 - the service's own address
    with urlopen(request, timeout=60) as answer:  # noqa: S310
        found: dict[str, Any] = json.load(answer)
    return found


def ours(threads: dict[str, Any], me: str) -> tuple[int, int] | None:
    """Thread and number of our comment. The author is checked, too: anybody can write one that begins with the mark."""
    for thread in threads["value"]:
        for comment in thread.get("comments") or ():
            content = comment.get("content") or ""
            if content.startswith(MARK) and comment["author"]["id"] == me and not comment.get("isDeleted"):
                return thread["id"], comment["id"]
    return None


def main(file: Path) -> None:
    """Writes the comment of this file."""
    service = os.environ["SYSTEM_COLLECTIONURI"].rstrip("/")
    repository = f"{os.environ['SYSTEM_TEAMPROJECTID']}/_apis/git/repositories/{os.environ['BUILD_REPOSITORY_ID']}"
    request = f"{service}/{repository}/pullRequests/{os.environ['SYSTEM_PULLREQUEST_PULLREQUESTID']}/threads"
    me = ask(f"{service}/_apis/connectionData?api-version=7.1-preview")["authenticatedUser"]["id"]
    place = ours(ask(f"{request}?api-version=7.1"), me)
    text = file.read_text(encoding="utf-8")
    if place is not None:
        thread, comment = place
        ask(f"{request}/{thread}/comments/{comment}?api-version=7.1", "PATCH", {"content": text or NOTHING})
    elif text:
        first = {"parentCommentId": 0, "content": text, "commentType": TEXT}
        ask(f"{request}?api-version=7.1", "POST", {"comments": [first], "status": CLOSED})


if __name__ == "__main__":
    main(Path(sys.argv[1]))
