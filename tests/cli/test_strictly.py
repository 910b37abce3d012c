"""What `--strict` does not put up with, and what every command says of it without: rejected records first of all."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from tests.properties import ledgers, logs

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.cli.conftest import Done

EXAMPLE = Path(__file__).parents[2] / "examples" / "two-clouds"


@pytest.fixture(scope="module")
def torn(tmp_path_factory: pytest.TempPathFactory) -> tuple[str | Path, ...]:
    """The example's week with one more record of a request, which nobody can read."""
    folder = tmp_path_factory.mktemp("torn")
    for name in ("logs", "bills"):
        shutil.copytree(EXAMPLE / name, folder / name)
    logs.write(folder / "logs" / "torn.json", [logs.bedrock(1), {**logs.bedrock(2), "timestamp": "no time"}])
    ledger = ledgers.taken(folder / "ledger", [folder / "logs", folder / "bills"])
    return ("--ledger", ledger, "--config", EXAMPLE / "tokenaudit.toml")


@pytest.mark.parametrize("command", ["compare", "reconcile", "check"])
def test_every_report_tells_of_rejected_records(
    inside: Callable[..., Done], here: Path, torn: tuple[str | Path, ...], command: str
) -> None:
    inside("baseline", "save", *torn, "-o", "before.json", "--quiet")
    given = (*torn, *(("--baseline", here / "before.json") if command == "check" else ()))
    assert "1 record in 1 object could not be read" in inside(command, *given, "--format", "json").caveats["rejects"]
    strict = inside(command, *given, "--strict", "--format", "json")
    assert strict.code == strict.report["verdict"]["exit_code"] == 3
    assert "error: --strict: rejects" in strict.err


def test_the_page_tells_of_them_once_and_reconciles_all_the_same(
    inside: Callable[..., Done], here: Path, torn: tuple[str | Path, ...]
) -> None:
    assert inside("report", *torn, "-o", "audit.md").code == 0
    text = (here / "audit.md").read_text()
    assert text.count("could not be read") == 1
    assert "see tokenaudit ledger rejects" in text
    assert "Usage and bill agree" in text


_EVERY = (
    "check --allow-missing-baseline",
    "baseline save -o -",
    "explain",
    "report -o audit.md",
    "compare",
    "reconcile",
)


@pytest.mark.parametrize("command", _EVERY)
def test_where_no_record_could_be_used_no_filter_is_blamed(
    inside: Callable[..., Done], here: Path, command: str
) -> None:
    logs.write(here / "torn.json", [{**logs.bedrock(1), "timestamp": "no time"}])
    ledger = ledgers.taken(here / "ledger", [here / "torn.json"])
    message, hint = inside(*command.split(), "--ledger", ledger).refused(3)
    assert message.startswith("no record that was read into the ledger could be used; 1 record in 1 object")
    assert "tokenaudit ledger rejects" in message
    assert "--since" not in hint


@pytest.mark.parametrize("command", _EVERY)
def test_where_all_that_was_read_is_of_other_services_no_filter_is_blamed(
    inside: Callable[..., Done], here: Path, command: str
) -> None:
    keys = [{"Type": "DIMENSION", "Key": key} for key in ("SERVICE", "USAGE_TYPE")]
    cost = {"UnblendedCost": {"Amount": "3", "Unit": "USD"}, "UsageQuantity": {"Amount": "1", "Unit": "Hrs"}}
    groups = [{"Keys": ["Amazon Elastic Compute Cloud - Compute", "BoxUsage:t3.micro"], "Metrics": cost}]
    days = [{"TimePeriod": {"Start": "2026-10-05", "End": "2026-10-06"}, "Groups": groups}]
    (here / "answer.json").write_text(json.dumps({"GroupDefinitions": keys, "ResultsByTime": days}))
    ledger = ledgers.taken(here / "ledger", [here / "answer.json"])
    message, hint = inside(*command.split(), "--ledger", ledger).refused(3)
    if command == "compare":
        assert inside("compare", here / "answer.json").refused(3) == (message, hint)
    assert message == (
        "no record that was read into the ledger could be used: "
        "1 line of other services than language models, counted and not kept"
    )
    assert hint == "read logs or bills of language models into it: other filters find no more"


@pytest.mark.parametrize("command", _EVERY[:-1])
def test_where_others_could_be_used_the_filters_may_be_wrong(
    inside: Callable[..., Done], torn: tuple[str | Path, ...], command: str
) -> None:
    message, hint = inside(*command.split(), *torn, "--since", "2028-01").refused(3)
    assert message.endswith("1 record in 1 object could not be read: in no figure; see tokenaudit ledger rejects")
    assert hint.startswith("check --since")


@pytest.mark.parametrize("command", ["compare", "check --allow-missing-baseline"])
def test_what_was_read_from_paths_is_in_no_ledger_to_look_into(
    inside: Callable[..., Done], here: Path, command: str
) -> None:
    logs.write(here / "torn.json", [logs.bedrock(1), {**logs.bedrock(2), "timestamp": "no time"}])
    told = inside(*command.split(), here / "torn.json", "--format", "json").caveats["rejects"]
    assert told.endswith("tokenaudit ingest PATH... says which")
    assert "line 2: " in inside("ingest", here / "torn.json", "--format", "json").caveats["rejects"]


def test_an_explanation_tells_of_them(inside: Callable[..., Done], torn: tuple[str | Path, ...]) -> None:
    assert "rejects" in inside("explain", *torn, "--format", "json").caveats


@pytest.mark.parametrize("table", ["usage", "charges", "metrics", "focus"])
def test_an_export_is_written_whole_and_ends_with_3(
    inside: Callable[..., Done], here: Path, torn: tuple[str | Path, ...], table: str
) -> None:
    lax = inside("export", table, *torn, "-o", "lax.csv")
    assert lax.code == 0
    assert "note: 1 record in 1 object could not be read" in lax.err
    strict = inside("export", table, *torn, "-o", "strict.csv", "--strict", "--quiet")
    assert (strict.code, strict.err.splitlines()[0]) == (3, "error: --strict: rejects (see the caveats)")
    assert (here / "strict.csv").read_bytes() == (here / "lax.csv").read_bytes()


def test_an_estimate_without_a_price_is_no_estimate(inside: Callable[..., Done], here: Path, ledger: Path) -> None:
    export = ("export", "focus", "--from", "usage", "--ledger", ledger, "-o", here / "x.csv")
    assert inside(*export).code == 0
    assert "error: --strict: unpriced" in inside(*export, "--force", "--strict").err
