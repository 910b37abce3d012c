"""The Python face: the ledger's rows as a pandas frame."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

import pandas as pd
import pytest
from tests.properties import ledgers, logs

import tokenaudit
from tokenaudit import schema
from tokenaudit.errors import ConfigError, LedgerError, UsageError
from tokenaudit.model.columns import USAGE_NAMES

if TYPE_CHECKING:
    from pathlib import Path

    from tokenaudit.pipeline.face import OpenLedger

TIMES = (
    datetime(2026, 9, 30, 23, 59, 59, 999_000, tzinfo=UTC),
    datetime(2026, 10, 1, tzinfo=UTC),
    datetime(2026, 10, 2, tzinfo=UTC),
    datetime(2026, 11, 1, tzinfo=UTC),
)
PROFILE = "arn:aws:bedrock:us-east-1:111122223333:application-inference-profile/abc"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Four requests, newest first in their file; the newest through a profile that the log leaves opaque."""
    base = tmp_path_factory.mktemp("face")
    records = [logs.bedrock(number, at) for number, at in enumerate(TIMES)]
    records[-1]["modelId"] = PROFILE
    log = base / "log.json"
    log.write_text("".join(f"{line}\n" for line in map(as_json, reversed(records))), encoding="utf-8")
    ledgers.take(base / "ledger", [log])
    (base / "tokenaudit.toml").write_text(
        'ledger = "ledger"\n[[aws.inference_profiles]]\n'
        f'arn = "{PROFILE}"\nmodel = "claude-sonnet-4-5"\ntier = "flex"\n',
        encoding="utf-8",
    )
    (base / "empty.toml").write_text("", encoding="utf-8")
    return base


def as_json(record: logs.Json) -> str:
    import json  # noqa: PLC0415

    return json.dumps(record)


@pytest.fixture
def ledger(folder: Path) -> OpenLedger:
    return tokenaudit.open_ledger(folder / "ledger", config=folder / "empty.toml")


def numbers(frame: pd.DataFrame) -> list[int]:
    """Which of the requests these are."""
    return [int(text.removeprefix("bedrock-")) for text in frame["request_id"]]


def test_all_rows_oldest_first_with_every_column_in_order(ledger: OpenLedger) -> None:
    frame = ledger.usage()
    assert list(frame.columns) == list(USAGE_NAMES)
    assert numbers(frame) == [0, 1, 2, 3]
    assert list(frame.index) == [0, 1, 2, 3]


def test_every_dtype_is_arrow_s_own_and_integers_with_nulls_stay_integers(ledger: OpenLedger) -> None:
    frame = ledger.usage()
    assert all(isinstance(dtype, pd.ArrowDtype) for dtype in frame.dtypes)
    for name, dtype in frame.dtypes.items():
        assert isinstance(dtype, pd.ArrowDtype)
        assert dtype.pyarrow_dtype == schema.usage().field(str(name)).type
    assert frame["first_token_ms"].isna().all()
    assert frame["input_tokens"].tolist() == [100, 101, 102, 103]
    assert frame["model"][3] is pd.NA
    assert frame["started_at"][1] == pd.Timestamp("2026-10-01", tz="UTC")


def test_columns_choose_and_order(ledger: OpenLedger) -> None:
    frame = ledger.usage(columns=["output_tokens", "day"])
    assert list(frame.columns) == ["output_tokens", "day"]
    assert frame["day"].tolist() == [at.date() for at in TIMES]


def test_an_unknown_column_is_a_mistake_that_lists_the_known(ledger: OpenLedger) -> None:
    with pytest.raises(UsageError, match="no such column: tokens, cost") as found:
        ledger.usage(columns=["model", "tokens", "cost"])
    assert "input_tokens" in found.value.hint


@pytest.mark.parametrize(
    ("since", "until", "expected"),
    [
        ("2026-10", None, [1, 2, 3]),
        ("2026-10", "2026-11", [1, 2]),
        (None, "2026-10-01", [0]),
        (date(2026, 10, 1), date(2026, 10, 2), [1]),
        (datetime(2026, 10, 2), None, [2, 3]),  # noqa: DTZ001  # without a zone it is UTC
        (datetime.fromisoformat("2026-10-01T02:00:00+02:00"), datetime.fromisoformat("2026-10-01T19:00-05:00"), [1]),
        ("2026-10-01T00:00Z", "2026-10-01T00:00:00.001Z", [1]),
        ("2027", "2028", None),
        ("2026-11-02", None, []),
    ],
)
def test_a_window_is_half_open_and_utc(
    ledger: OpenLedger,
    since: str | date | None,
    until: str | date | None,
    expected: list[int] | None,
) -> None:
    if expected is None:
        with pytest.raises(UsageError, match="no time that is understood"):
            ledger.usage(since=since, until=until)
        return
    frame = ledger.usage(since=since, until=until)
    assert numbers(frame) == expected
    assert all(isinstance(dtype, pd.ArrowDtype) for dtype in frame.dtypes), "without a row too"


def test_the_configuration_names_what_the_log_leaves_open_and_where_the_ledger_is(folder: Path) -> None:
    opened = tokenaudit.open_ledger(config=folder / "tokenaudit.toml")
    assert opened.folder == folder / "ledger"
    frame = opened.usage(columns=["model", "tier"])
    assert frame["model"].tolist() == ["anthropic/claude-sonnet-4-5"] * 4
    assert frame["tier"].tolist()[3] == "flex"


def test_the_nearest_configuration_counts(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(folder)
    monkeypatch.delenv("TOKENAUDIT_CONFIG", raising=False)
    monkeypatch.delenv("TOKENAUDIT_LEDGER", raising=False)
    assert tokenaudit.open_ledger().usage()["model"].notna().all()
    assert tokenaudit.open_ledger("ledger").usage()["model"].notna().all()


def test_where_it_lies_and_its_newest_commit(ledger: OpenLedger, folder: Path) -> None:
    assert ledger.folder == folder / "ledger"
    assert isinstance(ledger.version, int)


def test_a_ledger_without_a_row_is_an_empty_frame(tmp_path: Path) -> None:
    ledgers.take(tmp_path / "ledger", [])
    opened = tokenaudit.open_ledger(tmp_path / "ledger")
    assert opened.version is None
    frame = opened.usage()
    assert list(frame.columns) == list(USAGE_NAMES)
    assert frame.empty
    assert all(isinstance(dtype, pd.ArrowDtype) for dtype in frame.dtypes)


def test_no_ledger_is_an_error_that_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(LedgerError, match="there is no ledger in") as found:
        tokenaudit.open_ledger(tmp_path)
    assert "tokenaudit ingest" in found.value.hint


def test_a_wrong_configuration_is_an_error(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "wrong.toml").write_text("legder = 1", encoding="utf-8")
    with pytest.raises(ConfigError, match="unknown key 'legder'"):
        tokenaudit.open_ledger(folder / "ledger", config=tmp_path / "wrong.toml")
