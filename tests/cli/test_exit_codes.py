"""How commands end: the exit code, and what is where. Code 1 never means that the command could not run."""

from __future__ import annotations

import errno
import os
import shlex
import subprocess
from typing import TYPE_CHECKING

import pytest
from tests.cli.conftest import COMMAND, environment
from tests.properties import logs

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.cli.conftest import Done


def test_a_good_run_ends_with_0_and_says_nothing_on_stderr(tokenaudit: Callable[..., Done], two_clouds: Path) -> None:
    done = tokenaudit("compare", two_clouds)
    assert (done.code, done.err) == (0, "")
    assert "bedrock" in done.out


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        ((), "Missing command"),
        (("nope",), "nope"),
        (("export",), "Missing command"),
        (("ledger",), "Missing command"),
        (("ledger", "nope"), "nope"),
        (("ingest",), "Missing argument"),
        (("compare", "--bogus"), "--bogus"),
        (("compare", "--by", "nope"), "nope"),
        (("compare", "--by", "tag:"), "tag:"),
        (("compare", "--by", "usage_id"), "usage_id"),
        (("compare", "--since", "2026-13"), "2026-13"),
        (("compare", "--since", "yesterday"), "yesterday"),
        (("compare", "--since", "2026-10-02", "--until", "2026-10-02"), "2026-10-02"),
        (("compare", "--since", "2026-10-03", "--until", "2026-10-01"), "2026-10-03"),
        (("compare", "--left", "nope=3"), "nope"),
        (("compare", "--left", "something"), "something"),
        (("compare", "--left", ""), "a side"),
        (("compare", "--match", "one"), "one"),
        (("compare", "--match", "a=b"), "'a'"),
        (("compare", "--tag", "team"), "team"),
        (("compare", "--format", "pdf"), "Invalid value for '--format': 'pdf' is not one of"),
        (("compare", "--min-priced", "200%"), "'200%' is no share"),
        (("reconcile", "--tolerance", "2"), "'2' is no share"),
        (("compare", "--currency", "EUR"), "EUR"),
        (("compare", "-o", "x.pdf"), "x.pdf"),
        (("compare", "-o", "no/such/folder.json"), "folder.json"),
        (("compare", "--config", "no.toml"), "no.toml"),
        (("export", "usage", "-o", "x.pdf"), "x.pdf"),
        (("export", "usage", "-o", "x.parquet.gz"), "compressed by itself"),
        (("export", "usage", "--format", "table"), "'table' is not one of"),
    ],
)
def test_usage_errors_end_with_2(
    inside: Callable[..., Done], ledger: Path, arguments: tuple[str, ...], complaint: str
) -> None:
    given = (*arguments, "--ledger", ledger) if len(arguments) > 1 else arguments
    message, hint = inside(*given).refused(2)
    assert complaint in message
    assert hint


@pytest.mark.parametrize("arguments", [("compare",), ("export", "usage"), ("ledger", "info"), ("ledger", "rejects")])
def test_without_a_ledger_they_end_with_3_and_say_what_to_do(
    inside: Callable[..., Done], arguments: tuple[str, ...]
) -> None:
    message, hint = inside(*arguments).refused(3)
    assert "no ledger" in message
    assert "ingest" in hint


@pytest.mark.parametrize("arguments", [("compare",), ("reconcile",), ("explain",)])
def test_of_a_ledger_into_which_nothing_came_they_say_so(
    inside: Callable[..., Done], here: Path, arguments: tuple[str, ...]
) -> None:
    (here / "broken.json").write_text("{", encoding="utf-8")
    inside("ingest", "broken.json").refused(3)
    message, hint = inside(*arguments).refused(3)
    assert "the ledger is empty" in message
    assert "tokenaudit ingest" in hint


def test_an_empty_window_ends_with_3(inside: Callable[..., Done], ledger: Path) -> None:
    message, _ = inside("compare", "--ledger", ledger, "--since", "2030-01").refused(3)
    assert "no requests" in message


@pytest.mark.parametrize("command", ["compare", "reconcile"])
def test_where_nothing_could_be_read_they_say_so_and_blame_no_filter_alone(
    inside: Callable[..., Done], tmp_path: Path, command: str
) -> None:
    path = logs.write(tmp_path / "a.json", [{**logs.bedrock(2), "timestamp": "no time"}])
    assert inside("ingest", path).code == 0
    message, _ = inside(command).refused(3)
    assert "1 record in 1 object could not be read" in message


def test_rejects_end_with_3_only_under_strict_and_the_document_is_there(
    tokenaudit: Callable[..., Done], tmp_path: Path
) -> None:
    path = logs.write(tmp_path / "a.json", [logs.bedrock(1), {**logs.bedrock(2), "timestamp": "no time"}])
    lax = tokenaudit("ingest", path, "--format", "json")
    assert (lax.code, lax.err) == (0, "")
    assert lax.rows("ingest")[0] | {"records": 2, "rows": 1, "rejects": 1} == lax.rows("ingest")[0]
    strict = tokenaudit("ingest", path, "--format", "json", "--strict", "--ledger", "other")
    assert strict.code == 3
    assert strict.rows("ingest") == lax.rows("ingest")
    assert strict.report["verdict"]["exit_code"] == 3
    assert [line.split(":")[0] for line in strict.err.splitlines()] == ["error", "hint"]


def test_unpriced_ends_with_3_only_under_strict_and_the_document_is_there(
    tokenaudit: Callable[..., Done], ledger: Path
) -> None:
    strict = tokenaudit("compare", "--ledger", ledger, "--strict", "--format", "json")
    assert strict.code == 3
    assert strict.rows()
    assert "unpriced" in strict.caveats
    assert "unpriced" in strict.err


def test_strict_is_content_with_data_that_leaves_nothing_open(tokenaudit: Callable[..., Done], tmp_path: Path) -> None:
    path = logs.write(tmp_path / "a.json", [logs.bedrock(1, serviceTier="default", modelId="us." + logs.SONNET)])
    assert tokenaudit("ingest", path, "--strict").code == 0
    done = tokenaudit("compare", "--strict", "--format", "json")
    assert {code: text for code, text in done.caveats.items() if code in ("rejects", "unpriced")} == {}
    assert done.code == 0


def test_our_own_mistake_ends_with_70_and_tells_its_kind_only(
    inside: Callable[..., Done], ledger: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise ZeroDivisionError("secret words")

    monkeypatch.setattr("tokenaudit.pipeline.summaries.info_report", broken)
    message, hint = inside("ledger", "info", "--ledger", ledger).refused(70)
    assert "ZeroDivisionError" in message
    assert "--verbose" in hint
    assert "secret" not in message + hint


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EACCES])
def test_a_system_that_refuses_is_no_mistake_of_ours(
    inside: Callable[..., Done], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    def refusing(*_: object, **__: object) -> None:
        raise OSError(number, "what a library says of it")  # from a worker process or Arrow, as from Python itself

    path = logs.write(tmp_path / "a.json", [logs.bedrock(1)])
    monkeypatch.setattr("tokenaudit.ledger.staged.pq.write_table", refusing)
    message, hint = inside("ingest", path).refused(3)
    assert message.endswith(os.strerror(number))
    assert "what was committed is kept" in hint


@pytest.mark.parametrize("buffered", [True, False])
@pytest.mark.parametrize("options", [(), ("--strict", "--format", "json"), ("--min-priced", "100%")])
def test_a_result_that_finds_no_room_is_an_error_and_no_mistake_of_ours(
    ledger: Path, home: Path, options: tuple[str, ...], *, buffered: bool
) -> None:
    """However the command would have ended, and whether it learns so while it writes or when it is done."""
    with open("/dev/full", "w") as full:  # noqa: PTH123  # a device
        done = subprocess.run(
            [*COMMAND, "compare", "--ledger", str(ledger), *options],
            env=environment(home, PYTHONUNBUFFERED="" if buffered else "1"),
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
            timeout=60,
        )
    assert (done.returncode in {1, 3}, "Exception ignored" in done.stderr) == (True, False)
    assert options or (done.returncode, len(done.stderr.splitlines())) == (3, 2)
    assert options or os.strerror(errno.ENOSPC) in done.stderr


def test_a_stream_that_is_closed_from_the_beginning_is_one_that_nobody_reads(ledger: Path, home: Path) -> None:
    command = shlex.join([*COMMAND, "compare", "--ledger", str(ledger)])
    for closed in (">&-", "2>&-", ">&- 2>&-"):
        done = subprocess.run(["sh", "-c", f"{command} {closed}"], env=environment(home), check=False, timeout=60)
        assert done.returncode == 0, closed


def test_verbose_shows_the_traceback_of_our_own_mistake_and_ends_with_70_too(
    inside: Callable[..., Done], ledger: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("tokenaudit.pipeline.summaries.info_report", broken)
    done = inside("ledger", "info", "--ledger", ledger, "--verbose")
    assert (done.code, done.out) == (70, "")
    assert "Traceback" in done.err


def test_messages_hold_nothing_that_a_terminal_obeys(inside: Callable[..., Done]) -> None:
    message, _ = inside("ingest", "no\x1b[31mth\ning").refused(3)
    assert message.isprintable()


def test_help_tells_every_command_and_every_exit_code(inside: Callable[..., Done]) -> None:
    done = inside("--help")
    assert (done.code, done.err) == (0, "")
    flat = " ".join(done.out.split())
    for word in (
        "ingest",
        "compare",
        "export",
        "ledger",
        "0 done",
        "1 a verdict",
        "2 usage",
        "3 data",
        "4 cred",
        "5 a serv",
    ):
        assert word in flat
    for word in ("70 our bug", "130 interrupted"):
        assert word in flat


def test_it_runs_as_a_module_and_tells_its_version(tokenaudit: Callable[..., Done]) -> None:
    from tokenaudit import __version__  # noqa: PLC0415

    done = tokenaudit("--version")
    assert (done.code, done.out, done.err) == (0, f"tokenaudit {__version__}\n", "")
