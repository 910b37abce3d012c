"""A whole `tokenaudit pull` of small log objects, against plain boto3 that fetches the same ones and throws them away.

    python tests/bench/pull_bench.py [--objects 10000] [--records 4] [--rounds 3] [--threads 16] [--weed]

The server is one of this bench's own, in a process of its own, or SeaweedFS (`--weed`, if `weed` is on PATH). In turns:
`get_object(...).read()` by threads that share one client, of keys that are known beforehand; and the command in a
process of its own, from its start to its end: signing in, listing, fetching, reading, committing. Prints medians and
the ratio of the two throughputs; ends with 1 where that is below 0.7.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import resource
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any

import boto3
from botocore.config import Config
from s3_server import BUCKET, REGION, ROOT, objects

if TYPE_CHECKING:
    from collections.abc import Iterator

HERE = Path(__file__).resolve().parent
ENOUGH = 0.7
WINDOW = ("--since", "2026-11-20", "--until", "2026-11-21")


@contextlib.contextmanager
def own_server(count: int, records: int) -> Iterator[str]:
    """Its address."""
    port = free_port()
    command = (sys.executable, str(HERE / "s3_server.py"), str(port), str(count), str(records))
    with running(command, port) as address:
        yield address


@contextlib.contextmanager
def weed_server(threads: int, held: dict[str, bytes]) -> Iterator[str]:
    """SeaweedFS, with the objects put into it. It is asked who we are too, and does not know: see `pull`."""
    with tempfile.TemporaryDirectory() as folder:
        ports = [free_port() for _ in range(4)]
        settings = Path(folder) / "s3.json"
        keys = {"accessKey": os.environ["AWS_ACCESS_KEY_ID"], "secretKey": os.environ["AWS_SECRET_ACCESS_KEY"]}
        identity = {"name": "bench", "credentials": [keys], "actions": ["Admin", "Read", "Write", "List"]}
        settings.write_text(json.dumps({"identities": [identity]}))
        command = ["weed", "-logtostderr=true", "server", f"-dir={folder}", "-ip=127.0.0.1", "-ip.bind=127.0.0.1"]
        names = ("master.port", "volume.port", "filer.port", "s3.port")
        command += [f"-{name}={port}" for name, port in zip(names, ports, strict=True)]
        command += ["-filer", "-s3", "-s3.port.iceberg=0", "-s3.port.lance=0", f"-s3.config={settings}"]
        command += ["-volume.max=20", "-master.volumeSizeLimitMB=64", "-master.telemetry=false"]
        with running(command, ports[3]) as address:
            client = boto3.client("s3", region_name=REGION, endpoint_url=address)
            for _ in range(100):
                with contextlib.suppress(Exception):
                    client.create_bucket(Bucket=BUCKET)
                    break
                time.sleep(0.2)
            with ThreadPoolExecutor(threads) as pool:
                list(pool.map(lambda each: client.put_object(Bucket=BUCKET, Key=each[0], Body=each[1]), held.items()))
            yield address


@contextlib.contextmanager
def running(command: Any, port: int) -> Iterator[str]:
    """A server, from when it listens."""
    server = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        for _ in range(300):
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
                break
            time.sleep(0.1)
        yield f"http://127.0.0.1:{port}"
    finally:
        server.terminate()
        server.wait()


def free_port() -> int:
    """A port that nobody listens at."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port: int = free.getsockname()[1]
    return port


def plain(address: str, keys: list[str], threads: int) -> tuple[float, float]:
    """Seconds to get and throw away, and of the processor."""
    settings = Config(max_pool_connections=threads)
    client = boto3.client("s3", region_name=REGION, endpoint_url=address, config=settings)
    begun, used = time.perf_counter(), time.process_time()
    with ThreadPoolExecutor(threads) as pool:
        size = sum(pool.map(lambda key: len(client.get_object(Bucket=BUCKET, Key=key)["Body"].read()), keys))
    assert size
    return time.perf_counter() - begun, time.process_time() - used


def pull(address: str, who: str, threads: int, wanted: int) -> tuple[float, float]:
    """Seconds of the command into a new ledger, and of the processor for it and its worker processes."""
    with tempfile.TemporaryDirectory() as folder:
        place = f"s3://{BUCKET}/{ROOT.removesuffix('/')}"
        Path(folder, "tokenaudit.toml").write_text(
            f'[aws]\nregions = ["{REGION}"]\nlogs = ["{place}"]\n\n[pull]\nconcurrency = {threads}\n'
        )
        command = [sys.executable, "-m", "tokenaudit", "pull", "bedrock", "--only", "logs", *WINDOW, "--format", "json"]
        environment = os.environ | {"AWS_ENDPOINT_URL_S3": address, "AWS_ENDPOINT_URL": who}
        begun, used = time.perf_counter(), children_s()
        done = subprocess.run(command, cwd=folder, env=environment, check=True, capture_output=True)
        spent = time.perf_counter() - begun, children_s() - used
        (row,) = json.loads(done.stdout)["sections"][0]["rows"]
        assert (row["fetched"], row["status"]) == (wanted, "ok"), row
    return spent


def children_s() -> float:
    """Processor time of the processes that have ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def main() -> None:
    """Prints the table."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--objects", type=int, default=10_000)
    parser.add_argument("--records", type=int, default=4)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--threads", type=int, default=16)
    parser.add_argument("--weed", action="store_true", help="SeaweedFS as the server")
    chosen = parser.parse_args()
    if chosen.weed and shutil.which("weed") is None:
        parser.error("weed is not on PATH")
    os.environ |= {"AWS_ACCESS_KEY_ID": "AKIAIOSFODNN7EXAMPLE", "AWS_SECRET_ACCESS_KEY": "loopback-secret-key"}
    os.environ["AWS_EC2_METADATA_DISABLED"] = "true"
    held = objects(chosen.objects, chosen.records)
    with contextlib.ExitStack() as stack:
        who = stack.enter_context(own_server(0 if chosen.weed else chosen.objects, chosen.records))
        address = stack.enter_context(weed_server(chosen.threads, held)) if chosen.weed else who
        rounds = [
            (plain(address, list(held), chosen.threads), pull(address, who, chosen.threads, len(held)))
            for _ in range(chosen.rounds)
        ]
    (base, base_cpu), (ours, ours_cpu) = (
        [median(times) for times in zip(*each, strict=True)] for each in zip(*rounds, strict=True)
    )
    ratio = median(one[0] / other[0] for one, other in rounds)
    size = sum(map(len, held.values())) / len(held)
    print(f"{len(held):,} objects of {size:,.0f} bytes, {chosen.records} records each")
    for name, spent, cpu in (("boto3, thrown away", base, base_cpu), ("tokenaudit pull", ours, ours_cpu)):
        print(f"{name:20}{spent:8.2f} s  {len(held) / spent:8.0f} objects/s  {cpu:8.2f} s of the processor")
    print(
        f"throughput of the pull to boto3's, median of {chosen.rounds} rounds: {ratio:.2f} (wanted: {ENOUGH} or more)"
    )
    sys.exit(ratio < ENOUGH)


if __name__ == "__main__":
    main()
