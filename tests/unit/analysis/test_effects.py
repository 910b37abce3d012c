"""The sections that say why a cost changed."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from tests.unit.analysis.made import cell, pricing, rates

from tokenaudit.analysis.attribution import EFFECTS
from tokenaudit.analysis.cost_cells import cost_cells
from tokenaudit.analysis.effects import (
    Explained,
    effects_by_model_section,
    effects_caveats,
    effects_section,
    explained,
)
from tokenaudit.model.columns import AZURE

SIDES = ("left", "right")
OLD = [
    *rates({"input": "3", "cache_read": "0.3", "output": "15"}, valid_until=date(2026, 11, 1)),
    *rates({"input": "0.7", "output": "2.1"}, model="acme/two"),
]
NEW = rates({"input": "3.1", "cache_read": "0.31", "output": "15"}, valid_from=date(2026, 11, 1))


def found() -> Explained:
    week: dict[str, Any] = {"side": "right", "day": date(2026, 11, 2)}
    cells = [
        cell({"input": 70_001, "cache_read": 30_000, "output": 9_999}, requests=113),
        cell({"input": 50_000, "output": 7_777}, requests=77, model="acme/two"),
        cell({"input": 99_983, "cache_read": 10_000, "output": 12_345}, requests=131, **week),
        cell({"input": 40_000, "output": 5_555}, requests=59, model="acme/two", **week),
    ]
    return explained(cost_cells(cells, SIDES, pricing(OLD, NEW)))


def test_printed_effects_add_up_to_the_change_in_every_section() -> None:
    effects = effects_section(found(), "list")
    assert effects.id == "effects"
    assert tuple(row["effect"] for row in effects.rows) == EFFECTS
    by_model = effects_by_model_section(found(), "list")
    change = sum(row["change_usd"] for row in by_model.rows)  # type: ignore[misc]  # money, all of it
    assert sum(row["usd"] for row in effects.rows) == change  # type: ignore[misc]  # likewise
    assert change == found().attribution.after_usd - found().attribution.before_usd
    for row in by_model.rows:
        assert sum(row[f"{effect}_usd"] for effect in EFFECTS) == row["change_usd"]  # type: ignore[misc]  # likewise
        assert row["after_usd"] - row["before_usd"] == row["change_usd"]  # type: ignore[operator]  # likewise


def test_models_come_by_the_size_of_their_change() -> None:
    by_model = effects_by_model_section(found(), "list")
    assert [row["model"] for row in by_model.rows] == ["acme/one", "acme/two"]
    assert by_model.rows[1]["price_usd"] == 0


def test_shares_are_of_the_cost_before() -> None:
    effects = effects_section(found(), "list")
    before = float(found().attribution.before_usd)
    for row in effects.rows:
        assert row["of_before_ratio"] == pytest.approx(float(row["usd"]) / before, abs=1e-8)  # type: ignore[arg-type]
        assert row["lmdi_usd"] == pytest.approx(float(row["usd"]), rel=0.2, abs=1e-3)  # type: ignore[arg-type]


def test_from_nothing_there_is_no_share() -> None:
    new = explained(cost_cells([cell({"input": 100}, side="right")], SIDES, pricing(OLD)))
    effects = effects_section(new, "list")
    assert effects.rows[0]["usd"] == Decimal("0.0003")
    assert all(row["of_before_ratio"] is None for row in effects.rows)
    assert "0.0000 before, 0.0003 after" in effects.title


def codes(cells: list[Any]) -> list[str]:
    book = pricing(OLD, rates({"input": "1", "output": "4"}, model="acme/other", provider=AZURE))
    return [caveat.code for caveat in effects_caveats(explained(cost_cells(cells, SIDES, book)), SIDES)]


def test_what_has_to_be_said() -> None:
    left = cell({"input": 100, "output": 100}, requests=5)
    assert codes([left, cell({"input": 100, "output": 90}, side="right", requests=5)]) == ["effects"]
    other = cell({"input": 100}, side="right", model="acme/other", provider=AZURE, scope="global")
    assert codes([left, other]) == ["effects", "nothing_in_common"]
    metered = [cell({"input": 100}, requests=0), cell({"input": 130}, side="right", requests=0)]
    assert codes(metered) == ["effects", "uncounted_requests"]
    assert codes([]) == ["effects"]


def test_where_the_methods_disagree_that_is_said() -> None:
    left = cell({"input": 100_000, "cache_read": 1}, requests=100)
    right = cell({"output": 90_000, "cache_read": 100_000}, requests=1, side="right")
    assert "effects_differ" in codes([left, right])
