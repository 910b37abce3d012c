"""Objects of S3 into files: small ones with one request, large ones in parts side by side.

The SDK tries a request again that fails. A body that breaks off after its beginning is our business: it is known by its
length, and fetched again. `If-Match` sees to it that all parts are of the object that was listed.
"""

from __future__ import annotations

import os
import random
import time
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property
from typing import TYPE_CHECKING, Any

from botocore.exceptions import HTTPClientError, IncompleteReadError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tokenaudit.providers.aws.client.listing import Listed
    from tokenaudit.providers.aws.client.quick import Quick

PART_BYTES = 16 * 1024 * 1024
SMALL_BYTES = 1024 * 1024
_CHUNK_BYTES = 1024 * 1024
_NEW, _PRIVATE = os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600
_BROKEN = (HTTPClientError, IncompleteReadError)
FIRST_WAIT_S = 0.25
_LONGEST_WAIT_S = 20.0


class Downloads:
    """Fetches with one client for all threads. Parts of all large objects share `concurrency` threads."""

    def __init__(self, attempts: int, concurrency: int, quick: Quick) -> None:
        self._attempts = attempts
        self._concurrency = concurrency
        self._quick = quick

    def read(self, client: Any, bucket: str, key: str) -> bytes:
        """The content, in memory."""
        found: bytes = self._tried(lambda: client.get_object(Bucket=bucket, Key=key), lambda body: body.read())
        return found

    def fetch(self, client: Any, bucket: str, found: Listed, path: Path) -> None:
        """The content into a file that is there only when it is whole."""
        asked = {"Bucket": bucket, "Key": found.key} | ({"IfMatch": found.etag} if found.etag else {})
        if found.size_bytes <= SMALL_BYTES:
            self._small(client, asked, found.size_bytes, path)
        else:
            self._large(client, asked, found.size_bytes, path)

    def _small(self, client: Any, asked: dict[str, Any], size_bytes: int, path: Path) -> None:
        """By way of memory: most objects are small, and then creating a second file would take half of their time."""
        content = self._quick.get(asked["Bucket"], asked["Key"], asked.get("IfMatch", ""))
        if content is None or len(content) != size_bytes:
            content = self._tried(lambda: client.get_object(**asked), lambda body: _whole(body, size_bytes))
            self._quick.learn(client, asked["Bucket"])
        with open(os.open(path, _NEW, _PRIVATE), "wb") as file:  # noqa: PTH123  # a descriptor has no path
            file.write(content)

    def _large(self, client: Any, asked: dict[str, Any], size_bytes: int, path: Path) -> None:
        unfinished = path.with_name(f"{path.name}.part")
        try:
            file = os.open(unfinished, _NEW, _PRIVATE)
            try:
                if size_bytes <= PART_BYTES:
                    self._copy(client, asked, file, 0, size_bytes)
                else:
                    self._in_parts(client, asked, file, size_bytes)
            finally:
                os.close(file)
            unfinished.replace(path)
        finally:
            unfinished.unlink(missing_ok=True)

    def _in_parts(self, client: Any, asked: dict[str, Any], file: int, size_bytes: int) -> None:
        def part(start: int) -> None:
            end = min(start + PART_BYTES, size_bytes)
            ranged = asked | {"Range": f"bytes={start}-{end - 1}"}
            self._copy(client, ranged, file, start, end - start)

        waiting = [self._pool.submit(part, start) for start in range(0, size_bytes, PART_BYTES)]
        try:
            for each in waiting:
                each.result()
        finally:
            for each in waiting:
                each.cancel()

    @cached_property
    def _pool(self) -> ThreadPoolExecutor:
        return ThreadPoolExecutor(self._concurrency, "tokenaudit-part")

    def _copy(self, client: Any, asked: dict[str, Any], file: int, at: int, size_bytes: int) -> None:
        self._tried(lambda: client.get_object(**asked), lambda body: _write(body, file, at, size_bytes))

    def _tried(self, request: Callable[[], Any], take: Callable[[Any], Any]) -> Any:
        """What `take` makes of the body. Requests that fail were tried again by the SDK; only bodies are, here."""
        for attempt in range(1, self._attempts):
            body = request()["Body"]
            try:
                return take(body)
            except _BROKEN:
                longest = min(_LONGEST_WAIT_S, FIRST_WAIT_S * 2 ** (attempt - 1))
                time.sleep(random.uniform(longest / 2, longest))  # noqa: S311  # it spreads clients in time
        return take(request()["Body"])


def _whole(body: Any, size_bytes: int) -> bytes:
    """A body. Raises IncompleteReadError if it is not as long as it was listed."""
    content: bytes = body.read()
    if len(content) != size_bytes:
        raise IncompleteReadError(actual_bytes=len(content), expected_bytes=size_bytes)
    return content


def _write(body: Any, file: int, at: int, size_bytes: int) -> None:
    """A body to its place in the file. Raises IncompleteReadError if it is not as long as it was listed."""
    copied = 0
    with body:
        while chunk := body.read(_CHUNK_BYTES):
            view = memoryview(chunk)
            while view:
                written = os.pwrite(file, view, at + copied)
                copied += written
                view = view[written:]
    if copied != size_bytes:
        raise IncompleteReadError(actual_bytes=copied, expected_bytes=size_bytes)
