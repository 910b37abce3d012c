"""Token cells as cells of an attribution: what is one cell, what a price is, and what stays outside."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from tests.unit.analysis.made import cell, pricing, rates

from tokenaudit.analysis.attribution import attribute
from tokenaudit.analysis.cost_cells import Bought, cost_cells
from tokenaudit.model.columns import AZURE, BEDROCK

if TYPE_CHECKING:
    from tokenaudit.model.cells import TokenCell
    from tokenaudit.model.rates import Rate

SIDES = ("left", "right")
PRICES = {"input": "2", "cache_read": "0.5", "output": "8"}


def effects(cells: list[TokenCell], *books: list[Rate], **options: Any) -> dict[str, Fraction]:
    found = attribute(cost_cells(cells, SIDES, pricing(*books), **options)).effects
    return {effect: usd for effect, usd in found.items() if usd}


def both(left: dict[str, int | None], right: dict[str, int | None], **changes: Any) -> list[TokenCell]:
    return [cell(left, **changes), cell(right, side="right", **changes)]


def test_a_cell_knows_requests_tokens_cost_and_the_prices_of_what_was_not_used() -> None:
    (found,) = cost_cells(both({"input": 1000}, {"input": 500, "output": 10}), SIDES, pricing(rates(PRICES)))
    assert found.key == Bought(BEDROCK, "acme/one", "regional", "standard", 0)
    assert (found.before.requests, found.before.tokens) == (1, {"input_tokens": 1000})
    assert found.before.cost_usd == {"input_tokens": Decimal("0.002")}
    assert found.before.usd_per_mtok["output_tokens"] == Decimal(8)
    assert "audio_input_tokens" not in found.before.usd_per_mtok
    assert found.after.total_usd == Decimal("0.00108")


def test_days_accounts_and_groups_are_one_cell() -> None:
    cells = [
        cell({"input": 10}, day=date(2026, 10, day), account=account, group=(account,))
        for day in (1, 2)
        for account in ("a", "b")
    ]
    (found,) = cost_cells(cells, SIDES, pricing(rates(PRICES)))
    assert (found.before.requests, found.before.tokens) == (4, {"input_tokens": 40})
    assert found.after.requests == 0


def test_a_shift_to_a_dearer_region_is_mix_and_not_price() -> None:
    book = rates(PRICES, region="us-east-1") + rates({"input": "3"}, region="eu-west-1")
    left = [cell({"input": 900}, requests=9), cell({"input": 100}, region="eu-west-1")]
    right = [
        cell({"input": 500}, side="right", requests=5),
        cell({"input": 500}, side="right", requests=5, region="eu-west-1"),
    ]
    assert effects([*left, *right], book) == {"mix": Fraction(4, 10_000)}


def test_regions_of_one_price_are_one_cell_whatever_moves_between_them() -> None:
    left, right = cell({"input": 900}), cell({"input": 900}, side="right", region="eu-west-1")
    assert len(cost_cells([left, right], SIDES, pricing(rates(PRICES)))) == 1
    assert effects([left, right], rates(PRICES)) == {}


def test_a_longer_prompt_of_the_same_price_is_a_longer_prompt() -> None:
    longer = both({"input": 50_000}, {"input": 150_000})
    banded = [longer[0], cell({"input": 150_000}, side="right", prompt_band=128_000)]
    assert effects(longer, rates(PRICES)) == effects(banded, rates(PRICES)) == {"prompt_tokens": Fraction(2, 10)}


def test_a_new_price_is_price_alone_and_to_the_last_digit() -> None:
    old = rates(PRICES, valid_until=date(2026, 11, 1))
    new = rates(PRICES | {"output": "9.1"}, valid_from=date(2026, 11, 1))
    left = cell({"input": 700, "output": 333}, day=date(2026, 10, 3), requests=7)
    right = cell({"input": 700, "output": 333}, day=date(2026, 11, 3), side="right", requests=7)
    assert effects([left, right], old, new) == {"price": Fraction(333) * Fraction("1.1") / 1_000_000}


def test_regions_that_part_in_price_later_are_apart() -> None:
    everywhere = rates({"input": "2"}, valid_until=date(2026, 11, 1))
    parted = [
        *rates({"input": "2"}, region="us-east-1", valid_from=date(2026, 11, 1)),
        *rates({"input": "4"}, region="eu-west-1", valid_from=date(2026, 11, 1)),
    ]
    cells = [
        cell({"input": 100}, side=side, day=day, region=region)
        for side, day in (("left", date(2026, 10, 3)), ("right", date(2026, 11, 3)))
        for region in ("us-east-1", "eu-west-1")
    ]
    assert [found.key.tariff for found in cost_cells(cells, SIDES, pricing(everywhere, parted))] == [0, 1]
    assert effects(cells, everywhere, parted) == {"price": Fraction(2, 10_000)}


def test_paired_models_are_one_cell_whose_price_is_what_was_paid() -> None:
    book = [*rates(PRICES), *rates({"input": "1", "output": "4"}, provider=AZURE, model="acme/two")]
    cells = [
        cell({"input": 1000, "output": 100}),
        cell({"input": 1000, "output": 100}, side="right", provider=AZURE, model="acme/two", scope="global"),
    ]
    labels = {"acme/one": "one = two", "acme/two": "one = two"}
    assert effects(cells, book, labels=labels) == {"price": Fraction(-14, 10_000)}
    (found,) = cost_cells(cells, SIDES, pricing(book), labels)
    assert found.key == Bought(None, "one = two", None, None, 0)


def test_a_model_of_two_clouds_is_one_where_the_sides_share_no_provider() -> None:
    book = [*rates(PRICES), *rates({"input": "1"}, provider=AZURE)]
    azure = cell({"input": 1000}, side="right", provider=AZURE, scope="global")
    assert effects([cell({"input": 1000}), azure], book) == {"price": Fraction(-1, 1000)}
    mixed = [cell({"input": 1000}), azure, cell({"input": 1000}, side="right")]
    assert set(effects(mixed, book)) == {"volume", "mix"}


def test_what_is_paired_with_a_model_without_a_price_did_not_end() -> None:
    """Its cost was told as one that went away, though the other model took its place and nobody knows at what price."""
    other = {"provider": AZURE, "scope": "global", "model": "acme/two"}
    book = [*rates(PRICES), *rates(PRICES, model="acme/three"), *rates(PRICES, provider=AZURE, model="acme/four")]
    pair = [cell({"input": 1000}), cell({"input": 1000}, side="right", **other)]
    rest = [
        cell({"input": 9}, model="acme/three"),
        cell({"input": 9}, side="right", **(other | {"model": "acme/four"})),
    ]
    labels = {"acme/one": "one = two", "acme/two": "one = two", "acme/three": "3 = 4", "acme/four": "3 = 4"}
    for cells in (pair + rest, [replace(each, side=SIDES[each.side == "left"]) for each in pair + rest]):
        assert [each.key.model for each in cost_cells(cells, SIDES, pricing(book), labels)] == ["3 = 4"]
    same = [replace(each, model="acme/one") for each in pair]
    assert [each.key.model for each in cost_cells(same + rest, SIDES, pricing(book))] == ["acme/four", "acme/three"]


def test_failed_and_tokenless_requests_are_no_volume_but_their_tokens_cost() -> None:
    left = cell({"output": 100}, requests=10)
    refused = cell({"output": 100}, requests=25, error_count=10, tokenless_count=5, side="right")
    assert effects([left, refused], rates(PRICES)) == {}
    wasted = cell({"output": 100, "input": 50}, requests=11, error_count=1, side="right")
    assert effects([left, wasted], rates(PRICES)) == {"prompt_tokens": Fraction(1, 10_000)}


def test_where_all_failed_attempts_are_counted_after_all() -> None:
    cells = both({"input": 100}, {"input": 300}, requests=2, error_count=2)
    assert effects(cells, rates(PRICES)) == {"prompt_tokens": Fraction(4, 10_000)}


def test_a_tier_that_the_log_does_not_tell_is_the_one_it_was_priced_as() -> None:
    cells = [cell({"input": 100}), cell({"input": 100}, tier=None, scope=None, side="right")]
    (found,) = cost_cells(cells, SIDES, pricing(rates(PRICES)))
    assert found.key == Bought(BEDROCK, "acme/one", "regional", "standard", 0)
    assert effects(cells, rates(PRICES)) == {}


def test_what_has_no_price_is_outside() -> None:
    priced = both({"input": 100, "audio_input": 70}, {"input": 100, "audio_input": 900})
    unknown = [cell({"input": 5}, model="acme/unpriced", side="right"), cell({"input": 5}, model=None, name="x")]
    found = cost_cells([*priced, *unknown], SIDES, pricing(rates(PRICES)))
    assert [each.key.model for each in found] == ["acme/one"]
    assert found[0].after.tokens == {"input_tokens": 100}
    assert effects([*priced, *unknown], rates(PRICES)) == {}


def test_requests_of_days_without_a_price_are_none_of_fewer_tokens() -> None:
    """The same traffic every day: what became known is more of it, and no longer prompt."""
    book = rates({"input": "2"}, valid_from=date(2026, 10, 2))
    days = [cell({"input": 1000}, day=date(2026, 10, day)) for day in (1, 2)]
    (found,) = cost_cells(
        [*days, *(replace(each, side="right", day=date(2026, 10, 3)) for each in days)], SIDES, pricing(book)
    )
    assert (found.before.requests, found.after.requests) == (1, 2)
    assert {effect: usd for effect, usd in attribute([found]).effects.items() if usd} == {"volume": Fraction(2, 1000)}


def test_strict_takes_no_assumed_price() -> None:
    cells = both({"input": 100}, {"input": 200}, scope=None)
    assert effects(cells, rates(PRICES))
    assert cost_cells(cells, SIDES, pricing(rates(PRICES)), strict=True) == []


def test_other_sides_are_passed_over_and_the_order_of_cells_changes_nothing() -> None:
    cells = [*both({"input": 100}, {"input": 300}), *both({"output": 9}, {"output": 8}, tier=None), cell(side="third")]
    book = pricing(rates(PRICES))
    assert cost_cells(cells, SIDES, book) == cost_cells(cells[::-1], SIDES, book)
