"""The side-by-side and the totals: one row a side and group, and unknown is None."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

import pytest
from tests.unit.analysis.made import cell, pricing, rates, timed

from tokenaudit.analysis.compare import FIELDS, compare_section, labels, totals_section
from tokenaudit.analysis.tally import tally
from tokenaudit.errors import UsageError
from tokenaudit.model.columns import AZURE

if TYPE_CHECKING:
    from tokenaudit.model.report import Section, Value

SIDES = ("left", "right")
ONE = pricing(rates({"input": "3", "output": "15"}), rates({"input": "2"}, provider=AZURE))
TIMES = {
    "latency_n": 9,
    "latency_p50_ms": 1.0,
    "latency_p95_ms": 2.0,
    "latency_p99_ms": 3.0,
    "first_token_n": 8,
    "first_token_p50_ms": 4.0,
    "first_token_p95_ms": 5.0,
    "tpot_p50_ms": 6.0,
    "output_tokens_per_s_p50": 7.0,
}


def column(section: Section, name: str) -> list[Value]:
    return [row[name] for row in section.rows]


def test_every_column_of_the_contract_with_a_value_or_none() -> None:
    counted = tally([cell({"input": 1_000_000, "output": 10}, requests=4, error_count=1)], ONE)
    section = compare_section(SIDES, ("model",), counted, [timed(**TIMES)])
    assert [each.name for each in section.columns] == ["model", *(each.name for each in FIELDS)]
    (row,) = section.rows
    assert list(row) == [each.name for each in section.columns]
    assert row == {
        "model": "acme/one",
        "side": "left",
        "requests": 4,
        "input_tokens": 1_000_000,
        "cache_read_tokens": None,
        "cache_write_tokens": None,
        "cache_write_1h_tokens": None,
        "output_tokens": 10,
        "reasoning_tokens": None,
        "audio_input_tokens": None,
        "audio_output_tokens": None,
        "list_cost_usd": Decimal("3.00015"),
        "contracted_cost_usd": None,
        "billed_cost_usd": None,
        "effective_cost_usd": None,
        "discount_ratio": None,
        "billed_basis": None,
        "usd_per_mtok": Decimal("3.00015") * 1_000_000 / 1_000_010,
        "usd_per_mtok_input": 3,
        "usd_per_mtok_output": 15,
        "usd_per_request": Decimal("0.7500375"),
        "cache_hit_ratio": None,
        "error_ratio": 0.25,
        **TIMES,
    }


def test_without_prices_times_or_tokens_nothing_is_zero_but_what_was_counted() -> None:
    section = compare_section(SIDES, ("model",), tally([cell(model="acme/two")], ONE), [])
    (row,) = section.rows
    told = {name: value for name, value in row.items() if value is not None}
    assert told == {
        "model": "acme/one",
        "side": "left",
        "requests": 1,
        "error_ratio": 0.0,
        "latency_n": 0,
        "first_token_n": 0,
    }


def test_rows_lie_by_group_and_then_in_the_order_of_the_sides_unknown_groups_last() -> None:
    cells = [
        cell(side=side, group=group) for side in SIDES for group in ((None, "a"), ("b", None), ("b", "a"), ("a", "z"))
    ]
    section = compare_section(("right", "left"), ("model", "region"), tally(cells, ONE), [])
    groups = list(zip(column(section, "model"), column(section, "region"), strict=True))
    assert groups[::2] == groups[1::2] == [("a", "z"), ("b", "a"), ("b", None), (None, "a")]
    assert column(section, "side") == ["right", "left"] * 4


def test_latency_goes_to_its_own_side_and_group() -> None:
    cells = [cell(), cell(side="right"), cell(group=("x",))]
    section = compare_section(SIDES, ("model",), tally(cells, ONE), [timed(side="right", latency_n=5)])
    assert column(section, "latency_n") == [0, 5, 0]


def test_without_a_group_key_there_is_a_row_a_side() -> None:
    section = compare_section(SIDES, (), tally([cell(group=()), cell(group=(), side="right")], ONE), [])
    assert column(section, "side") == ["left", "right"]
    assert section.columns == FIELDS


def test_no_requests_make_no_rows() -> None:
    assert compare_section(SIDES, ("model",), tally([], ONE), []).rows == ()


def test_paired_models_bear_their_label_and_the_others_none() -> None:
    cells = [cell(group=(f"acme/{name}",), model=f"acme/{name}") for name in ("one", "two", "three")]
    matches = labels([("acme/one", "two")], cells)
    assert matches == {"acme/one": "acme/one = two", "acme/two": "acme/one = two"}
    section = compare_section(SIDES, ("model",), tally(cells, ONE), [], matches)
    assert [each.name for each in section.columns[:3]] == ["model", "match", "side"]
    assert dict(zip(column(section, "model"), column(section, "match"), strict=True)) == {
        "acme/one": "acme/one = two",
        "acme/two": "acme/one = two",
        "acme/three": None,
    }


def test_a_bare_name_pairs_the_model_of_every_vendor() -> None:
    cells = [cell(model="acme/one"), cell(model="other/one"), cell(model="acme/two"), cell(model=None)]
    assert labels([("one", "acme/two")], cells) == dict.fromkeys(
        ("acme/one", "other/one", "acme/two"), "one = acme/two"
    )
    assert labels([], cells) == {}


def test_a_pair_of_a_model_that_is_not_there_names_those_that_are() -> None:
    with pytest.raises(UsageError, match=r"--match: no request is of a model 'on'") as found:
        labels([("one", "on")], [cell(model="acme/two"), cell(model="acme/one")])
    assert found.value.hint == "models here: acme/one, acme/two"


def test_a_model_is_in_one_pair() -> None:
    """The last one took it from the first, of which one side was left."""
    cells = [cell(model=f"acme/{name}") for name in ("one", "two", "three")]
    with pytest.raises(UsageError, match="'two' is in two pairs, one = two and three = two"):
        labels([("one", "two"), ("three", "two")], cells)
    assert labels([("one", "two"), ("one", "two")], cells) == labels([("one", "two")], cells)


def test_totals_are_one_row_a_side_with_the_share_that_has_a_price() -> None:
    cells = [
        cell({"input": 3_000_000}),
        cell({"cache_read": 1_000_000}, group=("x",)),
        cell({"input": 5}, side="right", model="acme/two"),
    ]
    section = totals_section(("left", "right", "nobody"), tally(cells, ONE))
    assert section.id == "totals"
    known = ("side", "tokens", "list_cost_usd", "usd_per_mtok", "priced_ratio")
    assert [tuple(row[name] for name in known) for row in section.rows] == [
        ("left", 4_000_000, Decimal(9), Decimal(3), 0.75),
        ("right", 5, None, None, 0.0),
        ("nobody", None, None, None, None),
    ]
    assert {row["cost_basis"] for row in section.rows} == {"list"}
    unknown = {each.name for each in section.columns}.difference(known, ("cost_basis",))
    assert [row[name] for row in section.rows for name in unknown] == [None] * 3 * len(unknown)
    assert all([each.name for each in section.columns] == list(row) for row in section.rows)
