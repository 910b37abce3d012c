"""A small S3 that is quick: a bucket of generated log objects, listed and read; so that no server holds a client up.

    python tests/bench/s3_server.py PORT OBJECTS RECORDS

It is asked by boto3 and by `tokenaudit pull` alike, checks no signature, and keeps everything in memory. It knows
ListObjectsV2 with prefix, delimiter and continuation, GetObject (whole, or from a first byte on), and who is asking.
"""

from __future__ import annotations

import asyncio
import gzip
import hashlib
import json
import re
import sys
from bisect import bisect_left
from urllib.parse import parse_qs, unquote, urlsplit

BUCKET, ACCOUNT, REGION = "pull-bench", "123456789012", "us-east-1"
ROOT = f"AWSLogs/{ACCOUNT}/BedrockModelInvocationLogs/{REGION}/"
DAY = "2026/11/20"
_WHEN = "2026-11-20T12:00:00.000Z"
_IDENTITY = f"""<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><GetCallerIdentityResult>
<Arn>arn:aws:iam::{ACCOUNT}:user/bench</Arn><UserId>BENCH</UserId><Account>{ACCOUNT}</Account>
</GetCallerIdentityResult></GetCallerIdentityResponse>""".encode()


def objects(count: int, records: int) -> dict[str, bytes]:
    """By key: so many objects of one day, spread over its hours, with so many records each."""
    return {
        f"{ROOT}{DAY}/{number % 24:02}/20261120T{number:09}Z_{number:016x}.json.gz": _content(number, records)
        for number in range(count)
    }


def _content(number: int, records: int) -> bytes:
    lines = (json.dumps(_record(f"{number:08x}-{each}", number % 24)) for each in range(records))
    return gzip.compress("".join(f"{line}\n" for line in lines).encode(), 6, mtime=0)


def _record(request: str, hour: int) -> dict[str, object]:
    asked = {"messages": [{"role": "user", "content": [{"text": f"{request} compares the grey kettle " * 12}]}]}
    usage = {"inputTokens": 310, "outputTokens": 120, "totalTokens": 430}
    answered = {"metrics": {"latencyMs": 1234}, "stopReason": "end_turn", "usage": usage}
    return {
        "schemaType": "ModelInvocationLog",
        "schemaVersion": "1.0",
        "timestamp": f"2026-11-20T{hour:02}:10:00Z",
        "accountId": ACCOUNT,
        "identity": {"arn": f"arn:aws:sts::{ACCOUNT}:assumed-role/app/session"},
        "region": REGION,
        "requestId": request,
        "operation": "Converse",
        "modelId": "amazon.nova-pro-v1:0",
        "input": {"inputContentType": "application/json", "inputBodyJson": asked, "inputTokenCount": 310},
        "output": {"outputContentType": "application/json", "outputBodyJson": answered, "outputTokenCount": 120},
    }


class Bucket:
    """What is in it, and answers about it."""

    def __init__(self, held: dict[str, bytes]) -> None:
        self._held = held
        self._keys = sorted(held)
        self._tags = {key: hashlib.md5(content, usedforsecurity=False).hexdigest() for key, content in held.items()}

    def answer(self, method: str, target: str, headers: bytes) -> bytes:
        """The whole answer to a request."""
        if method == "POST":
            return _answer(b"200 OK", _IDENTITY, b"Content-Type: text/xml\r\n")
        parts = urlsplit(target)
        key = unquote(parts.path).removeprefix(f"/{BUCKET}").lstrip("/")
        if not key:
            return _answer(b"200 OK", self._listing(parts.query), b"Content-Type: application/xml\r\n")
        content = self._held.get(key)
        if content is None:
            return _answer(b"404 Not Found", b"<Error><Code>NoSuchKey</Code></Error>")
        more = f'ETag: "{self._tags[key]}"\r\nLast-Modified: Fri, 20 Nov 2026 12:00:00 GMT\r\n'
        wanted = re.search(rb"\r\nrange: bytes=(\d+)-(\d*)", headers, re.IGNORECASE)
        if wanted is None:
            return _answer(b"200 OK", content, more.encode())
        first, last = int(wanted[1]), int(wanted[2] or len(content) - 1)
        piece = content[first : last + 1]
        more += f"Content-Range: bytes {first}-{first + len(piece) - 1}/{len(content)}\r\n"
        return _answer(b"206 Partial Content", piece, more.encode())

    def _listing(self, query: str) -> bytes:
        asked = {name: values[0] for name, values in parse_qs(query).items()}
        prefix, delimiter = asked.get("prefix", ""), asked.get("delimiter", "")
        most = int(asked.get("max-keys", 1000))
        place = bisect_left(self._keys, asked.get("continuation-token") or prefix)
        found: list[str] = []
        folder = ""
        while place < len(self._keys) and self._keys[place].startswith(prefix) and len(found) < most:
            key = self._keys[place]
            below, slash, _ = key.removeprefix(prefix).partition(delimiter) if delimiter else ("", "", "")
            if slash:
                folder = f"{prefix}{below}{slash}"
                found.append(f"<CommonPrefixes><Prefix>{folder}</Prefix></CommonPrefixes>")
                place = bisect_left(self._keys, f"{folder}\U0010ffff")
            else:
                found.append(
                    f"<Contents><Key>{key}</Key><LastModified>{_WHEN}</LastModified><ETag>&quot;{self._tags[key]}&quot;"
                    f"</ETag><Size>{len(self._held[key])}</Size><StorageClass>STANDARD</StorageClass></Contents>"
                )
                place += 1
        more = place < len(self._keys) and self._keys[place].startswith(prefix)
        token = f"<NextContinuationToken>{self._keys[place]}</NextContinuationToken>" if more else ""
        return (
            f'<ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Name>{BUCKET}</Name>'
            f"<Prefix>{prefix}</Prefix><KeyCount>{len(found)}</KeyCount><MaxKeys>{most}</MaxKeys>"
            f"<IsTruncated>{str(more).lower()}</IsTruncated>{token}{''.join(found)}</ListBucketResult>"
        ).encode()


def _answer(status: bytes, content: bytes, more: bytes = b"") -> bytes:
    return b"HTTP/1.1 %s\r\nContent-Length: %d\r\n%s\r\n%s" % (status, len(content), more, content)


class Connection(asyncio.Protocol):
    """One client; requests come one after the other."""

    def __init__(self, bucket: Bucket) -> None:
        self._bucket = bucket
        self._come = b""
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        if isinstance(transport, asyncio.Transport):
            self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._come += data
        while b"\r\n\r\n" in self._come:
            head, _, rest = self._come.partition(b"\r\n\r\n")
            length = re.search(rb"\r\ncontent-length: (\d+)", head, re.IGNORECASE)
            size = int(length[1]) if length else 0
            if len(rest) < size:
                return
            self._come = rest[size:]
            method, target, _ = head.split(b"\r\n", 1)[0].decode().split(" ")
            if self._transport is not None:
                self._transport.write(self._bucket.answer(method, target, head))


async def serve(port: int, bucket: Bucket) -> None:
    """Until the process is ended."""
    server = await asyncio.get_running_loop().create_server(lambda: Connection(bucket), "127.0.0.1", port)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(serve(int(sys.argv[1]), Bucket(objects(int(sys.argv[2]), int(sys.argv[3])))))
