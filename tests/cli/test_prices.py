"""`prices list|show|diff|verify`, and `--price-book`: which book prices, and that an older one prices as it did."""

from __future__ import annotations

import csv
import io
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from tests.properties import ledgers, logs

from tokenaudit.catalogue.shipped import shipped_rates
from tokenaudit.catalogue.snapshots import save
from tokenaudit.config import Config, Loaded
from tokenaudit.ledger.ledger import open_for_reading
from tokenaudit.model.question import Filter
from tokenaudit.pipeline.price_changes import diff_report
from tokenaudit.pipeline.strictly import bad_data
from tokenaudit.pricing.book import PriceBook

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

    from tests.cli.conftest import Done

    from tokenaudit.model.rates import Rate

MINI = "openai/gpt-4.1-mini"
READ_ON = date(2026, 11, 25)


def cheaper(model: str, factor: str, since: date) -> list[Rate]:
    """The newest standard prices of a model, times a factor, from a day on."""
    return [
        replace(
            rate,
            usd_per_mtok=rate.usd_per_mtok * Decimal(factor),
            valid_from=since,
            source="newer list",
            source_date=READ_ON,
        )
        for rate in shipped_rates()
        if rate.model == model and rate.valid_until is None and rate.tier == "standard"
    ]


@pytest.fixture
def snapshot(home: Path) -> Callable[[Iterable[Rate], date], str]:
    """Puts rates among the user's snapshots; gives the snapshot's hash."""

    def write(rates: Iterable[Rate], day: date = READ_ON) -> str:
        return save(home / ".local" / "share" / "tokenaudit" / "prices", rates, day).sha256

    return write


def test_list_has_the_prices_of_a_day_with_layer_and_source(inside: Callable[..., Done]) -> None:
    wanted = ("prices", "list", "--provider", "azure", "--model", "gpt-5.6-luna", "--format", "json")
    july, august = (inside(*wanted, "--on", day) for day in ("2026-07-31", "2026-08-01"))
    for done, price in ((july, 1), (august, 0.2)):
        assert done.code == 0, done
        (row,) = (
            row
            for row in done.rows("prices")
            if (row["scope"], row["tier"], row["token_kind"], row["prompt_band"])
            == ("global", "standard", "input", None)
        )
        assert row["usd_per_mtok"] == price
        assert (row["layer"], row["source"], row["provider"]) == ("official", "azure-retail-prices", "azure.ai.openai")
    assert july.report["window"] == {"since": "2026-07-31T00:00:00Z", "until": "2026-08-01T00:00:00Z"}
    assert july.report["provenance"]["price_book"]["sha256"]


@pytest.mark.parametrize("fmt", ["table", "csv", "jsonl", "markdown"])
def test_list_in_every_format(inside: Callable[..., Done], fmt: str) -> None:
    done = inside("prices", "list", "--model", "claude-sonnet-4-5", "--on", "2026-10-01", "--format", fmt)
    assert done.code == 0, done
    assert "aws-price-list" in done.out


def test_list_shows_a_price_of_one_s_own_beside_the_official_one(inside: Callable[..., Done], here: Path) -> None:
    (here / "prices.csv").write_text(
        "provider,model,scope,tier,token_kind,usd_per_mtok,valid_from\n"
        f"azure,{MINI},global,standard,input,0.3,2026-01-01\n",
        encoding="utf-8",
    )
    (here / "tokenaudit.toml").write_text('[prices]\noverrides = "prices.csv"\n', encoding="utf-8")
    done = inside("prices", "list", "--model", MINI, "--on", "2026-10-01", "--format", "csv")
    place = ("global", "standard", "input")
    found = {
        (row["layer"], row["source"], row["usd_per_mtok"])
        for row in csv.DictReader(io.StringIO(done.out))
        if (row["scope"], row["tier"], row["token_kind"]) == place
    }
    assert found == {("contract", "prices.csv line 2", "0.3"), ("official", "azure-retail-prices", "0.4")}


def test_list_of_nothing_is_an_error(inside: Callable[..., Done]) -> None:
    inside("prices", "list", "--on", "2019-01-01").refused(3)
    inside("prices", "list", "--on", "someday").refused(2)


def test_show_has_every_price_of_a_model_over_time(inside: Callable[..., Done]) -> None:
    done = inside("prices", "show", "gpt-5.6-luna", "--format", "json")
    assert done.code == 0, done
    rows = [
        row
        for row in done.rows("prices")
        if (row["provider"], row["scope"], row["tier"], row["token_kind"], row["prompt_band"])
        == ("azure.ai.openai", "global", "standard", "input", None)
    ]
    assert [(row["usd_per_mtok"], row["valid_until"]) for row in rows] == [(1, "2026-08-01"), (0.2, None)]
    assert {row["model"] for row in done.rows("prices")} == {"openai/gpt-5.6-luna"}


def test_show_of_an_unknown_model_names_near_ones(inside: Callable[..., Done]) -> None:
    _, hint = inside("prices", "show", "claude-sonet-4-5").refused(3)
    assert "anthropic/claude-sonnet-4-5" in hint


def test_diff_shows_a_back_dated_cut_and_what_it_makes_of_the_ledger(
    inside: Callable[..., Done], ledger: Path, snapshot: Callable[..., str]
) -> None:
    snapshot(cheaper(MINI, "0.5", date(2026, 10, 1)))
    done = inside("prices", "diff", "shipped", "2026-11-25", "--ledger", ledger, "--format", "json")
    assert done.code == 0, done
    (books,) = done.rows("books")
    assert (books["added"], books["removed"]) == (0, 0)
    changed = done.rows("changes")
    assert books["changed"] == len(changed) > 0
    assert {(row["change"], row["model"], row["since"], row["until"]) for row in changed} == {
        ("changed", MINI, "2026-10-01", None)
    }
    assert {row["change_ratio"] for row in changed} == {-0.5}
    assert {row["after_source"] for row in changed} == {"newer list"}
    costs = {row["model"]: row for row in done.rows("cost")}
    assert costs[MINI]["after_cost_usd"] == pytest.approx(costs[MINI]["before_cost_usd"] / 2)
    assert costs["anthropic/claude-sonnet-4-5"]["change_usd"] == 0
    for name in ("before_cost_usd", "after_cost_usd", "change_usd"):
        assert costs["total"][name] == pytest.approx(sum(costs[model][name] for model in costs if model != "total"))


def test_no_change_of_cost_is_told_where_the_books_price_different_tokens(ledger: Path, tmp_path: Path) -> None:
    whole = PriceBook(shipped_rates())
    part = PriceBook([rate for rate in shipped_rates() if (rate.model, rate.kind) != (MINI, "output")])
    report = diff_report(part, whole, open_for_reading(ledger), Loaded(Config(), tmp_path, None), Filter())
    costs: dict[Any, dict[str, Any]] = {row["model"]: dict(row) for row in report.section("cost").rows}
    for name in (MINI, "total"):
        assert costs[name]["before_cost_usd"] < costs[name]["after_cost_usd"], name
        assert (costs[name]["change_usd"], costs[name]["change_ratio"]) == (None, None), name
    assert costs["anthropic/claude-sonnet-4-5"]["change_usd"] == 0
    (said,) = [each for each in report.caveats if each.code == "priced_by_one"]
    assert MINI in said.text


def test_diff_says_what_neither_book_has_a_price_for(ledger: Path, tmp_path: Path) -> None:
    """A model without a price was not there at all, and what was assumed was in silence."""
    whole = PriceBook(shipped_rates())
    part = PriceBook([rate for rate in shipped_rates() if rate.model != MINI])

    def codes(before: PriceBook, after: PriceBook, of: str = "") -> set[str]:
        report = diff_report(before, after, open_for_reading(ledger), Loaded(Config(), tmp_path, None), Filter())
        return {each.code for each in report.caveats if of in each.text}

    assert codes(part, part, MINI) == {"unpriced"}
    assert codes(whole, part, MINI) == {"priced_by_one"}, "it is in the cost of one of the books"
    assert "assumed_scope" in codes(whole, whole)


@pytest.mark.parametrize(
    ("other", "said"),
    [
        ({"timestamp": "no time"}, "rejects"),
        ({"modelId": "amazon.nova-pro-v1:0", "region": "mx-central-1"}, "unpriced"),
    ],
)
def test_diff_heeds_strict(inside: Callable[..., Done], here: Path, other: dict[str, str], said: str) -> None:
    """It was taken, and a record that was refused or a price that was assumed made no difference."""
    diff = ("prices", "diff", "shipped", "--format", "json", "--strict", "--ledger")
    records = [logs.bedrock(1), {**logs.bedrock(2), **other}]
    sure, doubtful = (
        ledgers.taken(here / name, [logs.write(here / f"{name}.json", of)])
        for name, of in (("sure", records[:1]), ("doubtful", records))
    )
    assert inside(*diff, sure).code == 0
    done = inside(*diff, doubtful)
    assert (done.code, done.report["verdict"]["exit_code"]) == (3, 3)
    assert done.err.startswith(f"error: --strict: {said} ")


def test_what_one_book_alone_prices_is_no_good_under_strict(ledger: Path, tmp_path: Path) -> None:
    whole = PriceBook(shipped_rates())
    part = PriceBook([rate for rate in shipped_rates() if rate.kind != "output"])
    report = diff_report(part, whole, open_for_reading(ledger), Loaded(Config(), tmp_path, None), Filter(), strict=True)
    assert "priced_by_one" in bad_data(report.caveats)


def test_diff_without_a_ledger_compares_the_prices_alone(
    inside: Callable[..., Done], snapshot: Callable[..., str], here: Path
) -> None:
    new = replace(cheaper(MINI, "1", date(2026, 10, 1))[0], model="acme/new")
    digest = snapshot([new])
    done = inside("prices", "diff", "shipped", digest[:8], "--format", "json")
    assert done.code == 0, done
    assert [(row["change"], row["model"]) for row in done.rows("changes")] == [("added", "acme/new")]
    assert "no_ledger" in done.caveats
    inside("prices", "diff", "shipped", "--ledger", here / "nowhere").refused(3)


def test_the_newest_snapshot_prices_and_an_older_book_prices_as_it_did_to_the_last_digit(
    inside: Callable[..., Done], ledger: Path, snapshot: Callable[..., str]
) -> None:
    compare = ("compare", "--ledger", ledger, "--format", "json")
    shipped = inside(*compare)
    book = shipped.report["provenance"]["price_book"]
    first = snapshot(cheaper(MINI, "0.5", date(2026, 10, 1)), date(2026, 11, 25))
    cut = inside(*compare)
    second = snapshot(cheaper(MINI, "0.25", date(2026, 10, 1)), date(2026, 11, 26))
    cut_again = inside(*compare)
    costs = [
        next(row["list_cost_usd"] for row in done.rows() if row["model"] == MINI) for done in (shipped, cut, cut_again)
    ]
    assert costs[1:] == [pytest.approx(costs[0] / 2), pytest.approx(costs[0] / 4)]
    older = cut.report["provenance"]["price_book"]
    for reference in ("shipped", book["date"], book["sha256"], book["sha256"][:12]):
        assert inside(*compare, "--price-book", reference).out == shipped.out, reference
    for reference in ("2026-11-25", first, older["sha256"], older["sha256"][:8].upper()):
        assert inside(*compare, "--price-book", reference).out == cut.out, reference
    assert inside(*compare, "--price-book", second).out == cut_again.out


def test_a_date_that_two_books_have_is_refused_with_their_hashes(
    inside: Callable[..., Done], snapshot: Callable[..., str]
) -> None:
    shipped = max(rate.source_date for rate in shipped_rates())
    snapshot(cheaper(MINI, "0.5", date(2026, 10, 1)), shipped)
    listed = ("prices", "list", "--model", MINI, "--on", "2026-10-01", "--format", "json")
    message, hint = inside(*listed, "--price-book", shipped.isoformat()).refused(2)
    assert "2 price books are of" in message
    digests = hint.partition(": ")[2].split(", ")
    books = {inside(*listed, "--price-book", each).report["provenance"]["price_book"]["sha256"] for each in digests}
    assert len(books) == 2
    assert all(any(book.startswith(each) for each in digests) for book in books)


@pytest.mark.parametrize(
    "command", [("compare",), ("explain",), ("reconcile",), ("prices", "list"), ("prices", "show", MINI)]
)
def test_an_unknown_book_is_refused_with_those_that_there_are(
    inside: Callable[..., Done], ledger: Path, command: tuple[str, ...]
) -> None:
    for reference in ("2020-01-01", "abcdef0123", "ab"):
        message, hint = inside(*command, "--ledger", ledger, "--price-book", reference).refused(2)
        assert reference in message
        assert "shipped: " in hint


def test_a_report_is_found_by_its_hash_with_the_prices_of_one_s_own(
    inside: Callable[..., Done], ledger: Path, here: Path, snapshot: Callable[..., str]
) -> None:
    (here / "prices.csv").write_text(
        "provider,model,scope,tier,token_kind,usd_per_mtok,valid_from\n"
        f"azure,{MINI},global,standard,input,0.3,2026-01-01\n",
        encoding="utf-8",
    )
    (here / "tokenaudit.toml").write_text('[prices]\noverrides = "prices.csv"\n', encoding="utf-8")
    compare = ("compare", "--ledger", ledger, "--format", "json")
    before = inside(*compare)
    assert "prices.csv" in before.caveats["contract_price"]
    snapshot(cheaper(MINI, "0.5", date(2026, 10, 1)))
    reference = before.report["provenance"]["price_book"]["sha256"]
    assert inside(*compare, "--price-book", reference).out == before.out
    (here / "prices.csv").write_text(
        "provider,model,scope,tier,token_kind,usd_per_mtok,valid_from\n"
        f"azure,{MINI},global,standard,input,0.2,2026-01-01\n",
        encoding="utf-8",
    )
    inside(*compare, "--price-book", reference).refused(2)


def test_explain_names_the_layer_and_the_book(
    inside: Callable[..., Done], ledger: Path, snapshot: Callable[..., str]
) -> None:
    snapshot(cheaper(MINI, "0.5", date(2026, 10, 1)))
    newer = inside("explain", "--ledger", ledger, "--model", MINI)
    assert "official price, newer list of 2026-11-25" in newer.out
    older = inside("explain", "--ledger", ledger, "--model", MINI, "--price-book", "shipped")
    assert "official price, azure-retail-prices" in older.out


def test_verify_tells_disagreements_with_both_values_and_ends_well(inside: Callable[..., Done], ledger: Path) -> None:
    command = ("prices", "verify", "--on", "2026-11-25", "--ledger", ledger, "--format", "json")
    done = inside(*command)
    assert (done.code, done.report["verdict"]["status"]) == (0, "pass"), done
    counts = {row["against"]: row for row in done.rows("verified")}
    assert counts["catalogue"]["compared"] > 300
    found = done.rows("disagreements")
    assert counts["catalogue"]["disagree"] == len(found)
    for row in found:
        assert abs(row["difference_ratio"]) > 0.005
        assert row["book_usd_per_mtok"] != row["other_usd_per_mtok"]
        assert row["book_source"]
        assert row["other_source"].startswith("genai-prices ")
    strict = inside(*command, "--strict")
    assert strict.code == (1 if found else 0)
    assert strict.rows("disagreements") == found


def test_verify_finds_a_price_that_is_ten_times_too_low(
    inside: Callable[..., Done], snapshot: Callable[..., str]
) -> None:
    snapshot(cheaper("amazon/nova-pro", "0.1", date(2026, 10, 1)))
    done = inside("prices", "verify", "--on", "2026-11-25", "--strict", "--format", "json")
    assert (done.code, done.report["verdict"]["status"]) == (1, "mismatch")
    assert {row["model"] for row in done.rows("disagreements")} >= {"amazon/nova-pro"}
    assert "prices_disagree" in done.caveats
    assert "no_ledger" in done.caveats
