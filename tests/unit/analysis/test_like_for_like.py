"""Which requests are held against each other, and what is said where they cannot be."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tests.unit.analysis.spreads import cell, evenly

from tokenaudit.analysis.fair_caveats import fair_caveats
from tokenaudit.analysis.like_for_like import compared, overall, sections
from tokenaudit.model.timings import MeteredCell, Spread, StratumCell

if TYPE_CHECKING:
    from tokenaudit.analysis.like_for_like import Compared
    from tokenaudit.model.report import Caveat, Section, Value

SIDES = ("aws", "azure")


def told(
    cells: list[StratumCell],
    metered: list[MeteredCell] | None = None,
    matches: dict[str, str] | None = None,
    by: tuple[str, ...] = ("model",),
) -> tuple[dict[str, Section], list[Caveat]]:
    """The sections by id, and the caveats."""
    every = compared(SIDES, by, cells, metered or [], matches)
    whole = overall(SIDES, cells, every)
    found = sections(by, every, whole, matched=bool(matches))
    return {each.id: each for each in found}, list(fair_caveats(every, whole, matched=bool(matches)))


def rows(section: Section) -> dict[tuple[Value, Value], dict[str, Value]]:
    """By group and side."""
    assert all(set(row) == {column.name for column in section.columns} for row in section.rows)
    return {(row.get("match") or row.get("model"), row["side"]): row for row in section.rows}


SIMPSON = [
    cell("aws", evenly(100, 1000, 100), prompt=0),
    cell("aws", evenly(900, 8000, 100), prompt=2),
    cell("azure", evenly(900, 1200, 100), prompt=0),
    cell("azure", evenly(100, 9000, 100), prompt=2),
]


def test_a_reversal_is_flagged_and_said() -> None:
    found, caveats = told(SIMPSON)
    assert list(found) == ["latency_standardised"]
    row = rows(found["latency_standardised"])
    aws, azure = row["m/one", "aws"], row["m/one", "azure"]
    assert [aws["mean_ms"], azure["mean_ms"]] == pytest.approx([7300, 1980])
    assert [aws["standardised_mean_ms"], azure["standardised_mean_ms"]] == pytest.approx([4500, 5100])
    assert aws["reversal"] is azure["reversal"] is True
    assert (aws["covered_ratio"], aws["n"], aws["basis"], aws["vantage"]) == (1, 1000, "requests", "provider")
    assert [(caveat.code, "like for like aws is the faster one:" in caveat.text) for caveat in caveats] == [
        ("reversal", True)
    ]


def test_a_reversal_that_chance_may_have_made_says_so() -> None:
    cells = [
        cell("aws", evenly(30, 1000, 900), prompt=0),
        cell("aws", evenly(60, 2000, 900), prompt=1),
        cell("azure", evenly(60, 1001, 900), prompt=0),
        cell("azure", evenly(30, 2001, 900), prompt=1),
    ]
    (caveat,) = told(cells)[1]
    assert caveat.code == "reversal"
    assert "no more than chance allows" in caveat.text


def test_many_reversals_are_counted_and_not_all_named() -> None:
    cells = [
        StratumCell(each.side, (f"m/{number}",), each.stratum, each.spreads) for each in SIMPSON for number in range(9)
    ]
    caveats = [caveat for caveat in told(cells)[1] if caveat.code == "reversal"]
    assert [caveat.text.partition(":")[0] for caveat in caveats[:3]] == ["m/0", "m/1", "m/2"]
    assert [caveat.count for caveat in caveats[3:]] == [7]  # six groups, and the sides as wholes


def test_less_than_half_covered_is_not_comparable() -> None:
    cells = [cell("aws", evenly(40, 100)), cell("aws", evenly(61, 100), output=3), cell("azure", evenly(40, 300))]
    found, (caveat,) = told(cells)
    for row in found["latency_standardised"].rows:
        assert row["standardised_mean_ms"] is row["lower_ms"] is row["se_ms"] is row["reversal"] is None
    assert rows(found["latency_standardised"])["m/one", "aws"]["covered_ratio"] == pytest.approx(40 / 101)
    assert (caveat.code, caveat.count) == ("not_comparable", 1)
    assert "latency of m/one is not comparable" in caveat.text


def test_nothing_in_common_makes_no_section_but_is_said() -> None:
    found, (caveat,) = told([cell("aws", evenly(99, 100), streamed=True), cell("azure", evenly(99, 1), streamed=False)])
    assert found == {}
    assert caveat.code == "not_comparable"


def test_a_group_of_one_side_is_nothing_to_compare() -> None:
    cells = [cell("aws", evenly(99, 100)), cell("azure", evenly(99, 100), group=("m/two",))]
    assert told(cells) == ({}, [])
    assert told([]) == ({}, [])


def test_what_the_log_does_not_tell_is_covered_by_nothing() -> None:
    cells = [cell("aws", evenly(50, 100)), cell("aws", evenly(25, 500), output=None), cell("azure", evenly(50, 100))]
    row = rows(told(cells)[0]["latency_standardised"])["m/one", "aws"]
    assert row["covered_ratio"] == pytest.approx(2 / 3)
    assert row["n"] == 75
    assert row["mean_ms"] == pytest.approx((50 * 100 + 25 * 500) / 75)
    assert row["standardised_mean_ms"] == 100


def test_of_two_vantages_the_common_one_is_taken_where_it_covers_enough() -> None:
    cells = [
        cell("aws", evenly(60, 100), vantage="provider"),
        cell("aws", evenly(50, 110), vantage="client"),
        cell("azure", evenly(60, 200), vantage="provider"),
    ]
    found, caveats = told(cells)
    row = rows(found["latency_standardised"])
    assert row["m/one", "aws"]["standardised_mean_ms"] == 100
    assert row["m/one", "aws"]["vantage"] == "client + provider"
    assert caveats == []


@pytest.mark.parametrize("place", ["gateway", None])
def test_vantages_that_differ_are_said(place: str | None) -> None:
    cells = [cell("aws", evenly(60, 100)), cell("azure", evenly(60, 200), vantage=place)]
    found, (caveat,) = told(cells)
    assert rows(found["latency_standardised"])["m/one", "azure"]["vantage"] == (place or "unknown")
    assert rows(found["latency_standardised"])["m/one", "azure"]["standardised_mean_ms"] == 200
    assert caveat.code == "vantages_differ"


def test_streaming_is_not_asked_where_a_side_never_tells() -> None:
    cells = [
        cell("aws", evenly(60, 100), streamed=True),
        cell("aws", evenly(60, 300), streamed=False),
        cell("azure", evenly(60, 200), streamed=None),
    ]
    found, (caveat,) = told(cells)
    assert rows(found["latency_standardised"])["m/one", "aws"]["standardised_mean_ms"] == 200
    assert caveat.code == "streaming_unknown"


def test_streaming_is_asked_where_a_side_tells_it_of_some() -> None:
    cells = [
        cell("aws", evenly(60, 100), streamed=True),
        cell("azure", evenly(60, 200), streamed=None),
        cell("azure", evenly(1, 200), streamed=True),
    ]
    assert [caveat.code for caveat in told(cells)[1]] == ["not_comparable"]


def test_first_tokens_and_tokens_after_them_have_sections_of_their_own() -> None:
    own = {side: (evenly(40, 500, 10), evenly(40, 90, 10), evenly(40, 7, 1)) for side in SIDES}
    cells = [cell(side, *own[side], streamed=None if side == "azure" else True) for side in SIDES]
    found, _ = told(cells)
    assert list(found) == ["latency_standardised", "first_token_standardised", "tpot_standardised"]
    for name, mean in (("first_token_standardised", 90), ("tpot_standardised", 7)):
        assert rows(found[name])["m/one", "aws"]["standardised_mean_ms"] == pytest.approx(mean)
        assert rows(found[name])["m/one", "aws"]["lower_ms"] < mean  # type: ignore[operator]


def test_models_in_one_row_are_one_group() -> None:
    cells = [
        cell("aws", evenly(40, 100), group=("a/claude",)),
        cell("aws", evenly(40, 200), group=("b/claude",)),
        cell("azure", evenly(40, 300), group=("o/gpt",)),
        cell("azure", evenly(40, 10), group=("o/other",)),
    ]
    label = "claude = gpt"
    found, caveats = told(cells, matches={"a/claude": label, "b/claude": label, "o/gpt": label})
    row = rows(found["latency_standardised"])
    assert {side: row[label, side]["model"] for side in SIDES} == {"aws": "a/claude + b/claude", "azure": "o/gpt"}
    assert (row[label, "aws"]["n"], row[label, "aws"]["mean_ms"]) == (80, 150)
    assert [caveat.code for caveat in caveats] == ["own_tokens"]


def test_means_of_a_cloud_stand_beside_and_are_not_standardised() -> None:
    metered = [
        MeteredCell("azure", ("m/one",), "latency_ms", 500, 812.5),
        MeteredCell("aws", ("m/one",), "latency_ms", 900, 1.0),  # its requests tell better
        MeteredCell("azure", ("m/alone",), "latency_ms", 5, 1.0),
    ]
    found, (caveat,) = told([cell("aws", evenly(40, 100))], metered)
    row = rows(found["latency_standardised"])
    assert set(row) == {("m/one", "aws"), ("m/one", "azure")}
    assert row["m/one", "azure"] == {
        "model": "m/one",
        "side": "azure",
        "basis": "metrics",
        "vantage": "provider",
        "n": 500,
        "mean_ms": 812.5,
        **dict.fromkeys(("standardised_mean_ms", "se_ms", "lower_ms", "upper_ms", "covered_ratio", "reversal")),
    }
    assert (row["m/one", "aws"]["basis"], row["m/one", "aws"]["mean_ms"]) == ("requests", 100)
    assert caveat.code == "mean_from_metrics"
    assert caveat.text.startswith("azure: no log tells the latency of m/one")


def test_means_of_a_cloud_in_one_row_are_weighted_by_their_counts() -> None:
    metered = [
        MeteredCell("azure", (name,), "latency_ms", n, mean) for name, n, mean in (("o/a", 10, 100), ("o/b", 30, 300))
    ]
    metered.append(MeteredCell("aws", ("a/c",), "latency_ms", 1, 50.0))
    found, _ = told([], metered, matches=dict.fromkeys(("o/a", "o/b", "a/c"), "pair"))
    row = rows(found["latency_standardised"])["pair", "azure"]
    assert (row["n"], row["mean_ms"], row["model"]) == (40, 250, "o/a + o/b")


def test_sides_as_wholes_are_held_against_each_other_within_each_group() -> None:
    cells = [
        *(
            cell("aws", evenly(n, mean), group=(name,))
            for name, n, mean in (("m/big", 300, 1000), ("m/small", 100, 100))
        ),
        *(
            cell("azure", evenly(n, mean), group=(name,))
            for name, n, mean in (("m/big", 100, 1100), ("m/small", 300, 120))
        ),
        cell("azure", evenly(50, 5), group=("m/alone",)),
    ]
    found, caveats = told(cells)
    whole = {row["side"]: row for row in found["latency_standardised_overall"].rows}
    assert whole["aws"]["standardised_mean_ms"] == pytest.approx(550)
    assert whole["azure"]["standardised_mean_ms"] == pytest.approx(610)
    assert whole["azure"]["covered_ratio"] == pytest.approx(400 / 450)
    assert whole["aws"]["reversal"] is True
    assert [caveat.text.partition(":")[0] for caveat in caveats] == ["all"]


def test_groups_without_a_name_come_last() -> None:
    cells = [cell(side, evenly(40, 100), group=(name,)) for side in SIDES for name in (None, "m/b", "m/a")]
    assert [row["model"] for row in told(cells)[0]["latency_standardised"].rows[::2]] == ["m/a", "m/b", None]


def test_a_pair_of_sides_without_durations_is_no_pair() -> None:
    every: list[Compared] = compared(SIDES, ("model",), [cell(side, Spread()) for side in SIDES])
    assert every == []
