"""A newer list over an older book, and what two books say differently."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING

from hypothesis import given
from hypothesis import strategies as st
from tests.unit.pricing.made import rate

from tokenaudit.pricing.book import PriceBook
from tokenaudit.pricing.changes import changes
from tokenaudit.pricing.succession import succeed

if TYPE_CHECKING:
    from tokenaudit.model.rates import Rate

JULY, AUGUST, SEPTEMBER = (date(2026, month, 1) for month in (7, 8, 9))


def told(before: list[Rate], after: list[Rate]) -> list[tuple[object, ...]]:
    return [
        (
            each.kind,
            each.since,
            each.until,
            each.before and each.before.usd_per_mtok,
            each.after and each.after.usd_per_mtok,
            each.ratio,
        )
        for each in changes(before, after)
    ]


def test_the_same_prices_read_anew_are_no_change() -> None:
    assert changes([rate("3")], [rate("3.00", source="other", source_date=AUGUST)]) == ()


def test_a_cut_shows_from_its_first_day_and_a_back_dated_one_from_the_day_it_goes_back_to() -> None:
    after = [rate("3", valid_until=JULY), rate("2.4", valid_from=JULY)]
    assert told([rate("3")], after) == [("changed", JULY, None, 3, Decimal("2.4"), Decimal("-0.2"))]
    assert told([rate("3")], [rate("2.4")]) == [("changed", date(2026, 1, 1), None, 3, Decimal("2.4"), Decimal("-0.2"))]


def test_what_is_new_what_is_gone_and_what_ended() -> None:
    new = rate("9", kind="output", valid_from=JULY)
    assert told([rate("3")], [rate("3"), new]) == [("added", JULY, None, None, 9, None)]
    assert told([rate("3"), new], [rate("3")]) == [("removed", JULY, None, 9, None, None)]
    assert told([rate("3")], [rate("3", valid_until=JULY)]) == [("removed", JULY, None, 3, None, None)]


def test_each_stretch_of_days_is_one_row() -> None:
    before = [rate("3", valid_until=JULY), rate("2", valid_from=JULY)]
    after = [rate("3", valid_until=AUGUST), rate("2", valid_from=AUGUST, valid_until=SEPTEMBER)]
    assert told(before, after) == [
        ("changed", JULY, AUGUST, 2, 3, Decimal("0.5")),
        ("removed", SEPTEMBER, None, 2, None, None),
    ]
    parts = [rate("4", valid_until=JULY), rate("4", valid_from=JULY)]
    assert told([rate("3")], parts) == [("changed", date(2026, 1, 1), None, 3, 4, Decimal(4) / 3 - 1)]


def test_a_region_without_a_price_of_its_own_has_the_one_for_all_regions() -> None:
    frankfurt = rate("3", region="eu-central-1")
    assert told([rate("3")], [rate("3"), frankfurt]) == [], "named apart, and no dearer"
    assert told([rate("3"), frankfurt], [rate("3")]) == []
    dearer = rate("4", region="eu-central-1", valid_from=JULY)
    assert told([rate("3")], [rate("3"), dearer]) == [("changed", JULY, None, 3, 4, Decimal(4) / 3 - 1)]
    risen = [rate("3", valid_until=AUGUST), rate("4", valid_from=AUGUST)]
    assert told(risen, [*risen, dearer]) == [("changed", JULY, AUGUST, 3, 4, Decimal(4) / 3 - 1)]


def test_a_change_for_all_regions_is_told_once() -> None:
    ended = rate("4", region="eu-central-1", valid_until=JULY)
    risen = [rate("3", valid_until=AUGUST), rate("5", valid_from=AUGUST)]
    assert told([rate("3"), ended], [*risen, ended]) == [("changed", AUGUST, None, 3, 5, Decimal(5) / 3 - 1)]


def test_a_region_with_a_price_list_of_its_own_has_no_other_price() -> None:
    government = rate("3", region="us-gov-west-1")
    assert told([rate("3")], [rate("3"), government]) == [("added", date(2026, 1, 1), None, None, 3, None)]


def test_free_and_not_known_are_not_the_same() -> None:
    assert told([], [rate("0", note="free")])[0][0] == "added"


def test_a_newer_list_ends_what_it_names_and_keeps_the_rest() -> None:
    book = [rate("3", valid_until=JULY), rate("2", valid_from=JULY), rate("15", kind="output")]
    newer = [rate("1", valid_from=SEPTEMBER, source="list")]
    both = PriceBook(succeed(book, newer)).rates
    assert {(each.kind, int(each.usd_per_mtok)): (each.valid_from, each.valid_until) for each in both} == {
        ("input", 3): (date(2026, 1, 1), JULY),
        ("input", 2): (JULY, SEPTEMBER),
        ("input", 1): (SEPTEMBER, None),
        ("output", 15): (date(2026, 1, 1), None),
    }


def test_a_list_that_goes_back_replaces_what_the_book_says_of_those_days() -> None:
    both = succeed([rate("3", valid_until=JULY), rate("2", valid_from=JULY)], [rate("1", valid_from=date(2026, 1, 1))])
    assert [each.usd_per_mtok for each in both] == [1]


def test_a_region_that_was_dearer_is_not_once_all_regions_have_one_price() -> None:
    """The newer list names no region then, and the book's rows for regions come before those for all."""
    book = [rate("3"), rate("4", region="eu-west-1"), rate("5", region="us-gov-west-1")]
    both = succeed(book, [rate("2", valid_from=JULY)])
    assert {(each.region, int(each.usd_per_mtok)): each.valid_until for each in both} == {
        (None, 3): JULY,
        ("eu-west-1", 4): JULY,
        ("us-gov-west-1", 5): None,
        (None, 2): None,
    }
    unchanged = succeed(book, [rate("3", source="list")])
    assert ("eu-west-1", None) in {(each.region, each.valid_until) for each in unchanged}, "part of a list, read again"


days = st.lists(st.integers(1, 28), min_size=1, max_size=4, unique=True)


def _book(starts: list[int], usd: int) -> list[Rate]:
    starts = sorted(starts)
    ends = [*starts[1:], None]
    return [
        rate(
            str(usd + number),
            valid_from=date(2026, 7, start),
            valid_until=None if end is None else date(2026, 7, end),
        )
        for number, (start, end) in enumerate(zip(starts, ends, strict=True))
    ]


@given(days, days)
def test_one_over_the_other_is_a_book_and_its_changes_are_none_before_the_newer_begins(
    old: list[int], new: list[int]
) -> None:
    older, newer = _book(old, 1), _book(new, 1)
    both = succeed(older, newer)
    PriceBook(both)
    assert changes(both, both) == ()
    assert all(each.since >= date(2026, 7, min(new)) for each in changes(older, both))
    assert all(each.until is not None and each.until <= date(2026, 7, min(new)) for each in changes(newer, both))
