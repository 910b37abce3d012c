"""The comment in Azure Repos: the script of examples/ci against a server on the loopback that speaks as Azure does."""

from __future__ import annotations

import json
import subprocess
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING, Any

import pytest
from tests.cli.conftest import environment

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

SCRIPT = Path(__file__).resolve().parents[2] / "examples" / "ci" / "comment_azure.py"
MARK = "<!-- tokenaudit -->"
THREADS = "/acme/app-id/_apis/git/repositories/repo-id/pullRequests/7/threads"
Threads = list[dict[str, Any]]


class Service(BaseHTTPRequestHandler):
    """Threads and their comments; whoever has the token is `me`."""

    threads: Threads

    def log_message(self, *_: object) -> None:
        """Says nothing."""

    def do_GET(self) -> None:
        if self.path.startswith("/acme/_apis/connectionData?"):
            self._answer({"authenticatedUser": {"id": "me"}})
        else:
            assert self.path == f"{THREADS}?api-version=7.1"
            self._answer({"value": self.threads, "count": len(self.threads)})

    def do_POST(self) -> None:
        assert self.path == f"{THREADS}?api-version=7.1"
        thread = self._body()
        (comment,) = thread["comments"]
        made = {"id": 1, "author": {"id": "me"}, "content": comment["content"]}
        self.threads.append({"id": len(self.threads) + 1, "status": thread["status"], "comments": [made]})
        self._answer(self.threads[-1])

    def do_PATCH(self) -> None:
        place, _, number = self.path.partition("?")[0].rpartition("/comments/")
        thread = next(each for each in self.threads if place == f"{THREADS}/{each['id']}")
        comment: dict[str, Any] = next(each for each in thread["comments"] if str(each["id"]) == number)
        comment |= self._body()
        self._answer(comment)

    def _body(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        return found

    def _answer(self, document: object) -> None:
        content = json.dumps(document).encode()
        self.send_response(200 if self.headers["Authorization"] == "Bearer secret" else 401)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)


@pytest.fixture
def threads() -> Threads:
    """What stands on the pull request: a note of the service, and somebody's joke."""
    joke = {"id": 1, "author": {"id": "somebody"}, "content": f"{MARK}\nI can write that, too"}
    return [{"id": 1, "comments": []}, {"id": 2, "status": "active", "comments": [joke]}]


@pytest.fixture
def comment(threads: Threads, home: Path, here: Path) -> Iterator[Callable[[str], None]]:
    """Runs the script with a file of this text."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Mine", (Service,), {"threads": threads}))
    Thread(target=server.serve_forever, daemon=True).start()
    job = {
        "SYSTEM_COLLECTIONURI": f"http://127.0.0.1:{server.server_port}/acme/",
        "SYSTEM_TEAMPROJECTID": "app-id",
        "BUILD_REPOSITORY_ID": "repo-id",
        "SYSTEM_PULLREQUEST_PULLREQUESTID": "7",
        "SYSTEM_ACCESSTOKEN": "secret",
        "NO_PROXY": "127.0.0.1",
    }

    def run(text: str) -> None:
        (here / "comment.md").write_text(text, encoding="utf-8")
        command = [sys.executable, str(SCRIPT), "comment.md"]
        done = subprocess.run(
            command, cwd=here, env=environment(home, **job), capture_output=True, text=True, check=False, timeout=60
        )
        assert (done.returncode, done.stdout, done.stderr) == (0, "", "")

    yield run
    server.shutdown()
    server.server_close()


def test_a_thread_is_begun_once_and_brought_up_to_date(comment: Callable[[str], None], threads: Threads) -> None:
    for text in (f'{MARK}\nfirst `$(x)` "quoted" ä\n', f"{MARK}\nsecond\n"):
        comment(text)
        assert [each["content"] for each in threads[-1]["comments"]] == [text]
    assert len(threads) == 3
    assert threads[-1]["status"] == 4, "closed: it holds up nobody"
    assert threads[1]["comments"][0]["content"].endswith("I can write that, too")


def test_where_nothing_changed_no_thread_is_begun_and_an_older_one_says_so(
    comment: Callable[[str], None], threads: Threads
) -> None:
    comment("")
    assert len(threads) == 2
    comment(f"{MARK}\nworse\n")
    comment("")
    assert [each["content"] for each in threads[-1]["comments"]] == [f"{MARK}\n## tokenaudit: nothing got worse\n"]
