"""Pulling small objects from S3: our feed into files, against plain boto3 that throws them away.

    python tests/bench/pull_bench.py [--objects 10000] [--rounds 3] [--threads 16] [--endpoint http://127.0.0.1:8333]

Without `--endpoint` a moto server is started, in a process of its own. Puts invocation logs of one day there (unless
they are there), then, interleaved: `get_object(...).read()` by threads that share one client, and the objects of the
log feed, each fetched into a file by as many threads. The same keys both times, known beforehand; what listing them
takes stands beside it. Prints medians and the ratio of the two throughputs.
"""

from __future__ import annotations

import argparse
import contextlib
import gzip
import json
import os
import socket
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any

import boto3
from botocore.config import Config

from tokenaudit.model.pulling import Manners
from tokenaudit.model.question import Window
from tokenaudit.providers.aws.client import connected
from tokenaudit.providers.aws.pull.s3_logs import S3LogFeed
from tokenaudit.providers.aws.settings import AwsSettings

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tokenaudit.model.pulling import Known, RemoteObject

BUCKET, ACCOUNT, REGION = "pull-bench", "123456789012", "us-east-1"
ROOT = f"AWSLogs/{ACCOUNT}/BedrockModelInvocationLogs/{REGION}/2026/11/20"
DAY = Window(datetime(2026, 11, 20, tzinfo=UTC), datetime(2026, 11, 21, tzinfo=UTC))
NOW = datetime(2026, 11, 25, tzinfo=UTC)


class Nothing:
    """What an empty ledger knows."""

    def of(self, uri: str) -> None:
        """It has not been read."""

    def below(self, prefix: str) -> Iterator[tuple[str, Known]]:  # noqa: ARG002
        """None has been."""
        return iter(())


@contextlib.contextmanager
def endpoint(given: str | None) -> Iterator[str]:
    """The address of the server; moto's own process where none is given."""
    if given:
        yield given
        return
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    command = (str(Path(sys.executable).with_name("moto_server")), "-H", "127.0.0.1", "-p", str(port))
    server = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        for _ in range(200):
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
                break
            time.sleep(0.1)
        yield f"http://127.0.0.1:{port}"
    finally:
        server.terminate()
        server.wait()


def fill(client: Any, objects: int, threads: int) -> list[str]:
    """The keys, after putting what is not there."""
    with contextlib.suppress(client.exceptions.BucketAlreadyOwnedByYou, client.exceptions.BucketAlreadyExists):
        client.create_bucket(Bucket=BUCKET)
    keys = [f"{ROOT}/{number % 24:02}/20261120T{number:09}Z_{number:016x}.json.gz" for number in range(objects)]
    pages = client.get_paginator("list_objects_v2").paginate(Bucket=BUCKET, Prefix=ROOT)
    there = {each["Key"] for page in pages for each in page.get("Contents", ())}

    def put(key: str) -> None:
        record = {
            "schemaType": "ModelInvocationLog",
            "schemaVersion": "1.0",
            "timestamp": "2026-11-20T10:00:00Z",
            "accountId": ACCOUNT,
            "region": REGION,
            "requestId": key[-24:-8],
            "operation": "Converse",
            "modelId": "amazon.nova-pro-v1:0",
            "input": {"inputContentType": "application/json", "inputTokenCount": 10},
            "output": {"outputContentType": "application/json", "outputTokenCount": 20},
        }
        client.put_object(Bucket=BUCKET, Key=key, Body=gzip.compress(json.dumps(record).encode()))

    with ThreadPoolExecutor(threads) as pool:
        list(pool.map(put, (key for key in keys if key not in there)))
    return keys


def plain(client: Any, keys: list[str], threads: int) -> float:
    """Seconds to get and throw away."""
    begun = time.perf_counter()
    with ThreadPoolExecutor(threads) as pool:
        size = sum(pool.map(lambda key: len(client.get_object(Bucket=BUCKET, Key=key)["Body"].read()), keys))
    assert size
    return time.perf_counter() - begun


def listed(threads: int) -> tuple[float, list[RemoteObject]]:
    """Seconds to list, and what the feed found."""
    manners = Manners(clock=lambda: NOW, notify=print, concurrency=threads)
    (client,) = connected(AwsSettings(regions=(REGION,)), manners)
    feed = S3LogFeed(client, BUCKET, f"{ROOT.removesuffix('/2026/11/20')}/", REGION, manners)
    begun = time.perf_counter()
    found = list(feed.objects(DAY, Nothing()))
    return time.perf_counter() - begun, found


def ours(found: list[RemoteObject], threads: int) -> float:
    """Seconds to fetch into files."""
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        begun = time.perf_counter()
        with ThreadPoolExecutor(threads) as pool:
            list(pool.map(lambda pair: pair[1].fetch(folder / str(pair[0])), enumerate(found)))
        spent = time.perf_counter() - begun
        assert sum(path.stat().st_size for path in folder.iterdir()) == sum(each.size_bytes for each in found)
    return spent


def main() -> None:
    """Prints the table."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--objects", type=int, default=10_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--threads", type=int, default=16)
    parser.add_argument("--endpoint")
    chosen = parser.parse_args()
    os.environ.setdefault("AWS_ACCESS_KEY_ID", "AKIAIOSFODNN7EXAMPLE")
    os.environ.setdefault("AWS_SECRET_ACCESS_KEY", "loopback-secret-key")
    with endpoint(chosen.endpoint) as url:
        os.environ["AWS_ENDPOINT_URL"] = url
        client = boto3.client("s3", region_name=REGION, config=Config(max_pool_connections=chosen.threads))
        keys = fill(client, chosen.objects, chosen.threads)
        wanted = set(keys)
        plain_s, ours_s, listing_s = [], [], []
        for _ in range(chosen.rounds):
            plain_s.append(plain(client, keys, chosen.threads))
            listing, found = listed(chosen.threads)
            found = [each for each in found if each.uri.removeprefix(f"s3://{BUCKET}/") in wanted]
            assert len(found) == len(keys)
            listing_s.append(listing)
            ours_s.append(ours(found, chosen.threads))
    ratio = median(base / mine for base, mine in zip(plain_s, ours_s, strict=True))
    whole = median(base / (mine + more) for base, mine, more in zip(plain_s, ours_s, listing_s, strict=True))
    print(f"{chosen.objects:,} objects, {chosen.threads} threads, medians of {chosen.rounds} rounds")
    print(f"boto3, thrown away   {median(plain_s):8.2f} s  {chosen.objects / median(plain_s):8.0f} objects/s")
    print(f"our feed, into files {median(ours_s):8.2f} s  {chosen.objects / median(ours_s):8.0f} objects/s")
    print(f"listing              {median(listing_s):8.2f} s")
    print(f"throughput of ours to boto3's: {ratio:.2f}, with the listing {whole:.2f}")


if __name__ == "__main__":
    main()
