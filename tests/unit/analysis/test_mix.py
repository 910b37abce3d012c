"""The token mix: sums of a comparison's rows, unknown kept apart from none."""

from __future__ import annotations

from tokenaudit.analysis.compare import FIELDS
from tokenaudit.analysis.mix import token_mix
from tokenaudit.model.report import Section, Value

TOKENS = tuple(field.name for field in FIELDS if field.unit == "tokens")


def compared(*rows: dict[str, Value]) -> Section:
    full = tuple({**dict.fromkeys(TOKENS), **row} for row in rows)
    return Section("compare", "Side by side", FIELDS, full)


def found(section: Section) -> dict[tuple[Value, Value], tuple[Value, Value]]:
    return {(row["side"], row["token_kind"]): (row["tokens"], row["share_ratio"]) for row in section.rows}


def test_kinds_are_summed_by_side_and_shares_are_of_the_side() -> None:
    section = token_mix(
        ("a", "b"),
        compared(
            {"side": "a", "input_tokens": 60, "output_tokens": 20, "reasoning_tokens": 15},
            {"side": "a", "input_tokens": 15, "cache_read_tokens": 5},
            {"side": "b", "input_tokens": 3, "cache_read_tokens": 0, "output_tokens": 1},
        ),
    )
    assert found(section) == {
        ("a", "input"): (75, 0.75),
        ("a", "cache_read"): (5, 0.05),
        ("a", "output"): (20, 0.2),
        ("b", "input"): (3, 0.75),
        ("b", "cache_read"): (0, 0.0),
        ("b", "output"): (1, 0.25),
    }


def test_what_a_side_does_not_tell_is_not_none_of_it() -> None:
    section = token_mix(
        ("a", "b"),
        compared(
            {"side": "a", "input_tokens": 9, "cache_write_tokens": 1}, {"side": "b", "input_tokens": 4}, {"side": "c"}
        ),
    )
    assert found(section)["b", "cache_write"] == (None, None)
    assert ("a", "output") not in found(section)


def test_a_side_without_tokens_has_no_shares() -> None:
    section = token_mix(("a", "b"), compared({"side": "a", "input_tokens": 1}, {"side": "b"}))
    assert found(section)["b", "input"] == (None, None)
    assert token_mix(("a", "b"), compared()).rows == ()
