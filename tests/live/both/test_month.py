"""A month on both clouds, pulled: the ledger that the files give, nothing fetched twice, whole after any end."""

from __future__ import annotations

import gzip
import json
import signal
import subprocess
import time
from typing import TYPE_CHECKING, Any

from tests.live.both.conftest import AWS_ACCOUNT, BILLS, CHAT, LOGS, SINCE, tables

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.live.both.conftest import Clouds, Tables

PULL = ("pull", "all", *SINCE, "--format", "json")
FEEDS = 10
LISTINGS = {
    "GetCallerIdentity",
    "GetExport",
    "GetModelInvocationLoggingConfiguration",
    "DescribeReportDefinitions",
    "ListExports",
    "ListInferenceProfiles",
    "ListMetrics",
    "ListObjectsV2",
    "ListProvisionedModelThroughputs",
}


def fetched(clouds: Clouds) -> list[str]:
    """Keys of the objects that were asked of S3."""
    return [each.asked.partition("?")[0] for each in clouds.aws.service.calls("GetObject")]


def test_a_month_pulled_is_the_month_ingested_and_comes_once(filled: Clouds, from_files: Tables) -> None:
    _jobs(filled, 1)
    first = filled.run(*PULL, "--verbose")
    assert first.code == 0, first.err
    rows = first.rows("pull")
    assert [row["status"] for row in rows] == ["ok"] * FEEDS
    pulled = tables(filled.ledger)
    assert {name: len(found) for name, found in pulled.items()} == {
        name: len(found) for name, found in from_files.items()
    }
    for name, found in pulled.items():
        assert found == from_files[name], name
        assert found, name

    filled.forget()
    again = filled.run(*PULL, "--verbose")
    assert again.code == 0, again.err
    assert {row["feed"]: row["fetched"] for row in again.rows("pull") if row["kind"] != "inventory"} == {
        row["feed"]: 0 for row in rows if row["kind"] != "inventory"
    }
    assert {each.operation for each in filled.aws.service.called} - LISTINGS == {"GetObject"}
    assert [key.rpartition("/")[2] for key in fetched(filled)] == ["two-clouds-cur2-Manifest.json"]
    assert not filled.azure.paths("/providers/Microsoft.Insights/metrics")
    assert not filled.azure.paths("/query")
    assert "fetched s3://" in first.err
    assert "fetched https://" in first.err
    assert "fetched " not in again.err
    assert tables(filled.ledger) == pulled
    _one_log_changes(filled, pulled)
    _the_bill_changes(filled)


def _one_log_changes(clouds: Clouds, before: Tables) -> None:
    """Another record in the place of those of one object: their rows go, its row comes, and nothing else is touched."""
    (key, content) = next(
        (path.relative_to(clouds.month / "logs" / "bedrock").as_posix(), gzip.decompress(path.read_bytes()))
        for path in sorted((clouds.month / "logs" / "bedrock").rglob("*_*.json.gz"))
        if path.stat().st_size > 5_000 and "/data/" not in path.as_posix()
    )
    gone = {json.loads(line)["requestId"] for line in content.splitlines()}
    other = json.loads(content.splitlines()[0]) | {"requestId": "another-request"}
    clouds.aws.put(key, gzip.compress(json.dumps(other).encode() + b"\n"), LOGS)
    clouds.forget()
    done = clouds.run(*PULL, "--only", "logs")
    assert done.code == 0, done.err
    assert sum(row["fetched"] for row in done.rows("pull")) == 1
    assert fetched(clouds) == [f"/{LOGS}/{key}"]
    after = tables(clouds.ledger)
    stay = [row for row in before["usage"] if row["request_id"] not in gone]
    assert len(gone) > 1
    assert [row for row in after["usage"] if row["request_id"] != "another-request"] == stay
    assert len(after["usage"]) == len(stay) + 1
    assert {**after, "usage": []} == {**before, "usage": []}


def _the_bill_changes(clouds: Clouds) -> None:
    """AWS writes the month over, with half of its lines: AWS's charges are those, Azure's stay."""
    before = tables(clouds.ledger)
    (path,) = (clouds.month / "bills" / "aws").rglob("*.csv.gz")
    lines = gzip.decompress(path.read_bytes()).splitlines(keepends=True)
    key = path.relative_to(clouds.month / "bills" / "aws").as_posix()
    clouds.aws.put(key, gzip.compress(b"".join(lines[: len(lines) // 2])), BILLS)
    done = clouds.run(*PULL, "--only", "costs")
    assert done.code == 0, done.err
    after = tables(clouds.ledger)
    of = {
        name: {source: [row for row in found["charges"] if row["source"] == source] for source in _SOURCES}
        for name, found in (("before", before), ("after", after))
    }
    assert of["after"]["azure.cost_export"] == of["before"]["azure.cost_export"]
    assert 0 < len(of["after"]["aws.cur"]) < len(of["before"]["aws.cur"])
    assert all(row in of["before"]["aws.cur"] for row in of["after"]["aws.cur"])


_SOURCES = ("aws.cur", "azure.cost_export")


def test_a_pull_that_is_killed_again_and_again_ends_with_the_same_ledger(filled: Clouds, from_files: Tables) -> None:
    """With two jobs; with one, tests/cli/test_pull.py ends a pull from outside."""
    _jobs(filled, 2)
    _kill(filled, lambda: len(fetched(filled)) > 30)  # in the middle of the first log
    filled.forget()
    _kill(filled, lambda: len(filled.azure.paths("/providers/Microsoft.Insights/metrics")) > 5)
    assert len(fetched(filled)) > 100  # all of S3: nothing was committed before
    filled.forget()
    done = filled.run(*PULL)
    assert done.code == 0, done.err
    counts = {row["feed"]: row for row in done.rows("pull")}
    logs = next(row for feed, row in counts.items() if feed.startswith("aws.invocation_logs"))
    assert (logs["fetched"], logs["status"]) == (0, "ok")
    assert tables(filled.ledger) == from_files
    assert {path.name for path in filled.ledger.rglob("mirror-*")} == set()
    assert filled.azure.paths(f"{CHAT.lower()}/providers/Microsoft.Insights/metrics")


def _jobs(clouds: Clouds, number: int) -> None:
    settings = clouds.here / "tokenaudit.toml"
    settings.write_text(f"jobs = {number}\n{settings.read_text()}")


def _kill(clouds: Clouds, when: Callable[[], bool]) -> None:
    """Ends a pull, and nothing but it, as a power cut would."""
    running: subprocess.Popen[Any] = subprocess.Popen(
        clouds.command(*PULL),
        cwd=clouds.here,
        env=clouds.environment(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    end = time.monotonic() + 60
    while not when() and running.poll() is None and time.monotonic() < end:
        time.sleep(0.01)
    assert running.poll() is None
    running.send_signal(signal.SIGKILL)
    running.wait(20)


def test_the_account_of_the_example_is_who_we_are(clouds: Clouds) -> None:
    assert clouds.run("doctor", "bedrock").out.count(f"signed in to account {AWS_ACCOUNT}") == 1
