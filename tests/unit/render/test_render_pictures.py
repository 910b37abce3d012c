"""Pictures say what their sections say: places and sizes are the figures, and what is not known has no shape."""

from __future__ import annotations

from dataclasses import replace
from math import log
from typing import TYPE_CHECKING
from xml.etree.ElementTree import fromstring

import pytest
from tests.unit.render import audits
from tests.unit.render.conftest import SONNET, comparison, usage

from tokenaudit.render.page import days, distribution, heat, mix, models, waterfall
from tokenaudit.render.page.axis import decades, ticks

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

    from tokenaudit.render.page.svg import Drawing

SIDES = ("bedrock", "azure")
TAGS = {"svg", "title", "desc", "text", "rect", "line"}


def elements(drawing: Drawing | None, tag: str | None = "rect") -> list[Element]:
    assert drawing is not None
    return list(fromstring(drawing.markup).iter(tag))  # noqa: S314 - our own markup


def shapes(drawing: Drawing | None, style: str) -> list[Element]:
    return [each for each in elements(drawing) if each.get("class") == style]


def texts(drawing: Drawing | None) -> list[str]:
    return [each.text or "" for each in elements(drawing, "text")]


def size(shape: Element, name: str) -> float:
    return float(shape.get(name, "nan").removesuffix("%"))


def test_bars_are_as_high_as_the_costs() -> None:
    drawing = days.chart(audits.days(7), SIDES)
    heights = [size(bar, "height") for bar in shapes(drawing, "side0")]
    assert [height / heights[0] for height in heights] == pytest.approx([1, 2, 3, 4, 5, 1, 2], abs=0.01)
    assert len(shapes(drawing, "side1")) == 5
    assert texts(drawing).count("?") == 1
    assert {"$5.00", "$10.00", "$15.00", "1 Oct", "7 Oct"} <= set(texts(drawing))


def test_a_day_without_rows_leaves_its_place_empty() -> None:
    whole = audits.days(7)
    gap = replace(whole, rows=tuple(row for row in whole.rows if row["day"] != audits.FIRST.replace(day=4)))
    bars = [[size(bar, "x") for bar in shapes(days.chart(each, SIDES), "side0")] for each in (whole, gap)]
    assert bars[1] == [*bars[0][:3], *bars[0][4:]]


def test_nothing_known_is_no_picture() -> None:
    unknown = replace(audits.days(2), rows=tuple({**row, "list_cost_usd": None} for row in audits.days(2).rows))
    assert days.chart(unknown, SIDES) is None
    assert mix.chart(replace(audits.mix(), rows=()), SIDES) is None
    assert distribution.chart(replace(audits.histogram(), rows=()), SIDES) is None
    assert heat.chart(replace(audits.heat(), rows=()), SIDES) is None
    free = replace(audits.effects(), rows=({"effect": "price", "usd": 0},))
    assert waterfall.chart(free, SIDES) is None


def test_a_mix_fills_the_bar() -> None:
    drawing = mix.chart(audits.mix(), SIDES)
    assert drawing is not None
    parts = elements(drawing)
    assert sum(size(part, "width") for part in parts) == pytest.approx(200)
    assert drawing.legend == (
        ("kind0", "input"),
        ("kind1", "cache read"),
        ("kind2", "cache write"),
        ("kind5", "output"),
    )
    assert "azure: 100 tokens" in texts(drawing)


def test_areas_of_a_distribution_are_shares_of_the_side() -> None:
    drawing = distribution.chart(audits.histogram(), SIDES)
    first, second = (
        sum(size(bar, "height") * size(bar, "width") for bar in shapes(drawing, style)) for style in ("side0", "side1")
    )
    assert first == pytest.approx(second, rel=0.01)


def test_a_wide_bin_is_no_higher_than_its_requests_make_it() -> None:
    columns = ("side", "lower_ms", "upper_ms", "n")
    rows = (("bedrock", 100.0, 200.0, 50), ("bedrock", 200.0, 800.0, 50))
    section = audits.section("latency_histogram", "How long", columns, *rows)
    narrow, wide = shapes(distribution.chart(section, SIDES), "side0")
    assert size(narrow, "height") == pytest.approx(2 * size(wide, "height"))
    assert size(wide, "width") == pytest.approx(100 * log(4) / log(8), abs=0.01)


def test_every_step_of_a_waterfall_begins_where_the_last_one_ended() -> None:
    drawing = waterfall.chart(audits.effects(), SIDES)
    assert drawing is not None
    steps = elements(drawing)
    spans = [(size(step, "x"), size(step, "x") + size(step, "width")) for step in steps]
    at = 0.0
    for step, span in zip(steps[:-1], spans, strict=False):
        left, right = span
        start, end = (left, right) if step.get("class") == "dearer" else (right, left)
        assert start == pytest.approx(at, abs=0.02)
        at = end
    assert spans[-1] == pytest.approx((0, at), abs=0.02)
    assert [text for text in texts(drawing) if "$" in text][-1] == "+$2.45"


def test_a_waterfall_with_a_step_that_is_not_known_would_be_wrong() -> None:
    whole = audits.effects()
    assert waterfall.chart(replace(whole, rows=(*whole.rows[:2], {**whole.rows[2], "usd": None})), SIDES) is None


def test_fields_of_a_heat_map_have_the_colour_of_what_they_are() -> None:
    drawing = heat.chart(audits.heat(7), SIDES)
    assert drawing is not None
    styles = [each.get("class") for each in elements(drawing)]
    assert styles[:7] == ["agree", "off1", "off2", "off3", "unjudged", "agree", "off3"]
    assert {"2.0%", "100.0%", "off", "\u2013"} <= set(texts(drawing))
    assert "2.0%" not in texts(heat.chart(audits.heat(31), SIDES))


def test_a_side_has_one_colour_even_where_the_other_comes_first() -> None:
    rows = [usage(side, 10, (1_000, 0, 0, 10), SONNET, None, model=f"m/{side}") for side in ("azure", "bedrock")]
    drawing = models.chart(comparison(rows, "model").section("compare"), SIDES)
    assert drawing is not None
    assert drawing.legend == (("side0", "bedrock"), ("side1", "azure"))
    assert len(shapes(drawing, "side1")) == 1


def test_of_many_groups_the_dearest_are_drawn_and_the_others_counted() -> None:
    rows = [usage("azure", 10, (1_000 * n, 0, 0, 10), SONNET, None, model=f"m/{n:02}") for n in range(1, 21)]
    drawing = models.chart(comparison(rows, "model").section("compare"), SIDES)
    assert len(shapes(drawing, "side1")) == 12
    assert "m/20" in texts(drawing)
    assert "m/01" not in texts(drawing)
    assert drawing is not None
    assert drawing.note == "the table has 8 more"


@pytest.mark.parametrize("name", ["</title><script>", "a\x1b[31mb", "\u202eevil", "]]>", "&amp;", '"'])
def test_a_name_is_text_and_nothing_else(name: str) -> None:
    for drawing in (
        heat.chart(audits.heat(2, name), SIDES),
        days.chart(audits.days(2, name), (name, "azure")),
        distribution.chart(audits.histogram(name), (name, "azure")),
        mix.chart(audits.mix(name), (name, "azure")),
    ):
        assert drawing is not None
        assert not set(drawing.markup) & {"\x1b", "\u202e"}
        assert {each.tag for each in elements(drawing, None)} <= TAGS


@pytest.mark.parametrize(
    ("most", "expected"),
    [(15, [0, 5, 10, 15]), (1, [0, 0.25, 0.5, 0.75, 1]), (0.003, [0, 0.001, 0.002, 0.003]), (0, [0, 1])],
)
def test_ticks_are_round_and_reach_the_top(most: float, expected: list[float]) -> None:
    assert ticks(most) == pytest.approx(expected)


def test_a_logarithmic_axis_has_few_marks() -> None:
    assert decades(90, 450) == [100, 200]
    assert decades(5, 50_000) == [10, 100, 1_000, 10_000]
