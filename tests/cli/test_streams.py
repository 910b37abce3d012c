"""stdout carries the result and nothing else; colours, widths and notes depend on who reads."""

from __future__ import annotations

import csv
import io
import json
import os
import subprocess
from dataclasses import fields
from typing import TYPE_CHECKING

import pytest
from tests.cli.conftest import COMMAND, environment
from tests.properties import ledgers, logs

from tokenaudit.cli.options import Shared

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.cli.conftest import Done

ESCAPE = "\x1b"
LEDGER = ".tokenaudit/ledger"  # where a command looks that is not told


@pytest.mark.parametrize("terminal", [{}, {"TERM": "xterm"}, {"TERM": "xterm-256color", "COLUMNS": "40"}])
def test_piped_output_has_no_colour_and_is_not_cut(
    inside: Callable[..., Done], ledger: Path, terminal: dict[str, str]
) -> None:
    done = inside("compare", "--ledger", ledger, "--by", "model,caller", **terminal)
    assert (done.code, done.err) == (0, "")
    assert ESCAPE not in done.out
    assert "\r" not in done.out
    assert "arn:aws:sts::111122223333:assumed-role/app/session" in done.out


@pytest.mark.parametrize(
    ("option", "variables", "coloured"),
    [
        ((), {}, False),
        ((), {"FORCE_COLOR": "1"}, True),
        ((), {"FORCE_COLOR": ""}, False),
        ((), {"FORCE_COLOR": "1", "NO_COLOR": "1"}, False),
        (("--color", "always"), {}, True),
        (("--color", "always"), {"NO_COLOR": "1"}, True),
        (("--color", "never"), {"FORCE_COLOR": "1"}, False),
        (("--color", "auto"), {"FORCE_COLOR": "1"}, True),
    ],
)
def test_colour_is_for_whoever_asks_for_it(
    inside: Callable[..., Done], ledger: Path, option: tuple[str, ...], variables: dict[str, str], *, coloured: bool
) -> None:
    done = inside("compare", "--ledger", ledger, *option, **variables)
    assert (ESCAPE in done.out) == coloured


@pytest.mark.parametrize("fmt", ["json", "jsonl", "csv", "markdown"])
def test_machine_formats_are_never_coloured(inside: Callable[..., Done], ledger: Path, fmt: str) -> None:
    done = inside("compare", "--ledger", ledger, "--format", fmt, "--color", "always", FORCE_COLOR="1")
    assert ESCAPE not in done.out


def test_progress_and_notes_of_an_ingest_stay_off_both_streams_when_piped(
    tokenaudit: Callable[..., Done], two_clouds: Path
) -> None:
    done = tokenaudit("ingest", two_clouds, "--format", "json", TERM="xterm", FORCE_COLOR="1")
    assert (done.code, done.err) == (0, "")
    assert done.rows("ingest")


@pytest.mark.parametrize(
    "command", [("compare", "--by", "caller,model,day"), ("export", "usage", "-o", "-"), ("ledger", "info")]
)
def test_a_reader_who_leaves_early_is_no_error(command: tuple[str, ...], ledger: Path, home: Path) -> None:
    """The pipe is closed before the command writes: no message, no traceback, no bad code."""
    read, write = os.pipe()
    os.close(read)
    with os.fdopen(write, "wb") as stdout:
        done = subprocess.run(
            [*COMMAND, *command, "--ledger", str(ledger)],
            env=environment(home),
            stdout=stdout,
            stderr=subprocess.PIPE,
            check=False,
        )
    assert (done.returncode, done.stderr) == (0, b"")


def test_a_long_export_may_be_cut_by_its_reader(home: Path, here: Path) -> None:
    path = logs.write(here / "many.json", [logs.bedrock(number, logs.after(seconds=number)) for number in range(4000)])
    ledgers.take(here / LEDGER, [path])
    pipe = subprocess.Popen(
        [*COMMAND, "export", "usage", "-o", "-"],
        cwd=here,
        env=environment(home),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert pipe.stdout is not None
    assert pipe.stdout.readline().startswith(b"usage_id,")
    pipe.stdout.close()
    pipe.stdout = None
    _, said = pipe.communicate(timeout=60)
    assert (pipe.returncode, said) == (0, b"")


@pytest.mark.parametrize(
    "variables", [{"PYTHONIOENCODING": "ascii"}, {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}]
)
def test_a_terminal_without_unicode_gets_what_it_can_show(
    tokenaudit: Callable[..., Done], here: Path, variables: dict[str, str]
) -> None:
    path = logs.write(here / "ü.json", [logs.bedrock(1, modelId="modèle-privé", requestMetadata={"team": "Ökonomie"})])
    ledgers.take(here / LEDGER, [path])
    for arguments in (
        ("compare", "--by", "model_ref,tag:team"),
        ("compare", "--by", "model_ref,tag:team", "--format", "csv"),
        ("compare", "--by", "tag:team", "--format", "json"),
        ("export", "usage", "-o", "-"),
        ("ingest", "nö.json"),
    ):
        done = tokenaudit(*arguments, **variables)
        assert done.code == (3 if arguments[0] == "ingest" else 0), done
        assert "Traceback" not in done.err
        assert "a mistake" not in done.err


@pytest.mark.parametrize(
    ("name", "begins"), [("x.json", "{"), ("x.jsonl", "{"), ("x.csv", "model,"), ("x.md", "#"), ("x.txt", "Side")]
)
def test_the_name_of_the_output_file_decides_its_format(
    inside: Callable[..., Done], ledger: Path, here: Path, name: str, begins: str
) -> None:
    done = inside("compare", "--ledger", ledger, "-o", name)
    assert (done.code, done.out) == (0, "")
    assert (here / name).read_text(encoding="utf-8").startswith(begins)
    assert [each.name for each in here.iterdir()] == [name]


@pytest.mark.parametrize(
    "command",
    [
        "baseline save",
        "check --allow-missing-baseline",
        "compare --format json",
        "explain",
        "export charges --format csv",
        "export compare",
        "export focus",
        "init --no-discover",
        "ledger info",
        "prices list",
        "reconcile",
        "report",
    ],
)
@pytest.mark.parametrize("name", ["", "."])
def test_an_output_without_a_name_is_refused(
    inside: Callable[..., Done], ledger: Path, command: str, name: str
) -> None:
    message, hint = inside(*command.split(), "--ledger", ledger, "-o", name).refused(2)
    assert (message, hint) == ("-o names no file", "write -o FILE, or -o - for stdout")


@pytest.mark.parametrize("command", ["ingest x.jsonl", "prices update --from x.jsonl"])
@pytest.mark.parametrize("name", ["", "x.zip"])
def test_where_to_is_asked_before_anything_is_read(
    inside: Callable[..., Done], here: Path, command: str, name: str
) -> None:
    logs.write(here / "x.jsonl", [logs.bedrock(1)])
    inside(*command.split(), "--ledger", here / "ledger", "-o", name).refused(2)
    assert not (here / "ledger").exists()


def test_format_wins_over_the_name_and_a_file_is_as_stdout_would_be(
    inside: Callable[..., Done], ledger: Path, here: Path
) -> None:
    assert inside("compare", "--ledger", ledger, "-o", "x.txt", "--format", "json").code == 0
    assert json.loads((here / "x.txt").read_text()) == inside("compare", "--ledger", ledger, "--format", "json").report


def test_csv_holds_data_only_and_its_caveats_go_to_stderr(inside: Callable[..., Done], ledger: Path) -> None:
    done = inside("compare", "--ledger", ledger, "--format", "csv")
    rows = list(csv.DictReader(io.StringIO(done.out)))
    assert {row["side"] for row in rows} == {"bedrock", "azure"}
    assert None not in rows[0]
    assert "unpriced" in done.err
    assert "unpriced" not in done.out
    assert inside("compare", "--ledger", ledger, "--format", "csv", "--quiet").err == ""


def test_the_json_document_has_the_contract_s_form(inside: Callable[..., Done], ledger: Path) -> None:
    done = inside("compare", "--ledger", ledger, "--format", "json", "--since", "2026-10")
    report = done.report
    assert list(report) == ["schema", "command", "window", "sections", "caveats", "verdict", "provenance"]
    assert (report["schema"], report["command"]) == ("tokenaudit.report/1", "compare")
    assert report["window"] == {"since": "2026-10-01T00:00:00Z", "until": None}
    assert report["verdict"] == {"status": "pass", "exit_code": 0}
    assert set(report["provenance"]) == {"tool_version", "price_book", "ledger_version"}
    assert set(report["provenance"]["price_book"]) == {"date", "sha256"}
    holding_requests = [
        each["id"] for each in report["sections"] if "requests" in {column["name"] for column in each["columns"]}
    ]
    assert holding_requests == ["compare"]
    for row in done.rows():
        money = row["list_cost_usd"]
        assert money is None or isinstance(money, float | int)


def test_every_line_of_jsonl_is_json(inside: Callable[..., Done], ledger: Path) -> None:
    lines = inside("compare", "--ledger", ledger, "--format", "jsonl").out.splitlines()
    assert all(isinstance(json.loads(line), dict) for line in lines)


def test_no_machine_format_holds_the_time_of_day(inside: Callable[..., Done], ledger: Path) -> None:
    for fmt in ("json", "jsonl", "csv", "markdown"):
        arguments = ("compare", "--ledger", ledger, "--format", fmt)
        assert inside(*arguments).out == inside(*arguments).out


def test_an_option_that_makes_no_difference_is_taken_and_said_so(inside: Callable[..., Done], ledger: Path) -> None:
    done = inside("ledger", "info", "--ledger", ledger, "--by", "model")
    assert done.code == 0
    assert "--by" in done.err
    assert inside("ledger", "info", "--ledger", ledger, "--by", "model", "--quiet").err == ""


@pytest.mark.parametrize(
    "command",
    [
        ("ingest", "x"),
        ("compare",),
        ("export", "usage"),
        ("ledger", "info"),
        ("ledger", "history"),
        ("ledger", "rejects"),
    ],
)
def test_every_command_takes_the_shared_options(inside: Callable[..., Done], command: tuple[str, ...]) -> None:
    done = inside(*command, "--help")
    assert done.code == 0
    for option in fields(Shared):
        assert f"--{option.name}" in done.out
