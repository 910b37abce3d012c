"""Bills in other currencies than dollars: what is converted, and what is missing where that cannot be."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tests.cli.focus_lines import charge, export
from tests.properties import ledgers

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.cli.conftest import Done

DOLLARS = ("--currency", "USD", "--format", "json")
RATE = '[[exchange]]\ncurrency = "TWD"\nusd = 0.03\nvalid_from = 2026-10-05\nvalid_until = 2026-10-06\n'


def test_who_has_asked_for_dollars_is_told_which_rate_is_missing(inside: Callable[..., Done], tmp_path: Path) -> None:
    """The European Central Bank publishes no rate of Taiwan's dollar; advice that was followed is none."""
    bill = export(tmp_path / "bill.csv", charge("0.36", "USD"), charge("12", "TWD"), charge("12", "TWD", day=7))
    unasked = inside("compare", bill, "--format", "json").caveats["other_currency"]
    assert unasked.startswith("2 lines billed in TWD")
    assert "--currency USD converts" in unasked
    asked = inside("compare", bill, *DOLLARS).caveats["other_currency"]
    assert asked.endswith(": no rate is known from 2026-10-05 to 2026-10-07; name one in tokenaudit.toml: [[exchange]]")
    config = tmp_path / "tokenaudit.toml"
    config.write_text(RATE)
    partly = inside("compare", bill, *DOLLARS, "--config", config)
    assert [row["billed_cost_usd"] for row in partly.rows("totals") if row["billed_cost_usd"]] == [0.72]
    told = partly.caveats["other_currency"]
    assert told.startswith("1 line billed in TWD")
    assert "no rate is known on 2026-10-07;" in told


@pytest.mark.parametrize("cost", ["billed_cost_usd", "effective_cost_usd"])
def test_an_explained_cost_is_converted_like_a_compared_one(
    inside: Callable[..., Done], tmp_path: Path, cost: str
) -> None:
    bill = export(tmp_path / "bill.csv", charge("0.36", "USD"), charge("12", "TWD"), charge("10", "TWD", day=7))
    (tmp_path / "tokenaudit.toml").write_text(RATE)
    ledger = ("--ledger", ledgers.taken(tmp_path / "ledger", [bill]), "--config", tmp_path / "tokenaudit.toml")
    compared = inside("compare", *ledger, *DOLLARS)
    done = inside("explain", cost, *ledger, *DOLLARS)
    root, _, *lines = done.rows("explain")
    assert root["value"] == sum(row[cost] or 0 for row in compared.rows("totals")) == 0.72
    converted = next(row for row in lines if "TWD" in row["how"])
    assert (converted["value"], converted["unit"]) == (0.36, "USD")
    assert converted["how"].endswith(", 12 TWD at the rate of its day")
    assert [(row["value"], row["unit"]) for row in lines if row["unit"] != "USD"] == [(10, "TWD")]
    assert [(row["currency"], row["usd"]) for row in done.rows("exchange")] == [("TWD", 0.03)]
    assert {"converted", "other_currency"} <= done.caveats.keys()
    assert done.err == ""


def test_a_line_that_names_no_currency_cannot_be_converted(inside: Callable[..., Done], tmp_path: Path) -> None:
    bill = export(tmp_path / "bill.csv", charge("0.36", "USD"), charge("12", ""))
    for options in ((), ("--currency", "USD")):
        told = inside("compare", bill, "--format", "json", *options).caveats["other_currency"]
        assert told.endswith("the bill does not say in which currency")
