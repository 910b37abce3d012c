"""Which of several accounts of the same calls is counted."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from itertools import permutations

import pytest

from tokenaudit.ledger.choose import Choice, Coverage, choose, choose_bills
from tokenaudit.model.cells import BillPresence, Exclusion, Presence
from tokenaudit.model.columns import AZURE, BEDROCK

DAY = date(2026, 10, 1)
SPANS, GATEWAY, REQUESTS, AWS = "otel.spans", "azure.gateway_logs", "azure.request_logs", "aws.invocation_logs"
METERED = "azure.metrics"


def there(
    source: str,
    *,
    account: str | None = "sub-1",
    model: str | None = "openai/gpt-4.1",
    day: date = DAY,
    provider: str = AZURE,
    requests: int = 10,
    tells_tokens: bool | None = None,
) -> Presence:
    tells = source != REQUESTS if tells_tokens is None else tells_tokens
    return Presence(provider, account, model, day, source, requests, 100 * requests if tells else None)


def left_out(choice: Choice) -> list[str]:
    return sorted({each.source for each in choice.exclusions})


@pytest.mark.parametrize(
    ("sources", "out"),
    [
        ([], []),
        ([SPANS], []),
        ([GATEWAY], []),
        ([REQUESTS], []),
        ([GATEWAY, REQUESTS], []),  # joined by call already; what is left passed the gateway by
        ([GATEWAY, SPANS], [SPANS]),
        ([REQUESTS, SPANS], [REQUESTS]),
        ([GATEWAY, REQUESTS, SPANS], [REQUESTS, SPANS]),
        ([AWS, SPANS], [SPANS]),
        ([METERED], []),
        ([GATEWAY, METERED], [METERED]),
        ([SPANS, METERED], [METERED]),
        ([REQUESTS, METERED], [REQUESTS]),
        ([GATEWAY, REQUESTS, METERED], [METERED, REQUESTS]),
    ],
)
def test_of_each_set_of_sources_in_any_order(sources: list[str], out: list[str]) -> None:
    for order in permutations(there(source) for source in sources):
        choice = choose(order)
        assert left_out(choice) == sorted(out)
        assert choice.undecided_requests == 0


def test_request_logs_that_do_tell_tokens_come_before_spans() -> None:
    assert left_out(choose([there(REQUESTS, tells_tokens=True), there(SPANS)])) == [SPANS]


def test_an_exclusion_names_exactly_what_is_left_out() -> None:
    spans = there(SPANS, model=None, account=None)
    choice = choose([spans, there(GATEWAY, model=None)])
    assert choice.exclusions == (Exclusion(AZURE, None, None, DAY, SPANS),)


@pytest.mark.parametrize(
    "other",
    [
        there(GATEWAY, model="openai/gpt-4o"),
        there(GATEWAY, day=date(2026, 10, 2)),
        there(GATEWAY, provider=BEDROCK),
        there(GATEWAY, account="sub-2"),
    ],
    ids=["model", "day", "provider", "account"],
)
def test_another_model_day_provider_or_account_is_another_matter(other: Presence) -> None:
    assert choose([there(SPANS), other]) == Choice((), 0)


@pytest.mark.parametrize(("span", "log"), [(None, "sub-1"), ("sub-1", None), (None, None)])
def test_an_unknown_account_is_the_only_one_that_the_day_knows(span: str | None, log: str | None) -> None:
    choice = choose([there(SPANS, account=span), there(GATEWAY, account=log)])
    assert left_out(choice) == [SPANS]
    assert choice.exclusions[0].account == span


def test_with_several_accounts_on_the_day_an_unknown_one_is_undecided_and_counted() -> None:
    entries = [there(SPANS, account=None, requests=7), there(GATEWAY), there(GATEWAY, account="sub-2", model="x/y")]
    assert choose(entries) == Choice((), 7)
    elsewhere = [
        there(SPANS, account=None, requests=7),
        there(GATEWAY),
        there(GATEWAY, account="sub-2", provider=BEDROCK),
    ]
    assert left_out(choose(elsewhere)) == [SPANS], "another provider's accounts are no reason to doubt"


def test_a_log_of_an_unknown_account_leaves_spans_of_a_known_one_undecided() -> None:
    entries = [there(GATEWAY, account=None), there(SPANS, requests=3), there(SPANS, account="sub-2", requests=4)]
    assert choose(entries) == Choice((), 7)


def test_a_known_account_is_decided_beside_an_unknown_one() -> None:
    entries = [
        there(SPANS, account="sub-1"),
        there(GATEWAY, account="sub-1"),
        there(GATEWAY, account=None),
        there(GATEWAY, account="sub-2"),
    ]
    assert choose(entries) == Choice((Exclusion(AZURE, "sub-1", "openai/gpt-4.1", DAY, SPANS),), 0)


def test_accounts_are_told_apart_a_day_at_a_time() -> None:
    later = date(2026, 10, 2)
    entries = [
        there(SPANS, account=None),
        there(GATEWAY, account="sub-1"),
        there(GATEWAY, account="sub-2", day=later),
    ]
    assert left_out(choose(entries)) == [SPANS]


def test_requests_without_tokens_keep_their_durations_beside_metrics() -> None:
    (exclusion,) = choose([there(REQUESTS), there(METERED)]).exclusions
    assert (exclusion.source, exclusion.keeps_latency) == (REQUESTS, True)
    (exclusion,) = choose([there(REQUESTS), there(SPANS)]).exclusions
    assert not exclusion.keeps_latency


def test_coverage_is_what_the_chosen_logs_saw_of_the_metered_tokens() -> None:
    entries = [
        there(GATEWAY, requests=9),
        there(SPANS, requests=50),
        there(METERED, requests=10),
        there(METERED, requests=10, day=date(2026, 10, 2)),
        there(GATEWAY, requests=7, day=date(2026, 10, 3)),
    ]
    (coverage,) = choose(entries).coverage
    assert coverage == Coverage(AZURE, metered_tokens=2000, logged_tokens=900)
    assert coverage.ratio == 0.45
    assert Coverage(AZURE, 100, 120).ratio == 1.0, "logs may see more than metrics count"


def test_an_unknown_account_covers_the_only_known_one() -> None:
    (coverage,) = choose([there(GATEWAY, account=None, requests=10), there(METERED, requests=10)]).coverage
    assert coverage.ratio == 1.0


OCTOBER = date(2026, 10, 31)


def bill(
    source: str, account: str | None = "111122223333", month: int = 10, *, last: date | None = None
) -> BillPresence:
    begin = date(2026, month, 1)
    return BillPresence(BEDROCK, account, begin, source, 5, begin, last or begin, last or begin)


def dropped(*bills: BillPresence) -> list[tuple[str, str | None]]:
    """Source and account of what is left out, in whatever order they come."""
    found = {tuple((each.source, each.account) for each in choose_bills(order)) for order in permutations(bills)}
    (one,) = {tuple(sorted(each, key=str)) for each in found}
    return list(one)


def test_each_month_of_an_account_is_counted_from_the_most_detailed_bill() -> None:
    bills = [bill("aws.cost_explorer"), bill("aws.cur"), bill("focus"), bill("focus", month=9), bill("x", "4444")]
    for order in permutations(bills):
        assert {each.source for each in choose_bills(order)} == {"aws.cost_explorer", "focus"}
        assert all(each.billing_period.month == 10 for each in choose_bills(order))
    assert choose_bills([]) == ()


def test_a_bill_that_names_no_account_is_not_counted_beside_one_that_does() -> None:
    asked_without_accounts = bill("aws.cost_explorer", account=None)
    left = [("aws.cost_explorer", None)]
    assert dropped(asked_without_accounts, bill("aws.cur"), bill("aws.cur", "4444")) == left
    assert dropped(bill("aws.cur", account=None), bill("aws.cost_explorer")) == [("aws.cost_explorer", "111122223333")]
    assert choose_bills([asked_without_accounts, bill("aws.cur", month=9)]) == ()


def test_a_bill_that_is_left_out_itself_keeps_no_account_out() -> None:
    """The bill of all gives way to that of one account: the others are counted from whatever tells them."""
    of_all = bill("focus", account=None)
    mine, others = bill("aws.cost_explorer"), bill("aws.cost_explorer", "4444")
    assert dropped(bill("aws.cur", "4444"), of_all, mine) == [("focus", None)]
    assert dropped(bill("aws.cur", "4444"), of_all, mine, others) == [("aws.cost_explorer", "4444"), ("focus", None)]


def test_days_that_a_bill_of_all_goes_on_with_are_counted_once() -> None:
    """The better report of another account stops: from there on the bill of all is that of this account too."""
    cur, of_all = bill("aws.cur", "4444", last=date(2026, 10, 14)), bill("focus", None, last=date(2026, 10, 16))
    mine = bill("aws.cost_explorer", last=OCTOBER)
    for order in permutations([cur, of_all, mine]):
        found = {each.source: each for each in choose_bills(order)}
        assert (found["focus"].since, found["focus"].through) == (None, cur.last_day)
        part = found["aws.cost_explorer"]
        assert (part.since, part.through) == (cur.last_day, of_all.last_day)
        assert (part.goes_on, part.is_counted) == (OCTOBER, True)
    for early in (replace(mine, last_day=cur.last_day), replace(mine, last_start=None, last_day=None)):
        assert dropped(cur, of_all, early) == [("focus", None)]


def test_lines_of_a_bill_that_are_of_no_account_stay() -> None:
    """Credits of the billing account: the other bill has none."""
    bills = [bill("focus"), bill("focus", account=None), bill("aws.cur"), bill("focus", "4444")]
    assert dropped(*bills) == [("focus", "111122223333")]


def test_a_bill_that_stops_leaves_later_days_to_the_next() -> None:
    cur, focus = bill("aws.cur", last=date(2026, 10, 14)), bill("focus", last=date(2026, 10, 16))
    answer = bill("aws.cost_explorer", None, last=OCTOBER)
    for order in permutations([cur, focus, answer]):
        found = {each.source: each for each in choose_bills(order)}
        assert found["focus"].through == date(2026, 10, 14)
        assert (found["focus"].goes_on, found["focus"].is_counted) == (date(2026, 10, 16), True)
        last = found["aws.cost_explorer"]
        assert (last.better, last.through, last.goes_on, last.is_counted) == ("focus", focus.last_day, OCTOBER, True)
    (whole,) = choose_bills([bill("aws.cur", last=OCTOBER), answer])
    assert (whole.through, whole.goes_on, whole.is_counted) == (OCTOBER, None, False)


def test_a_line_for_a_month_is_not_counted_beside_days_of_it() -> None:
    month = replace(bill("aws.cost_explorer"), last_day=OCTOBER)
    (part,) = choose_bills([bill("aws.cur", last=date(2026, 10, 14)), month])
    assert (part.through, part.goes_on, part.is_counted) == (date(2026, 10, 14), OCTOBER, False)
    (whole,) = choose_bills([replace(bill("aws.cur"), last_day=None), month])
    assert whole.through is None, "it tells credits alone: nobody knows how far it goes"


def test_a_bill_of_which_nothing_counts_keeps_no_other_out() -> None:
    """Its line for a month was in no sum, and days that a third one tells were left out because of it."""
    cur, month = bill("aws.cur", last=date(2026, 10, 14)), replace(bill("focus"), last_day=OCTOBER)
    answer = bill("aws.cost_explorer", last=date(2026, 10, 20))
    for order in permutations([cur, month, answer]):
        found = {each.source: each for each in choose_bills(order)}
        assert not found["focus"].is_counted
        last = found["aws.cost_explorer"]
        assert (last.better, last.through, last.is_counted) == ("aws.cur", cur.last_day, True)
    assert dropped(bill("aws.cur"), bill("focus", None), bill("aws.cost_explorer", "4444")) == [("focus", None)]
