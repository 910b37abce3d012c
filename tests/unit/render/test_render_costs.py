"""Effects and unit costs as people see them: what is printed adds up, at any width."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from tokenaudit.model.report import Field, Section, Value
from tokenaudit.render.effects import effects_by_model_table, effects_table
from tokenaudit.render.fit import fit
from tokenaudit.render.unit_costs import caching_table, failures_table, unit_costs_table

if TYPE_CHECKING:
    from tokenaudit.render.tables import Table

EFFECTS = {
    "volume": "1.68145",
    "mix": "-1.580225",
    "prompt_tokens": "0.546625",
    "cache_hit": "-1.030275",
    "output_tokens": "1.1816",
    "price": "0.996325",
}


def effects(scale: str = "1") -> Section:
    columns = (Field("effect"), Field("usd", "USD"), Field("of_before_ratio", "ratio"), Field("lmdi_usd", "USD"))
    rows: list[dict[str, Value]] = [
        {
            "effect": effect,
            "usd": Decimal(usd) * Decimal(scale),
            "of_before_ratio": float(usd) / 8.34,
            "lmdi_usd": float(usd) * float(scale),
        }
        for effect, usd in EFFECTS.items()
    ]
    return Section("effects", "Why", columns, tuple(rows))


def by_model() -> Section:
    names = ("before_usd", "after_usd", "change_usd", *(f"{effect}_usd" for effect in EFFECTS))
    columns = (Field("provider"), Field("model"), *(Field(name, "USD") for name in names))
    figures: dict[str, Value] = {f"{effect}_usd": Decimal(usd) for effect, usd in EFFECTS.items()}
    costs: dict[str, Value] = {"before_usd": Decimal("8.34"), "after_usd": Decimal("10.1355")}
    row: dict[str, Value] = {**costs, "change_usd": Decimal("1.7955"), **figures}
    rows = ({"provider": "aws.bedrock", "model": "acme/one", **row}, {"provider": None, "model": "one = two", **row})
    return Section("effects_by_model", "Why", columns, rows)


def column(table: Table, place: int) -> list[str]:
    return [line[place].text for group in table.groups for line in group.lines]


@pytest.mark.parametrize(("scale", "decimals"), [("1", 2), ("1000", 2), ("0.001", 5), ("0.0000001", 6)])
def test_printed_effects_add_up_to_the_printed_change(scale: str, decimals: int) -> None:
    *parts, together = (Decimal(text.replace(",", "")) for text in column(effects_table(effects(scale)), 1))
    assert sum(parts) == together
    assert together == (Decimal("1.7955") * Decimal(scale)).quantize(Decimal(1).scaleb(-decimals))


def test_effects_have_signs_and_nothing_has_none() -> None:
    table = effects_table(effects())
    assert column(table, 0) == [effect.replace("_", " ") for effect in EFFECTS] + ["in all"]
    assert column(table, 1)[:2] == ["+1.68", "-1.58"]
    assert column(table, 2)[-1] == "+21.5%"
    quiet = Section("effects", "Why", effects().columns, tuple({**row, "usd": Decimal(0)} for row in effects().rows))
    assert set(column(effects_table(quiet), 1)) == {"0.00"}


def test_a_share_of_nothing_is_unknown() -> None:
    rows = tuple({**row, "of_before_ratio": None} for row in effects().rows)
    assert set(column(effects_table(Section("effects", "Why", effects().columns, rows)), 2)) == {"-"}


def test_each_model_s_line_adds_up_and_fits_a_narrow_window() -> None:
    table = effects_by_model_table(by_model())
    assert column(table, 0) == ["acme/one (aws.bedrock)", "one = two"]
    for group in table.groups:
        for line in group.lines:
            change, *parts = (Decimal(cell.text) for cell in line[1:])
            assert sum(parts) == change == Decimal("1.80")
    assert fit(table, 80, len).left_out == ()


COST: dict[str, Value] = {
    "side": "left",
    "usd": Decimal("0.0123456"),
    "lower_usd": Decimal("0.0119"),
    "upper_usd": Decimal("0.0128"),
}
UNITS: dict[str, Value] = {"n": 1500, "clusters": 1500}


def unit_costs(*keys: str) -> Section:
    names = (*keys, "metric", "side", "usd", "lower_usd", "upper_usd", "n", "clusters")
    rows: tuple[dict[str, Value], ...] = (
        {**dict.fromkeys(keys, "acme/one"), "metric": "usd_per_request", **COST, **UNITS},
        {**dict.fromkeys(keys, "acme/one"), "metric": "usd_per_mtok_cache_read", **COST, **UNITS, "lower_usd": None},
        {**dict.fromkeys(keys, None), "metric": "usd_per_mtok", **COST, **UNITS},
    )
    return Section("unit_costs", "Unit costs", tuple(Field(name) for name in names), rows)


def test_unit_costs_stand_under_their_model() -> None:
    table = unit_costs_table(unit_costs("model"))
    assert [group.title for group in table.groups] == ["acme/one", "(model not known)"]
    assert column(table, 0) == ["request", "1M cache read", "1M tokens"]
    assert [cell.text for cell in table.groups[0].lines[0][2:]] == ["0.0123", "0.0119", "0.0128", "1,500", "1,500"]
    assert table.groups[0].lines[1][3].text == "-"


def test_without_a_group_key_lines_stand_for_themselves() -> None:
    assert [group.title for group in unit_costs_table(unit_costs()).groups] == [None]


def test_failures_and_caching_have_a_line_for_each_side() -> None:
    failed = ("attempts", "succeeded", "failed_cost_usd", "failed_cost_ratio", "usd_per_attempt", "usd_per_success")
    cached = ("cache_read_tokens", "written_tokens", "cache_hit_ratio", "read_saving_usd", "write_premium_usd")
    rates = ("net_saving_usd", "reads_per_write", "break_even_reads_per_write")
    for make, names in ((failures_table, failed), (caching_table, (*cached, *rates))):
        columns = tuple(Field(name) for name in ("model", "side", *names))
        row: dict[str, Value] = {"model": "acme/one", **dict.fromkeys(names, 2)}
        table = make(Section("x", "X", columns, ({**row, "side": "left"}, {**row, "side": "right"})))
        assert [group.title for group in table.groups] == ["acme/one"]
        assert column(table, 0) == ["left", "right"]
        assert table.columns[0].name == "side"
