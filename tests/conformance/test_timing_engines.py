"""What every engine owes of durations: the answers of a plain loop over the same rows."""

from __future__ import annotations

from math import floor
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from tests.conformance.test_engines import BY, ENGINES, SIDES, _groups, _missing, _rows, _selected
from tests.properties import ledgers, logs

from tokenaudit import schema
from tokenaudit.analysis.percentiles import QUANTILES, wanted_ranks
from tokenaudit.engines.duck import DuckEngine
from tokenaudit.model.columns import ANSWER_TOKENS, PROMPT_TOKENS
from tokenaudit.model.question import Condition, Filter, Question, Side
from tokenaudit.model.slo import Slo
from tokenaudit.model.timings import EDGES_MS, OUTPUT_LIMITS, PROMPT_LIMITS, TIMED, Spread, Stratum

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

Row = dict[str, Any]


def _durations(row: Row) -> tuple[float | None, ...]:
    """The durations of a request in the order of `TIMED`."""
    latency = None if _missing(row["latency_ms"]) else float(row["latency_ms"])
    first = None if _missing(row["first_token_ms"]) or row["streamed"] is False else float(row["first_token_ms"])
    tokens = 0 if _missing(row["output_tokens"]) else row["output_tokens"] // row["request_count"]
    tells = latency is not None and first is not None and tokens > 1 and latency > first
    return latency, first, (latency - first) / (tokens - 1) if tells else None  # type: ignore[operator]


def _band(row: Row, columns: Sequence[str], limits: Sequence[int]) -> int | None:
    known = [row[name] for name in columns if not _missing(row[name])]
    return sum(sum(known) > limit for limit in limits) if known else None


def _stratum(row: Row) -> Stratum:
    return Stratum(
        None if _missing(row["vantage"]) else row["vantage"],
        None if _missing(row["streamed"]) else row["streamed"],
        _band(row, PROMPT_TOKENS, PROMPT_LIMITS),
        _band(row, ANSWER_TOKENS, OUTPUT_LIMITS),
    )


def _answered(rows: list[Row], side: Side, by: tuple[str, ...]) -> dict[tuple[Any, ...], list[Row]]:
    frame = _selected(rows, side)
    return _groups(frame[(frame["outcome"] == "ok") & (frame["grain"] == "request")], by)


def _short(rows: list[Row]) -> list[Row]:
    """Prompts and answers of every band: the rows of the other suite are nearly all in the last."""
    for place, row in enumerate(rows):
        for name in (*PROMPT_TOKENS, *ANSWER_TOKENS):
            if row[name] is not None:
                row[name] //= (1, 30, 300, 3000)[place % 4]
        row["vantage"] = row["vantage"] if place % 3 else None
    return rows


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("by", BY, ids=",".join)
def test_strata_are_those_of_the_rows(tmp_path: Path, engine: str, by: tuple[str, ...]) -> None:
    rows = _short(_rows(len(by) + 100))
    cells = ENGINES[engine](tmp_path, rows).strata(Question(SIDES, by=by))
    found = {(cell.side, cell.group, cell.stratum): cell.spreads for cell in cells}
    assert len(found) == len(cells)
    expected: dict[Any, list[Spread]] = {}
    for side in SIDES:
        for group, own in _answered(rows, side, by).items():
            for row in own:
                spreads = expected.setdefault((side.label, group, _stratum(row)), [Spread()] * 3)
                for place, value in enumerate(_durations(row)):
                    if value is not None:
                        ns = round(value * 1e6)
                        spreads[place] += Spread(1, ns, ns * ns)
    assert {key: [each.n for each in spreads] for key, spreads in found.items()} == {
        key: [each.n for each in spreads] for key, spreads in expected.items()
    }
    for key, sums in found.items():
        for mine, theirs in zip(sums, expected[key], strict=True):
            # Half a nanosecond may be rounded either way.
            assert mine.total == pytest.approx(theirs.total, abs=mine.n)
            assert mine.squares == pytest.approx(theirs.squares, rel=1e-6)


@pytest.mark.parametrize("engine", ENGINES)
def test_a_sampled_span_has_the_prompt_the_answer_and_the_pace_of_one_request(tmp_path: Path, engine: str) -> None:
    """Its tokens are those of all the requests that it stands for, its durations those of one."""
    one: Row = {"latency_ms": 1100.0, "first_token_ms": 100.0, "streamed": True, "vantage": "client"}
    told = []
    for times in (1, 4):
        tokens = {"input_tokens": 90_000 * times, "cache_read_tokens": 10_000 * times, "output_tokens": 101 * times}
        (tmp_path / str(times)).mkdir()
        made = ENGINES[engine](tmp_path / str(times), [ledgers.usage_row(1, request_count=times, **one, **tokens)])
        question = Question((Side("all", Filter()),), ())
        (attempts,) = made.attempts(question, Slo(tpot_ms=9.0))
        bands = [cell.prompt_band for cell in made.rollup(question)]
        told.append((bands, made.latency(question), made.strata(question), attempts.good / attempts.attempts))
    assert told[0] == told[1]
    assert told[0][1][0].tpot_p50_ms == 10


@pytest.mark.parametrize("engine", ENGINES)
def test_the_order_of_rows_changes_no_digit(tmp_path: Path, engine: str) -> None:
    rows = _rows(11, 2000)
    answers = []
    for name, ordered in (("a", rows), ("b", rows[::-1])):
        (tmp_path / name).mkdir()
        made = ENGINES[engine](tmp_path / name, ordered)
        answers.append((made.strata(Question(SIDES)), made.quantiles(Question(SIDES), wanted_ranks)))
    assert answers[0] == answers[1]


@pytest.mark.parametrize("engine", ENGINES)
def test_what_is_no_duration_is_in_no_mean(tmp_path: Path, engine: str) -> None:
    durations = [5.0, -1.0, 2e9, float("inf"), float("nan"), 1e300]
    rows = [ledgers.usage_row(place, latency_ms=each) for place, each in enumerate(durations)]
    (cell,) = ENGINES[engine](tmp_path, rows).strata(Question((Side("all", Filter()),), ()))
    assert cell.spreads[0] == Spread(1, 5_000_000, 25_000_000_000_000)


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("by", BY, ids=",".join)
def test_quantiles_lie_between_the_values_at_their_ranks(tmp_path: Path, engine: str, by: tuple[str, ...]) -> None:
    rows = _rows(len(by) + 200, 3000)
    made = ENGINES[engine](tmp_path, rows)
    cells = made.quantiles(Question(SIDES, by=by), wanted_ranks)
    plain = {(cell.side, cell.group): cell for cell in made.latency(Question(SIDES, by=by))}
    found = {(cell.side, cell.group, cell.timed, cell.quantile): cell for cell in cells}
    assert len(found) == len(cells)
    intervals = 0
    for side in SIDES:
        for group, own in _answered(rows, side, by).items():
            for place, timed in enumerate(TIMED):
                values = sorted(value for row in own if (value := _durations(row)[place]) is not None)
                for ranks in wanted_ranks(len(values)) if values else ():
                    cell = found.pop((side.label, group, timed, ranks.quantile))
                    at = (len(values) - 1) * ranks.quantile
                    below, above = values[floor(at)], values[min(floor(at) + 1, len(values) - 1)]
                    assert cell.n == len(values)
                    assert cell.value_ms == pytest.approx(below + (above - below) * (at - floor(at)), rel=1e-12)
                    ends = [values[rank - 1] if rank else None for rank in (ranks.lower_rank, ranks.upper_rank)]
                    assert [cell.lower_ms, cell.upper_ms] == (ends if None in ends else pytest.approx(ends, rel=1e-12))
                    intervals += None not in ends
            for cell_ in cells:
                if (cell_.side, cell_.group, cell_.timed) == (side.label, group, "latency_ms"):
                    same = plain[side.label, group]
                    shown = (same.latency_p50_ms, same.latency_p95_ms, same.latency_p99_ms)
                    assert cell_.value_ms == pytest.approx(shown[QUANTILES.index(cell_.quantile)], rel=1e-12)
    assert found == {}
    assert intervals > 5


@pytest.mark.parametrize("engine", ENGINES)
def test_every_request_is_in_one_bin(tmp_path: Path, engine: str) -> None:
    rows = _rows(3, 1000)
    for row, edge in zip(rows, EDGES_MS, strict=False):
        row |= {"latency_ms": edge, "outcome": "ok", "grain": "request", "request_count": 1}
    rows[-1] |= {"latency_ms": 1e8, "outcome": "ok", "grain": "request", "request_count": 1}
    found = {(cell.side, cell.place): cell.n for cell in ENGINES[engine](tmp_path, rows).histogram(Question(SIDES))}
    expected: dict[tuple[str, int], int] = {}
    for side in SIDES:
        for own in _answered(rows, side, ()).values():
            for row in own:
                if not _missing(row["latency_ms"]):
                    key = (side.label, sum(row["latency_ms"] >= edge for edge in EDGES_MS))
                    expected[key] = expected.get(key, 0) + 1
    assert found == expected


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("slo", [Slo(ttft_ms=9000.0), Slo(tpot_ms=0.5), Slo(30_000.0, 2.0, 60_000.0)], ids=str)
@pytest.mark.parametrize("by", [(), ("model",), ("outcome", "streamed")], ids=",".join)
def test_attempts_are_judged_one_by_one(tmp_path: Path, engine: str, slo: Slo, by: tuple[str, ...]) -> None:
    rows = _rows(len(by) + 300, 2000)
    for row in rows:
        row["request_count"] = 3 if row["usage_id"].endswith("7") else row["request_count"]
    found = {
        (cell.side, cell.group): cell for cell in ENGINES[engine](tmp_path, rows).attempts(Question(SIDES, by=by), slo)
    }
    for side in SIDES:
        frame = _selected(rows, side)
        frame = frame[frame["grain"] == "request"]
        spans = [
            (
                row["started_at"].timestamp(),
                row["started_at"].timestamp() + (0 if _missing(row["latency_ms"]) else row["latency_ms"] / 1000),
            )
            for row in frame.to_dict("records")
        ]
        window_s = max(end for _, end in spans) - min(start for start, _ in spans)
        for group, own in _groups(frame, by).items():
            cell = found.pop((side.label, group))
            counts = [0, 0, 0, 0, 0]
            for row in own:
                known, good = _judged(row, slo)
                ok = row["outcome"] == "ok"
                for place, holds in enumerate((True, ok, row["outcome"] == "unknown", ok and known, ok and good)):
                    counts[place] += int(row["request_count"]) * holds
            assert [cell.attempts, cell.ok, cell.untold, cell.judged, cell.good] == counts
            assert cell.window_s == pytest.approx(window_s, abs=1e-5)
    assert found == {}


def _judged(row: Row, slo: Slo) -> tuple[bool, bool]:
    """Whether the log tells what the objective needs, and whether that is good."""
    latency, first, _ = _durations(row)
    tokens = None if _missing(row["output_tokens"]) else row["output_tokens"] // row["request_count"]
    each: list[float | None] = []
    if slo.ttft_ms is not None:
        each.append(None if first is None else first / slo.ttft_ms)
    if slo.tpot_ms is not None and (tokens is None or tokens > 1):
        tells = tokens is not None and latency is not None and first is not None and latency >= first
        each.append((latency - first) / (tokens - 1) / slo.tpot_ms if tells else None)  # type: ignore[operator]
    if slo.e2e_ms is not None:
        each.append(None if latency is None else latency / slo.e2e_ms)
    known = None not in each
    return known, known and all(share <= 1 for share in each if share is not None)


def _point(number: int, **columns: Any) -> Row:
    at = columns.pop("period_start", logs.after(hours=number))
    return {
        "provider": "aws.bedrock",
        "source": "aws.metrics",
        "day": at.date(),
        "account": "1",
        "region": "us-east-1",
        "model": "m/one",
        "model_ref": "one",
        "metric": "latency_ms",
        "statistic": "average",
        "period_start": at,
        "period_s": 3600,
        "value": 100.0,
        "sample_count": 10,
        "unit": "ms",
        "metric_ref": "InvocationLatency",
        "dimensions": {"ModelId": "one"},
        "object_uri": "file:///a.json",
        **columns,
    }


def _metered(folder: Path, points: list[Row], question: Question) -> list[tuple[str, tuple[Any, ...], str, int, float]]:
    files = []
    for day in sorted({point["day"] for point in points}):
        table = pa.Table.from_pylist([each for each in points if each["day"] == day], schema.metrics())
        path = folder / f"day={day}" / "rows.parquet"
        path.parent.mkdir(parents=True, exist_ok=True)
        pq.write_table(table.drop_columns(["day"]), path)
        files.append(path)
    cells = DuckEngine([], metrics=files).metered(question)
    return [(cell.side, cell.group, cell.timed, cell.n, cell.mean_ms) for cell in cells]


ALL = Side("all", Filter())


def test_means_of_a_cloud_are_weighted_by_its_counts(tmp_path: Path) -> None:
    points = [
        _point(0),
        _point(1, value=400.0, sample_count=30),
        _point(2, value=7.0, metric="first_token_ms", metric_ref="TimeToFirstToken"),
        _point(3, value=9000.0, statistic="p99"),
        _point(4, value=9000.0, sample_count=None),
        _point(5, value=9000.0, metric="normalized_first_token_ms"),
        _point(6, value=50.0, sample_count=5, model="m/two", model_ref="two", dimensions={"ModelId": "two"}),
    ]
    assert _metered(tmp_path, points, Question((ALL,))) == [
        ("all", ("m/one",), "first_token_ms", 10, 7.0),
        ("all", ("m/one",), "latency_ms", 40, 325.0),
        ("all", ("m/two",), "latency_ms", 5, 50.0),
    ]


def test_series_that_tell_the_same_requests_are_not_added_up(tmp_path: Path) -> None:
    tiers = {"ModelId": "one", "ServiceTier": "default"}
    points = [
        *(_point(hour, value=100.0 * (hour + 1), sample_count=hour + 1) for hour in range(4)),
        *(
            _point(hour, value=100.0 * (hour + 1), sample_count=hour + 1, object_uri="file:///b.json")
            for hour in range(2)
        ),
        *(_point(hour, value=1.0, sample_count=1, dimensions=tiers) for hour in range(4)),
        _point(0, value=290.0, sample_count=9, period_s=86_400),
        _point(0, value=290.0, sample_count=9, metric_ref="Other"),
    ]
    assert _metered(tmp_path, points, Question((ALL,), ())) == [("all", (), "latency_ms", 10, 300.0)]


def test_metrics_are_asked_only_what_they_know(tmp_path: Path) -> None:
    asked = {
        "caller": Question((Side("all", Filter((Condition("caller", ("x",)),))),)),
        "tag": Question((ALL,), ("tag:team",)),
        "tier": Question((ALL,), base=Filter((Condition("tier", ("standard",)),))),
    }
    for question in asked.values():
        assert _metered(tmp_path, [_point(0)], question) == []
    model = Question(
        (
            Side(
                "all",
                Filter(
                    (Condition("model", ("one",)),),
                ),
            ),
        ),
        ("day", "account"),
    )
    assert [each[1] for each in _metered(tmp_path, [_point(0)], model)] == [(logs.after().date(), "1")]


def test_no_rows_give_no_durations() -> None:
    engine = DuckEngine([])
    for by in ((), ("model",)):
        question = Question(SIDES, by)
        assert engine.strata(question) == []
        assert engine.quantiles(question, wanted_ranks) == []
        assert engine.metered(question) == []
        assert engine.attempts(question, Slo(e2e_ms=1.0)) == []
    assert engine.histogram(Question(SIDES)) == []
