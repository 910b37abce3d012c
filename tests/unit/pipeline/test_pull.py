"""A pull over a real ledger from an invented cloud: the same rows as an ingest, nothing twice, nothing lost."""

from __future__ import annotations

import shutil
import stat
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from tests.properties import ledgers, logs, orchard
from tests.properties.orchard import Orchard, behave, fetched
from tests.properties.pulls import NOW, only, pull, rows
from tests.unit.pipeline.test_azure_exports import EARLY, deliver, on

from tokenaudit.errors import ConfigError, CredentialsError, LedgerError, ServiceError
from tokenaudit.ledger import ledger as ledger_module
from tokenaudit.ledger import objects, pulled
from tokenaudit.ledger.ledger import open_for_reading, open_for_writing
from tokenaudit.model.ports import LEDGER_MARKER
from tokenaudit.model.question import Window
from tokenaudit.pipeline.pull import feed as feed_module
from tokenaudit.pipeline.pull.clouds import Connected
from tokenaudit.pipeline.pull.report import complaint, pull_report
from tokenaudit.pipeline.pull.run import Errands, Pull
from tokenaudit.pipeline.pull.windows import Windows

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


FILES = 12


@pytest.fixture
def cloud(tmp_path: Path) -> Path:
    """Logs of both clouds, every record of a file again in the next one, a file of no kind, and an empty one."""
    root = tmp_path / "cloud"
    for number in range(FILES):
        own = [logs.bedrock(event, logs.after(hours=event)) for event in range(4 * number, 4 * number + 8)]
        logs.write(root / "logs" / "aws" / f"{number:02}.json.gz", own)
        calls = [logs.llm(f"call-{number}"), logs.gateway(f"call-{number - 1}")]
        logs.write(root / "logs" / "azure" / f"{number:02}.json", calls)
    (root / "logs" / "notes.txt").write_text("no log at all")
    (root / "logs" / "empty.json").write_text("")
    return root


def test_what_is_pulled_is_what_is_ingested(cloud: Path, tmp_path: Path) -> None:
    result = pull(tmp_path / "pulled", cloud)
    assert rows(tmp_path / "pulled") == rows(ledgers.taken(tmp_path / "ingested", [cloud / "logs"]))
    counts = only(result)
    assert (counts.status, counts.objects, counts.fetched, counts.skipped) == ("ok", 2 * FILES + 2, 2 * FILES + 2, 0)
    assert counts.rows == len(rows(tmp_path / "pulled"))
    assert counts.until == NOW
    assert all(row["object_uri"].startswith("orchard://logs/a") for row in ledgers.rows_of(tmp_path / "pulled"))
    assert result.taken.unrecognised == ["orchard://logs/notes.txt"]


def test_worker_processes_do_what_one_does(cloud: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pull(tmp_path / "one", cloud)
    monkeypatch.setattr(feed_module, "OBJECTS_PER_TASK", 3)
    monkeypatch.setattr(feed_module, "COMMIT_EVERY_S", 0.0)
    pull(tmp_path / "two", cloud, jobs=2)
    assert ledgers.exported(tmp_path / "one") == ledgers.exported(tmp_path / "two")
    version = open_for_reading(tmp_path / "two").version
    assert version is not None
    assert version > 2


def test_twice_fetches_nothing_again(cloud: Path, tmp_path: Path) -> None:
    pull(tmp_path / "ledger", cloud)
    before, version = fetched(cloud), open_for_reading(tmp_path / "ledger").version
    again = only(pull(tmp_path / "ledger", cloud))
    assert fetched(cloud) == before
    assert (again.status, again.fetched, again.skipped, again.rows) == ("ok", 0, 2 * FILES + 2, 0)
    assert open_for_reading(tmp_path / "ledger").version == version


def test_of_a_changed_object_only_its_rows_change(cloud: Path, tmp_path: Path) -> None:
    pull(tmp_path / "ledger", cloud)
    before, count = rows(tmp_path / "ledger"), len(fetched(cloud))
    changed = [logs.bedrock(event, logs.after(hours=event)) for event in range(1000, 1003)]
    logs.write(cloud / "logs" / "aws" / f"{FILES - 1:02}.json.gz", changed)
    counts = only(pull(tmp_path / "ledger", cloud))
    assert (counts.fetched, len(fetched(cloud)) - count) == (1, 1)
    after = rows(tmp_path / "ledger")
    gone = {row["usage_id"] for row in before} - {row["usage_id"] for row in after}
    assert len(gone) == 4  # its other four stand in the file before it
    assert [row for row in after if row in before] == [row for row in before if row["usage_id"] not in gone]
    assert len(after) == len(before) - 4 + 3
    assert rows(tmp_path / "ledger") == rows(ledgers.taken(tmp_path / "fresh", [cloud / "logs"]))


def test_an_answer_is_told_by_its_content_and_asked_for_until_it_is_final(tmp_path: Path) -> None:
    root, ledger = tmp_path / "cloud", tmp_path / "ledger"
    logs.write(root / "logs" / "day.json", [logs.bedrock(1)])
    behave(root, answers=["day.json"], open=["day.json"])
    assert only(pull(ledger, root)).rows == 1
    version = open_for_reading(ledger).version
    again = only(pull(ledger, root))
    assert (again.fetched, again.same, again.rows) == (1, 1, 0)
    assert open_for_reading(ledger).version == version
    behave(root, answers=["day.json"])
    last = only(pull(ledger, root))
    assert (last.fetched, last.same, last.skipped) == (1, 1, 0)
    assert only(pull(ledger, root)).skipped == 1
    assert fetched(root) == ["day.json"] * 3
    assert len(rows(ledger)) == 1


def test_an_open_answer_that_changed_replaces_its_rows(tmp_path: Path) -> None:
    root, ledger = tmp_path / "cloud", tmp_path / "ledger"
    behave(root, answers=["day.json"], open=["day.json"])
    logs.write(root / "logs" / "day.json", [logs.bedrock(1), logs.bedrock(2)])
    pull(ledger, root)
    logs.write(root / "logs" / "day.json", [logs.bedrock(2), logs.bedrock(3), logs.bedrock(4)])
    assert only(pull(ledger, root)).fetched == 1
    assert [row["request_id"] for row in rows(ledger)] == ["bedrock-2", "bedrock-3", "bedrock-4"]


@pytest.mark.parametrize("moment", ["fetch", "read", "commit", "usage", "objects", "memory"])
def test_after_a_crash_anywhere_it_goes_on_where_it_was(
    cloud: Path, tmp_path: Path, moment: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Crash(BaseException):
        """Nothing catches it, as nothing catches the end of a process."""

    whole = rows(ledgers.taken(tmp_path / "whole", [cloud / "logs"]))
    places: dict[str, tuple[object, str]] = {
        "fetch": (feed_module, "kept_identity"),
        "read": (feed_module.FeedPull, "_noted"),
        "commit": (ledger_module, "settle"),
        "usage": (ledger_module.Ledger, "_carry_out"),
        "objects": (objects, "stage"),
        "memory": (pulled, "save"),
    }
    monkeypatch.setattr(feed_module, "OBJECTS_PER_TASK", 4)
    monkeypatch.setattr(feed_module, "COMMIT_EVERY_S", 0.0)
    with monkeypatch.context() as patch:
        owner, name = places[moment]
        original, calls = getattr(owner, name), []

        def later(*arguments: object, **named: object) -> object:
            calls.append(1)
            if len(calls) == 3 or moment in ("memory", "read"):
                raise Crash
            return original(*arguments, **named)

        patch.setattr(owner, name, later)
        with pytest.raises(Crash):
            pull(tmp_path / "ledger", cloud)
    assert list((tmp_path / "ledger").rglob("mirror-*")) == []
    assert not (tmp_path / "ledger" / "staging").exists()
    held = {each.removeprefix("orchard://logs/") for each in open_for_reading(tmp_path / "ledger").objects()}
    count = len(fetched(cloud))
    pull(tmp_path / "ledger", cloud)
    assert rows(tmp_path / "ledger") == whole
    assert held.isdisjoint(fetched(cloud)[count:])
    assert open_for_reading(tmp_path / "ledger").objects().keys() == {
        f"orchard://logs/{path.relative_to(cloud / 'logs').as_posix()}" for path in (cloud / "logs").rglob("[0-9]*")
    }


def test_what_cannot_be_had_keeps_nothing_else_from_being_had(cloud: Path, tmp_path: Path) -> None:
    deliver(cloud / "costs", "daily", "run-a", EARLY, [on(1)])
    (cloud / "metrics").mkdir()
    behave(cloud, hidden={"metrics": "credentials"}, fail={"aws/03.json.gz": "cut"})
    result = pull(tmp_path / "ledger", cloud)
    status = {each.name.partition(" ")[0]: (each.status, each.until) for each in result.feeds}
    assert status == {
        "orchard.logs": ("partial", None),
        "orchard.metrics": ("failed", None),
        "orchard.costs": ("ok", NOW),
    }
    assert len(open_for_reading(tmp_path / "ledger").objects()) == 2 * FILES - 1 + 1
    trouble = complaint(result)
    assert isinstance(trouble, CredentialsError)
    assert "2 of 3 sources are missing something: metrics cannot be listed" in str(trouble)
    behave(cloud)
    last = pull(tmp_path / "ledger", cloud)
    assert complaint(last) is None
    assert fetched(cloud)[-1] == "aws/03.json.gz"
    shutil.rmtree(cloud / "metrics")
    assert rows(tmp_path / "ledger") == rows(ledgers.taken(tmp_path / "whole", [cloud / "logs"]))


def test_half_an_object_leaves_no_rows(tmp_path: Path) -> None:
    root = tmp_path / "cloud"
    logs.write(root / "logs" / "one.json", [logs.bedrock(number) for number in range(50)])
    behave(root, fail={"one.json": "cut"})
    result = pull(tmp_path / "ledger", root)
    assert (only(result).status, rows(tmp_path / "ledger")) == ("failed", [])
    assert isinstance(complaint(result), ServiceError)


def test_a_feed_that_fails_again_and_again_is_left_alone(cloud: Path, tmp_path: Path) -> None:
    paths = [path.relative_to(cloud / "logs").as_posix() for path in (cloud / "logs").rglob("*") if path.is_file()]
    behave(cloud, fail=dict.fromkeys(paths, "service"))
    result = only(pull(tmp_path / "ledger", cloud, concurrency=1))
    assert (result.status, result.fetched) == ("failed", 0)
    assert 5 <= len(result.errors) < len(paths)


def test_a_feed_that_cannot_be_listed_keeps_its_watermark(cloud: Path, tmp_path: Path) -> None:
    pull(tmp_path / "ledger", cloud)
    behave(cloud, shut={"logs": "service"})
    later = NOW + timedelta(days=10)
    assert only(pull(tmp_path / "ledger", cloud, now=later)).until == NOW
    behave(cloud)
    windows: list[Window] = []
    feeds = Orchard(cloud)
    feeds.windows = windows
    with open_for_writing(tmp_path / "ledger") as opened:
        errands = Errands(Windows(Window(), later, timedelta(hours=72), 30), ("logs",), jobs=1)
        Pull(opened, errands, lambda: later).run([Connected("orchard", feeds, named=True)])
    assert windows == [Window(NOW - timedelta(hours=72), later)]


def test_the_report_tells_the_windows_that_were_asked_for(cloud: Path, tmp_path: Path) -> None:
    deliver(cloud / "costs", "daily", "run-a", EARLY, [on(1)])
    pull(tmp_path / "ledger", cloud, kinds=("logs",))
    behave(cloud, hidden={"metrics": "service"})
    later, settle = NOW + timedelta(days=1), timedelta(hours=72)
    first = pull(tmp_path / "ledger", cloud, now=later, kinds=("inventory", "logs"))
    with open_for_writing(tmp_path / "ledger") as opened:
        report = pull_report(first, opened, strict=False)
    asked = {each["kind"]: (each["since"], each["until"]) for each in report.section("pull").rows}
    assert asked == {"inventory": (None, None), "logs": (NOW - settle, later)}
    assert (report.since, report.until) == (NOW - settle, later)
    new = pull(tmp_path / "ledger", cloud, now=later)
    assert {each.kind: each.asked for each in new.feeds} == {
        "logs": Window(later - settle, later),
        "metrics": None,
        "costs": Window(later - timedelta(days=30), later),
    }
    assert new.window == Window(later - timedelta(days=30), later)


def test_a_watermark_does_not_jump_over_a_gap(cloud: Path, tmp_path: Path) -> None:
    pull(tmp_path / "ledger", cloud)
    later = NOW + timedelta(days=10)
    gap = only(pull(tmp_path / "ledger", cloud, now=later, since=later - timedelta(days=1)))
    assert gap.until == NOW
    joined = only(pull(tmp_path / "ledger", cloud, now=later, since=NOW))
    assert joined.until == later


def test_the_time_limit_commits_what_is_there(cloud: Path, tmp_path: Path) -> None:
    behave(cloud, slow_s=0.05)
    result = pull(tmp_path / "ledger", cloud, concurrency=1, time_limit_s=0.4)
    counts = only(result)
    assert (counts.status, counts.cut, counts.until) == ("partial", True, None)
    assert 0 < counts.fetched < 2 * FILES
    assert len(open_for_reading(tmp_path / "ledger").objects()) >= counts.fetched - 2
    assert isinstance(complaint(result), ServiceError)
    behave(cloud)
    done = pull(tmp_path / "ledger", cloud)
    assert len(fetched(cloud)) <= 2 * FILES + 2 + 1
    assert complaint(done) is None


def test_no_name_leads_out_of_the_mirror(tmp_path: Path) -> None:
    root, ledger = tmp_path / "cloud", tmp_path / "ledger"
    hostile = [
        "../../../../escaped.json",
        "/etc/escaped.json",
        "nul\0.json",
        "a/../../b.json",
        "..",
        "",
        "/",
        "a//b.json",
        "a/b.json",
        "A/B.json",
        "a",
        "x" * 300,
        "/".join(["deep"] * 600),
        "\udcff.json",
        "back\\..\\slash.json",
        "new\nline.json",
    ]
    for number in range(len(hostile)):
        logs.write(root / "logs" / f"{number:02}.json", [logs.bedrock(number)])
    behave(root, renamed={f"{number:02}.json": name for number, name in enumerate(hostile)})
    counts = only(pull(ledger, root))
    assert (counts.status, counts.errors) == ("ok", [])
    assert len(rows(ledger)) == len(hostile)
    assert sorted(each.name for each in tmp_path.iterdir()) == ["cloud", "ledger"]
    assert {each.name for each in ledger.iterdir()} == {
        LEDGER_MARKER,
        "lock",
        "objects",
        "usage",
        "pull.json",
    }


def test_the_mirror_is_for_its_owner_alone_and_empty_afterwards(
    cloud: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[int] = []
    original = feed_module._fetch  # noqa: SLF001

    def look(wanted: Any) -> Any:
        (mirror,) = (tmp_path / "ledger" / "staging").glob("mirror-*")
        seen.append(stat.S_IMODE(mirror.stat().st_mode))
        return original(wanted)

    monkeypatch.setattr(feed_module, "_fetch", look)
    pull(tmp_path / "ledger", cloud)
    assert set(seen) == {0o700}
    assert not (tmp_path / "ledger" / "staging").exists()


def test_a_full_disk_ends_the_pull_and_is_no_trouble_of_a_source(
    cloud: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(shutil, "copyfile", full)
    with pytest.raises(LedgerError, match="No space left"):
        pull(tmp_path / "ledger", cloud)


# --- clouds that are not there ---------------------------------------------------------------------------------------


def test_a_cloud_that_nobody_uses_is_left_out(cloud: Path, tmp_path: Path) -> None:
    away = tmp_path / "away"
    behave(away, away="credentials")
    with open_for_writing(tmp_path / "ledger") as opened:
        errands = Errands(Windows(Window(), NOW, timedelta(hours=72), 30), jobs=1)
        clouds = [Connected("other", Orchard(away), named=False), Connected("orchard", Orchard(cloud), named=False)]
        result = Pull(opened, errands, lambda: NOW).run(clouds)
    assert (result.feeds[0].provider, result.feeds[0].status) == ("other", "off")
    assert complaint(result) is None


def test_a_cloud_that_was_pulled_from_is_missed(cloud: Path, tmp_path: Path) -> None:
    pull(tmp_path / "ledger", cloud, named=False)
    behave(cloud, away="credentials")
    result = pull(tmp_path / "ledger", cloud, named=False)
    assert isinstance(complaint(result), CredentialsError)


def test_without_any_cloud_there_is_a_hint(tmp_path: Path) -> None:
    behave(tmp_path / "away", away="credentials")
    with pytest.raises(ConfigError) as caught:
        pull(tmp_path / "ledger", tmp_path / "away", named=False)
    assert "tokenaudit init" in caught.value.hint


def test_a_window_in_the_future_is_refused(cloud: Path, tmp_path: Path) -> None:
    with pytest.raises(Exception, match="not yet"):
        pull(tmp_path / "ledger", cloud, since=NOW + timedelta(days=1))


def test_a_mistake_of_a_feed_is_no_trouble_of_a_service(
    cloud: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> Callable[[], None]:
        raise KeyError("a bug")

    monkeypatch.setattr(orchard.Tree, "remote", broken)
    with pytest.raises(KeyError):
        pull(tmp_path / "ledger", cloud)
