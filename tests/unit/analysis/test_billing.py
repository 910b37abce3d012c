"""Lines of bills posted to what is compared: straight from the bill, or allocated over what they paid for."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.analysis.made import cell, line, pricing, rates

from tokenaudit.analysis.bill_sections import beside_section, bill_caveats, bill_section, discounts_twice
from tokenaudit.analysis.billing import Asked, Billing, bill
from tokenaudit.analysis.compare import compare_section, totals_section
from tokenaudit.analysis.tally import tally
from tokenaudit.model.columns import AZURE

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tokenaudit.model.cells import BillCell, TokenCell

PRICES = pricing(
    rates({"input": "3", "output": "15"}),
    rates({"input": "3", "output": "15", "cache_read": "0.3"}, provider=AZURE, model="anthropic/claude-one"),
)
SIDES = ("left", "right")


def in_euros(amount: Decimal, currency: str, _: date) -> Decimal | None:
    return amount * 2 if currency == "EUR" else None


def post(
    bills: Iterable[BillCell],
    cells: Iterable[TokenCell] = (),
    everyone: Iterable[TokenCell] = (),
    *,
    by: tuple[str, ...] = ("model",),
    direct: bool = True,
) -> Billing:
    return bill(bills, cells, everyone, Asked(by, frozenset(SIDES if direct else ()), PRICES, in_euros))


def costs(billing: Billing) -> dict[Any, Decimal | None]:
    return {group: each.billed.list_cost_usd() for (_, group), each in billing.groups.items()}


def test_a_line_goes_to_the_group_that_the_bill_names() -> None:
    lines = [line(), line(kind="output", billed_cost=Decimal(4)), line(model="acme/two", billed_cost=Decimal(7))]
    billing = post(lines)
    assert costs(billing) == {("acme/one",): 5, ("acme/two",): 7}
    assert {each.basis for each in billing.groups.values()} == {"billed"}
    assert costs(post(lines, by=("account", "month"))) == {("111122223333", "2026-10"): 12}
    assert costs(post(lines, by=("week",))) == {(date(2026, 9, 28),): 12}


def test_the_unit_price_is_billed_cost_over_billed_tokens_and_a_discount_is_in_it() -> None:
    lines = [
        line(tokens=2_000_000, billed_cost=Decimal(6), list_cost=Decimal(6)),
        line(tokens=None, billed_cost=Decimal("-0.72")),  # a discount line of the same meter
        line(tokens=None, billed_cost=Decimal(-5), category="Credit"),
        line(tokens=None, billed_cost=Decimal("0.5"), category="Tax", model=None, kind=None),
    ]
    cells = [cell({"input": 1_000_000}, requests=10)]
    billing = post(lines, cells)
    (row,) = compare_section(SIDES, ("model",), tally(cells, PRICES), [], billing=billing, cost="billed").rows
    assert row["billed_cost_usd"] == Decimal("5.28")
    assert row["usd_per_mtok"] == Decimal("2.64")
    assert row["discount_ratio"] == 0.12
    assert row["usd_per_request"] == Decimal("0.264"), "only the tokens that the logs saw count for their requests"
    assert row["list_cost_usd"] == 3
    amounts = {each["charge_category"]: each["billed_cost"] for each in beside_section(SIDES, billing).rows}
    assert amounts == {"Credit": -5, "Tax": Decimal("0.5")}
    (total, _) = totals_section(SIDES, tally(cells, PRICES), billing).rows
    assert (total["billed_cost_usd"], total["discount_ratio"]) == (Decimal("5.28"), 0.12)


def test_a_request_without_a_price_for_all_of_its_tokens_costs_what_nobody_knows() -> None:
    def per_request(bills: list[BillCell], **tokens: int | None) -> Any:
        cells = [cell(tokens, requests=10)]
        billing = post(bills, cells)
        (row,) = compare_section(SIDES, ("model",), tally(cells, PRICES), [], billing=billing, cost="billed").rows
        return row["usd_per_request"]

    assert per_request([line()], input=1000) == Decimal("0.1")
    assert per_request([line(tokens=None, unmeasured_count=1)], input=1000) is None, "for tokens that nobody counted"
    assert per_request([line()], input=1000, output=500) is None, "output was not billed, or is not in this bill"
    assert per_request([line()]) is None, "the log tells no tokens"


def test_what_only_the_logs_know_is_allocated_by_list_cost_to_the_last_digit() -> None:
    cells = [
        cell({"input": 1_000}, group=("alice",)),
        cell({"input": 2_000}, group=("bob",)),
        cell({"input": 9_000}, group=("bob",), day=date(2026, 10, 2)),
    ]
    billing = post([line(billed_cost=Decimal("1.000001"))], cells, by=("caller",), direct=False)
    assert costs(billing) == {("alice",): Decimal("0.333334"), ("bob",): Decimal("0.666667")}
    assert {each.basis for each in billing.groups.values()} == {"allocated"}
    (caveat,) = [each for each in bill_caveats(billing, str) if each.code == "allocated"]
    assert caveat.count == 2


LONG = 272_000


def test_the_meter_of_long_prompts_is_for_those_who_sent_them() -> None:
    lines = [line(billed_cost=Decimal(1)), line(billed_cost=Decimal(4), prompt_band=LONG)]
    cells = [
        cell({"input": 1_000}, group=("alice",)),
        cell({"input": 3_000}, group=("bob",), prompt_band=200_000),
        cell({"input": 9_000}, group=("carol",), prompt_band=LONG),
    ]

    def bearing(*who: int) -> dict[Any, Decimal | None]:
        return costs(post(lines, [cells[each] for each in who], cells, by=("caller",), direct=False))

    assert bearing(0, 1, 2) == {("alice",): Decimal("0.25"), ("bob",): Decimal("0.75"), ("carol",): 4}
    assert bearing(0) == {("alice",): Decimal("0.25")}, "carol is on no side, and yet the long prompts are hers"
    cells[2] = cell({"output": 5}, group=("carol",), prompt_band=LONG)
    among_all = {("alice",): Decimal("1.25"), ("bob",): Decimal("3.75")}
    assert bearing(0, 1, 2) == among_all, "no log tells of long prompts: theirs are among the others"


def test_discounts_that_may_be_in_net_cost_already_are_told() -> None:
    """Ten dollars less two are eight, and a line of three more: two of them may be the same."""
    both = line(contracted_cost=Decimal(10), billed_cost=Decimal(5), reduction_cost=Decimal(-3))
    (caveat,) = discounts_twice([both])
    assert caveat.text.startswith("left: discounts of 3.00 USD of 111122223333 are lines of their own")
    assert caveat.text.endswith("billed and effective cost are 2.00 too low")
    apart = [
        replace(both, billed_cost=Decimal(8), reduction_cost=None),
        replace(both, billed_cost=Decimal(-3), contracted_cost=None),
    ]
    assert len(list(discounts_twice(apart))) == 1, "on another day"
    for fine in (
        replace(both, billed_cost=Decimal(7)),
        replace(both, billed_cost=Decimal(8), reduction_cost=Decimal(0)),
        replace(both, source="focus"),
    ):
        assert list(discounts_twice([fine])) == []
    counted_once = replace(both, billed_cost=Decimal(8), reduction_cost=Decimal(0))
    in_no_net_cost = replace(both, kind="output", billed_cost=Decimal(7))
    assert list(discounts_twice([counted_once, in_no_net_cost])) == [], "each has its own, and none of them is in doubt"
    credit = replace(apart[1], category="Credit")
    assert list(discounts_twice([apart[0], credit])) == [], "a credit is no discount"


def test_the_price_of_an_allocated_token_is_that_of_the_bill_whatever_the_logs_missed() -> None:
    cells = [cell({"input": 1_000}, group=("alice",)), cell({"input": 3_000}, group=("bob",))]
    billing = post([line(tokens=8_000, billed_cost=Decimal(2))], cells, by=("caller",), direct=False)
    assert costs(billing) == {("alice",): Decimal("0.5"), ("bob",): Decimal("1.5")}
    assert {each.billed.usd_per_mtok() for each in billing.groups.values()} == {250}
    rows = compare_section(SIDES, ("caller",), tally(cells, PRICES), [], billing=billing, cost="billed").rows
    assert [row["usd_per_request"] for row in rows] == [Decimal("0.25"), Decimal("0.75")], "of the tokens it had itself"


def test_those_who_are_on_no_side_bear_their_share() -> None:
    mine = [cell({"input": 1_000}, group=("alice",))]
    everyone = [cell({"input": 4_000}, group=())]
    billing = post([line()], mine, everyone, by=("caller",), direct=False)
    assert costs(billing) == {("alice",): Decimal("0.25")}
    assert not billing.unallocated


def test_a_line_of_a_month_is_divided_among_all_days_that_it_is_for() -> None:
    month = line(day=date(2026, 10, 1), days=31, billed_cost=Decimal(10))
    used = [
        cell({"input": tokens}, day=day, group=(str(day),))
        for day, tokens in ((date(2026, 10, 1), 300), (date(2026, 10, 31), 100), (date(2026, 11, 1), 900))
    ]
    expected = {("2026-10-01",): Decimal("7.5"), ("2026-10-31",): Decimal("2.5")}
    for by, direct in ((("caller",), False), (("day",), True), (("week", "model"), True)):
        assert costs(post([month], used, by=by, direct=direct)) == expected, by
    assert costs(post([month], used, by=("month",))) == {("2026-10",): 10}, "that the bill knows"


def test_a_line_that_served_nobody_is_unallocated_and_said() -> None:
    billing = post([line(model="acme/other")], [cell({"input": 1})], by=("caller",), direct=False)
    assert costs(billing) == {}
    assert billing.unallocated == {("left", "acme/other"): 1}
    assert [each.code for each in bill_caveats(billing, str)] == ["unallocated"]


def test_provisioned_units_are_spread_over_the_requests_that_they_served() -> None:
    unit = line(provider=AZURE, model=None, kind=None, tier="provisioned", tokens=None, billed_cost=Decimal(24))
    served = cell(
        {"input": 1_000_000, "output": 200_000},
        provider=AZURE,
        model="anthropic/claude-one",
        group=("anthropic/claude-one",),
        tier="provisioned",
        scope="global",
    )
    other = cell({"input": 5}, provider=AZURE, group=("x",), scope="global")
    billing = post([unit], [served, other])
    each = billing.groups["left", ("anthropic/claude-one",)]
    assert each.billed.cost_usd == {"input_tokens": 12, "output_tokens": 12}
    assert each.billed.usd_per_mtok(("output_tokens",)) == 60
    assert each.basis == "allocated"
    assert len(billing.groups) == 1


def test_consumption_units_are_spread_over_claude() -> None:
    unit = line(
        provider=AZURE, model=None, kind=None, tier=None, tokens=None, meter="Claude Consumption Unit", account=None
    )
    claude = cell(
        {"cache_read": 10_000_000}, provider=AZURE, model="anthropic/claude-one", group=("c",), scope="global"
    )
    gpt = cell({"input": 1}, provider=AZURE, model="openai/gpt-4.1", group=("g",), scope="global")
    assert costs(post([unit], [claude, gpt])) == {("c",): 1}


def test_other_lines_without_tokens_are_in_no_group_but_in_the_bill() -> None:
    billing = post([line(kind=None, tokens=None, meter="USE1-Guardrail-Units", tier=None)])
    assert costs(billing) == {}
    (row,) = bill_section(SIDES, billing).rows
    assert (row["meter"], row["billed_cost"], row["billed_tokens"]) == ("USE1-Guardrail-Units", 1, None)


def test_another_currency_is_converted_or_shown_apart() -> None:
    billing = post([line(currency="EUR"), line(currency="CHF", lines=3)])
    assert costs(billing) == {("acme/one",): 2}
    rows = {row["currency"]: row["billed_cost"] for row in bill_section(SIDES, billing).rows}
    assert rows == {"USD": 2, "CHF": 1}
    assert [each.count for each in bill_caveats(billing, str) if each.code == "other_currency"] == [3]


def test_a_list_cost_that_the_bill_does_not_tell_is_that_of_the_book() -> None:
    (row,) = bill_section(SIDES, post([line(tokens=1_000_000, billed_cost=Decimal("1.5"))])).rows
    assert (row["list_cost"], row["discount_ratio"]) == (3, 0.5)


def test_a_group_that_only_the_bill_knows_has_its_tokens_and_no_requests() -> None:
    billing = post([line(tokens=500_000)])
    (row,) = compare_section(SIDES, ("model",), tally([], PRICES), [], billing=billing).rows
    assert (row["requests"], row["input_tokens"], row["list_cost_usd"]) == (None, 500_000, Decimal("1.5"))
    assert row["error_ratio"] is None


@given(
    st.lists(st.tuples(st.integers(0, 5), st.integers(1, 10**9)), min_size=1, max_size=12),
    st.lists(st.decimals(-1000, 1000, places=9), min_size=1, max_size=6),
)
def test_no_cent_is_lost_whoever_is_asked_for(requests: list[tuple[int, int]], amounts: list[Decimal]) -> None:
    cells = [cell({"input": count}, group=(f"caller {who}",)) for who, count in requests]
    billing = post([line(billed_cost=amount) for amount in amounts], cells, by=("caller",), direct=False)
    given_out = sum((each or Decimal(0) for each in costs(billing).values()), Decimal(0))
    assert given_out + sum(billing.unallocated.values(), Decimal(0)) == sum(amounts, Decimal(0))


def test_a_discount_is_told_only_of_tokens_that_have_both_costs() -> None:
    lines = [
        line(model="acme/new", tokens=1_000_000, billed_cost=Decimal(9), list_cost=Decimal(10)),
        line(model="acme/new", tokens=1_000_000, billed_cost=Decimal(9), list_cost=None),
    ]
    billing = post(lines)
    (row,) = bill_section(SIDES, billing).rows
    assert (row["list_cost"], row["billed_cost"], row["discount_ratio"]) == (10, 18, None)
    assert (row["list_per_mtok"], row["billed_per_mtok"]) == (10, 9), "each over the tokens that it is for"
    rows = compare_section(SIDES, ("model",), tally([], PRICES), [], billing=billing).rows
    assert [each["discount_ratio"] for each in rows] == [None]
    assert totals_section(SIDES, tally([], PRICES), billing).rows[0]["discount_ratio"] is None
    known = post(lines[:1])
    assert bill_section(SIDES, known).rows[0]["discount_ratio"] == 0.1
    assert totals_section(SIDES, tally([], PRICES), known).rows[0]["discount_ratio"] == 0.1


@pytest.mark.parametrize("kind", ["input", "output"])
def test_a_line_without_tokens_and_list_cost_leaves_no_discount(kind: str) -> None:
    """It was billed, and is in no list cost: the ratio of the two would be of other tokens."""
    known = line(model="acme/new", tokens=1_000_000, billed_cost=Decimal(9), list_cost=Decimal(10))
    untold = line(model="acme/new", kind=kind, tokens=None, billed_cost=Decimal(30), list_cost=None, unmeasured_count=1)
    listed = replace(untold, list_cost=Decimal(40))
    for lines, ratio in (([known, untold], None), ([known, listed], 0.22)):
        billing = post(lines)
        rows = compare_section(SIDES, ("model",), tally([], PRICES), [], billing=billing).rows
        assert [each["discount_ratio"] for each in rows] == [ratio]
        assert totals_section(SIDES, tally([], PRICES), billing).rows[0]["discount_ratio"] == ratio
    (row, *_) = bill_section(SIDES, post([known, untold])).rows
    assert (row["discount_ratio"], row["list_per_mtok"]) == ((None, 10) if kind == "input" else (0.1, 10))


def test_tokens_that_a_line_does_not_tell_are_unknown_and_have_no_price() -> None:
    untold = line(tokens=None, billed_cost=Decimal(9), unmeasured_count=1)
    for lines, tokens in (([untold], None), ([untold, line(tokens=1000)], 1000)):
        billing = post(lines)
        (row,) = bill_section(SIDES, billing).rows
        assert (row["billed_tokens"], row["billed_per_mtok"]) == (tokens, None)
        rows = compare_section(SIDES, ("model",), tally([], PRICES), [], billing=billing, cost="billed").rows
        assert [(each["input_tokens"], each["usd_per_mtok"]) for each in rows] == [(tokens, None)]


def test_amortised_cost_that_served_nobody_is_unallocated_too() -> None:
    billing = post([line(billed_cost=None, effective_cost=Decimal(5))], by=("caller",), direct=False)
    assert billing.unallocated == {("left", "acme/one"): 5}


def test_lines_in_a_currency_without_a_rate_keep_what_the_bill_says() -> None:
    billing = post([line(currency="CHF", billed_cost=Decimal(9), list_cost=Decimal(10), provisional_count=1)])
    (row,) = bill_section(SIDES, billing).rows
    assert (row["currency"], row["list_cost"], row["discount_ratio"]) == ("CHF", 10, 0.1)
    assert billing.provisional == 1
