"""The book from its two parts, and the rates that are added because a cloud bills what its list leaves out."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING

from tests.unit.pricing.made import rate

from tokenaudit.catalogue.compile import LONG_AS_STANDARD, NO_DISCOUNT, compiled
from tokenaudit.catalogue.lines import lines, text
from tokenaudit.catalogue.rows import COLUMNS, Line, rates
from tokenaudit.model.columns import AZURE, BEDROCK

if TYPE_CHECKING:
    from tokenaudit.model.rates import Rate

INPUT = rate(
    "2",
    provider=AZURE,
    model="openai/gpt-5.4",
    scope="global",
    source="azure-retail-prices",
    source_date=date(2026, 6, 1),
)
OUTPUT = replace(INPUT, kind="output", usd_per_mtok=Decimal(8))
CACHED = replace(INPUT, kind="cache_read", usd_per_mtok=Decimal("0.2"))


def told(found: list[Rate], *fields: str) -> list[tuple[str, ...]]:
    return sorted(tuple(str(getattr(each, field)) for field in fields) for each in found)


def noted(found: list[Rate], note: str) -> list[Rate]:
    return [each for each in found if each.note == note]


def test_what_was_read_later_holds_whichever_part_it_is_of() -> None:
    cut = replace(
        INPUT, usd_per_mtok=Decimal(1), valid_from=date(2026, 3, 1), source="by hand", source_date=date(2026, 9, 1)
    )
    assert told(list(compiled([INPUT], [cut])), "usd_per_mtok", "valid_until") == [("1", "None"), ("2", "2026-03-01")]
    stale = replace(cut, source_date=date(2026, 3, 2))
    assert told(list(compiled([INPUT], [stale])), "usd_per_mtok", "valid_until") == [("2", "None")]


def test_a_chat_model_without_a_price_for_cached_tokens_has_that_of_the_prompt() -> None:
    added = noted(list(compiled([INPUT, OUTPUT], [])), NO_DISCOUNT)
    assert told(added, "kind", "usd_per_mtok", "valid_until") == [("cache_read", "2", "None")]
    assert noted(list(compiled([INPUT, OUTPUT, CACHED], [])), NO_DISCOUNT) == []
    assert noted(list(compiled([INPUT], [])), NO_DISCOUNT) == []
    aws = [replace(each, provider=BEDROCK) for each in (INPUT, OUTPUT)]
    assert list(compiled(aws, [])) == aws


def test_before_there_was_a_price_for_cached_tokens_they_cost_what_the_prompt_did() -> None:
    late = replace(CACHED, valid_from=date(2026, 4, 1))
    added = noted(list(compiled([INPUT, OUTPUT, late], [])), NO_DISCOUNT)
    assert told(added, "valid_from", "valid_until") == [("2026-01-01", "2026-04-01")]


def test_a_long_prompt_with_priority_costs_what_a_standard_one_does_until_it_has_a_meter() -> None:
    long = replace(INPUT, prompt_band=272_000, usd_per_mtok=Decimal(4))
    fast = replace(INPUT, tier="priority", usd_per_mtok=Decimal(5), valid_from=date(2026, 2, 1))
    added = noted(list(compiled([INPUT, long, fast], [])), LONG_AS_STANDARD)
    assert told(added, "tier", "prompt_band", "usd_per_mtok", "valid_from") == [
        ("priority", "272000", "4", "2026-02-01")
    ]
    meter = replace(fast, prompt_band=272_000, usd_per_mtok=Decimal(9), valid_from=date(2026, 5, 1))
    added = noted(list(compiled([INPUT, long, fast, meter], [])), LONG_AS_STANDARD)
    assert told(added, "valid_from", "valid_until") == [("2026-02-01", "2026-05-01")]


def test_the_turbo_models_are_versions_of_gpt_4_in_logs() -> None:
    found = told(list(compiled([replace(INPUT, model="openai/gpt-4-turbo")], [])), "model", "model_version")
    assert ("openai/gpt-4", "turbo-2024-04-09") in found
    assert ("openai/gpt-4-turbo", "None") in found


def test_lines_are_sorted_and_join_what_differs_in_region_or_version_alone() -> None:
    west, north = (replace(INPUT, region=region, usd_per_mtok=Decimal("2.40")) for region in ("westus", "northeurope"))
    old, older = (replace(OUTPUT, model_version=version) for version in ("0613", "0301"))
    found = lines([old, west, INPUT, north, older])
    assert [(line.model_version, line.region, line.token_kind, line.usd_per_mtok) for line in found] == [
        ("", "", "input", "2"),
        ("", "northeurope westus", "input", "2.4"),
        ("0301 0613", "", "output", "8"),
    ]


def test_lines_are_read_back_as_they_were() -> None:
    given = [INPUT, replace(OUTPUT, valid_until=date(2026, 9, 1), prompt_band=272_000, note="free, or not")]
    assert {each for line in lines(given) for each in rates(line)} == set(given)
    assert text(given).splitlines()[0] == ",".join(COLUMNS)
    assert isinstance(lines(given)[0], Line)
