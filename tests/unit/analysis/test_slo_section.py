"""Who meets a service level, at which cost, and what is left open."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from tokenaudit.analysis.slo import slo_caveats, slo_section, wilson
from tokenaudit.model.report import Section
from tokenaudit.model.slo import Slo
from tokenaudit.model.timings import SloCell

SLO = Slo(e2e_ms=5000.0)
TARGET = Decimal("0.9")


def told(
    *cells: SloCell, costs: dict[str, Decimal | None] | None = None, silent: str = "", partly: str = ""
) -> tuple[Section, dict[str, str]]:
    """The section, and the texts of the caveats by code. A request costs a cent where `costs` says nothing else."""
    compared: list[dict[str, Any]] = [
        {
            "model": cell.group[0],
            "side": cell.side,
            "usd_per_request": (costs or {}).get(str(cell.group[0]), Decimal("0.01")),
            "output_tokens": 0 if cell.group[0] == silent else 100,
        }
        for cell in cells
    ]
    compared.append({"model": "m/billed", "side": "aws", "usd_per_request": None, "output_tokens": 5})
    section = slo_section(
        Section("compare", "", (), tuple(compared)), ("model",), cells, SLO, TARGET, {("aws", (partly,))}
    )
    return section, {caveat.code: caveat.text for caveat in slo_caveats(section, ("model",), cells, TARGET)}


def of(name: str, attempts: int, ok: int, judged: int, good: int, side: str = "aws", untold: int = 0) -> SloCell:
    return SloCell(side, (name,), attempts, ok, untold, judged, good, 10.0)


def test_attempts_of_which_no_log_tells_how_they_ended_are_not_known_to_have_failed() -> None:
    section, said = told(of("m/a", 100, 0, 0, 0, untold=100), of("m/b", 100, 40, 40, 40, untold=60))
    nothing, some = section.rows
    assert (nothing["good"], nothing["attainment_ratio"], nothing["meets"]) == (None, None, None)
    assert (some["good"], some["attainment_ratio"], some["meets"]) == (40, 0.4, None)
    assert said["slo_unjudged"].startswith("the logs of 160 of 200 answers do not tell")
    (failed,) = told(of("m/c", 100, 0, 0, 0, untold=1))[0].rows
    assert failed["meets"] is False, "ninety-nine failed, whatever became of the last"


def test_failed_attempts_count_and_cost() -> None:
    section, _ = told(of("m/a", 100, 95, 95, 90))
    (row,) = section.rows
    assert set(row) == {column.name for column in section.columns}
    assert row["attainment_ratio"] == 0.9
    assert row["goodput_per_s"] == 9
    assert row["usd_per_good_request"] == Decimal(1) / 90
    assert (row["meets"], row["cheapest"]) == (True, True)
    assert section.title == "Service level e2e=5s, wanted for 90 % of all attempts"


def test_nothing_is_said_where_nothing_can_be_judged() -> None:
    section, caveats = told(of("m/a", 100, 95, 0, 0))
    (row,) = section.rows
    assert {name for name in row if row[name] is None} == {
        *("good", "attainment_ratio", "lower_ratio", "upper_ratio", "goodput_per_s", "usd_per_good_request"),
        *("meets", "cheapest"),
    }
    assert caveats["slo_unjudged"].startswith("the logs of 95 of 95 answers do not tell")
    assert "slo_unmet" in caveats


def test_what_failed_is_known_to_have_missed() -> None:
    assert told(of("m/a", 100, 80, 0, 0))[0].rows[0]["meets"] is False
    (row,) = told(of("m/a", 100, 0, 0, 0))[0].rows
    assert (row["meets"], row["good"], row["attainment_ratio"], row["usd_per_good_request"]) == (False, 0, 0, None)


def test_what_cannot_be_judged_is_not_good_and_leaves_the_verdict_open() -> None:
    (row,) = told(of("m/a", 100, 100, 60, 60))[0].rows
    assert (row["attainment_ratio"], row["meets"]) == (0.6, None)
    assert told(of("m/a", 100, 100, 60, 40))[0].rows[0]["meets"] is False
    assert told(of("m/a", 100, 100, 95, 90))[0].rows[0]["meets"] is True


def test_the_cheapest_that_meets_it_is_named() -> None:
    section, caveats = told(
        of("m/dear", 100, 100, 100, 100),
        of("m/cheap", 100, 100, 100, 91, side="azure"),
        of("m/cheapest", 100, 100, 100, 50),
        of("m/unpriced", 100, 100, 100, 100),
        of("m/embedding", 100, 100, 100, 100),
        costs={
            "m/cheap": Decimal("0.005"),
            "m/cheapest": Decimal("0.001"),
            "m/unpriced": None,
            "m/embedding": Decimal("0.0001"),
        },
        silent="m/embedding",
    )
    assert [row["model"] for row in section.rows if row["cheapest"]] == ["m/cheap"]
    assert caveats["slo_cheapest"].endswith("is azure m/cheap, at $0.00549 for each good request")
    assert "slo_unmet" not in caveats


def test_a_cost_that_is_known_in_part_is_not_the_cheapest() -> None:
    costs: dict[str, Decimal | None] = {"m/partly": Decimal("0.0001")}
    both = (of("m/partly", 100, 100, 100, 100), of("m/known", 100, 100, 100, 100))
    section, caveats = told(*both, costs=costs, partly="m/partly")
    assert [row["model"] for row in section.rows if row["cheapest"]] == ["m/known"]
    assert "m/known" in caveats["slo_cheapest"]
    for section, caveats in (told(both[0], partly="m/partly"), told(both[1], costs={"m/known": None})):
        assert [(row["meets"], row["cheapest"]) for row in section.rows] == [(True, None)]
        assert "the cheapest is not known" in caveats["slo_cost_unknown"]
        assert "slo_unmet" not in caveats


def test_few_attempts_near_the_target_are_only_a_hint() -> None:
    assert "small_sample" in told(of("m/a", 20, 20, 20, 19))[1]
    assert "small_sample" not in told(of("m/a", 5000, 5000, 5000, 4950))[1]
    assert "small_sample" not in told(of("m/a", 50, 50, 50, 5))[1]


def test_no_attempt_makes_no_row() -> None:
    section, caveats = told()
    assert (section.rows, caveats) == ((), {})


def test_the_interval_of_a_share() -> None:
    """E. B. Wilson: of 10 of 10 it starts at 0.7225, of 5 of 10 it is 0.2366 to 0.7634."""
    for successes, lower, upper in ((10, 0.72247, 1.0), (0, 0.0, 0.27753), (5, 0.23659, 0.76341)):
        assert list(wilson(successes, 10)) == pytest.approx([lower, upper], abs=1e-5)
