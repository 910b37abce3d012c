"""The Python face: `tokenaudit.open_ledger(path).usage(...)`."""

from __future__ import annotations

import subprocess
import sys
from datetime import UTC, date, datetime, timedelta, timezone
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pytest
from tests.properties import ledgers, logs

import tokenaudit
from tokenaudit import schema
from tokenaudit.errors import ConfigError, LedgerError, UsageError
from tokenaudit.model.columns import METRICS, USAGE_NAMES


@pytest.fixture
def ledger(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Three requests on three days; the last is of a deployment whose model the log does not name."""
    monkeypatch.chdir(tmp_path)
    for name in ("TOKENAUDIT_CONFIG", "TOKENAUDIT_LEDGER"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    path = logs.write(tmp_path / "logs" / "a.json", [logs.bedrock(1), logs.bedrock(2, logs.after(hours=24))])
    unnamed = logs.llm("call-1", logs.after(hours=48), modelName=None, deploymentName="private")
    ledgers.take(tmp_path / "ledger", [path, logs.write(tmp_path / "logs" / "b.json", [unnamed])])
    return tmp_path / "ledger"


def test_every_column_in_the_ledger_s_order_with_arrow_types(ledger: Path) -> None:
    frame = tokenaudit.open_ledger(ledger).usage()
    assert tuple(frame.columns) == USAGE_NAMES
    for name in USAGE_NAMES:
        assert frame[name].dtype == pd.ArrowDtype(schema.usage().field(name).type)
    assert frame["started_at"].is_monotonic_increasing
    assert len(frame) == 3


def test_integers_stay_integers_and_unknown_is_na(ledger: Path) -> None:
    frame = tokenaudit.open_ledger(ledger).usage()
    assert frame["input_tokens"].tolist() == [101, 102, 3000 - 2048]
    assert frame["reasoning_tokens"].isna().all()
    assert frame["input_tokens"].sum() == 101 + 102 + 952
    assert frame["latency_ms"].isna().tolist() == [False, False, True]
    assert frame["started_at"].iloc[0] == logs.BEGIN
    assert frame["day"].iloc[0] == date(2026, 10, 1)


@pytest.mark.parametrize(
    ("since", "until", "rows"),
    [
        (None, None, 3),
        ("2026-10-02", None, 2),
        (date(2026, 10, 2), None, 2),
        (datetime(2026, 10, 2, 8, tzinfo=UTC), None, 2),
        (datetime(2026, 10, 2, 8, 0, 0, 1, tzinfo=UTC), None, 1),
        (datetime(2026, 10, 2, 10, tzinfo=timezone(timedelta(hours=2))), None, 2),
        (datetime(2026, 10, 2, 8), None, 2),  # noqa: DTZ001  # naive is UTC
        (None, datetime(2026, 10, 2, 8, tzinfo=UTC), 1),
        ("2026-10-01", "2026-10-03", 2),
        ("2030-01", None, 0),
    ],
)
def test_a_window_is_half_open_and_in_utc(
    ledger: Path, since: str | date | None, until: str | date | None, rows: int
) -> None:
    frame = tokenaudit.open_ledger(ledger).usage(since=since, until=until)
    assert len(frame) == rows
    assert tuple(frame.columns) == USAGE_NAMES


def test_columns_choose_and_order(ledger: Path) -> None:
    frame = tokenaudit.open_ledger(ledger).usage(columns=["output_tokens", "model", "tags"])
    assert list(frame.columns) == ["output_tokens", "model", "tags"]
    assert frame["output_tokens"].dtype == pd.ArrowDtype(pa.int64())


@pytest.mark.parametrize("columns", [["nope"], ["model", "Model"], "model", ["model; --"]])
def test_what_is_no_column_is_refused(ledger: Path, columns: list[str]) -> None:
    with pytest.raises(UsageError, match="no such column"):
        tokenaudit.open_ledger(ledger).usage(columns=columns)


def test_what_is_no_time_is_refused(ledger: Path) -> None:
    with pytest.raises(UsageError, match="yesterday"):
        tokenaudit.open_ledger(ledger).usage(since="yesterday")


def test_names_are_filled_in_from_the_configuration(ledger: Path, tmp_path: Path) -> None:
    bare = tokenaudit.open_ledger(ledger).usage(columns=["model", "scope"])
    assert bare["model"].isna().tolist() == [False, False, True]
    told = tmp_path / "elsewhere.toml"
    told.write_text(
        "[[azure.deployments]]\nname = 'private'\nmodel = 'openai/gpt-4.1-mini'\nscope = 'geo'\n", encoding="utf-8"
    )
    named = tokenaudit.open_ledger(ledger, config=told).usage(columns=["model", "scope"])
    assert named["model"].tolist()[2] == "openai/gpt-4.1-mini"
    assert named["scope"].tolist()[2] == "geo"
    assert named["model"].tolist()[:2] == bare["model"].tolist()[:2]


def test_without_a_path_it_is_the_configured_ledger(ledger: Path, tmp_path: Path) -> None:
    (tmp_path / "tokenaudit.toml").write_text("ledger = 'ledger'\n", encoding="utf-8")
    opened = tokenaudit.open_ledger()
    assert opened.folder == ledger
    assert opened.version is not None
    assert len(opened.usage()) == 3


def test_a_ledger_that_is_not_there_or_a_wrong_configuration_is_an_error(tmp_path: Path, ledger: Path) -> None:
    with pytest.raises(LedgerError, match="no ledger"):
        tokenaudit.open_ledger(tmp_path / "nowhere")
    with pytest.raises(ConfigError, match="cannot be read"):
        tokenaudit.open_ledger(ledger, config=tmp_path / "no.toml")


def test_a_ledger_without_rows_gives_an_empty_frame_of_the_same_form(tmp_path: Path) -> None:
    path = logs.write(tmp_path / "a.json", [{**logs.bedrock(1), "timestamp": "never"}])
    ledgers.take(tmp_path / "empty", [path])
    frame = tokenaudit.open_ledger(tmp_path / "empty").usage()
    assert (len(frame), tuple(frame.columns)) == (0, USAGE_NAMES)
    assert frame["input_tokens"].dtype == pd.ArrowDtype(pa.int64())


def test_importing_the_package_loads_nothing_heavy() -> None:
    check = (
        "import sys, tokenaudit; print([m for m in ('pandas', 'pyarrow', 'duckdb', 'deltalake') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", check], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


def test_charges_and_metrics_come_in_the_same_form(tmp_path: Path) -> None:
    example = Path(__file__).parents[3] / "examples" / "two-clouds"
    ledger = tokenaudit.open_ledger(ledgers.taken(tmp_path / "ledger", [example / "bills", example / "metrics"]))
    charges = ledger.charges(since="2026-10-05", columns=["charge_period_start", "billed_cost"])
    assert charges["charge_period_start"].is_monotonic_increasing
    assert str(charges.dtypes["billed_cost"]) == "decimal128(38, 12)[pyarrow]"
    metrics = ledger.metrics(until="2026-10-06")
    assert list(metrics.columns) == [column.name for column in METRICS]
    assert metrics["period_start"].is_monotonic_increasing
    assert len(metrics)
    with pytest.raises(UsageError, match="no such column"):
        ledger.charges(columns=["usage_id"])
