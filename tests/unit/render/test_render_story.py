"""What an audit comes to: figures of the sections, and no word of what they do not tell."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from tests.unit.render import audits
from tests.unit.render.conftest import SONNET, comparison, usage

from tokenaudit.render.story import story

if TYPE_CHECKING:
    from tokenaudit.model.report import Report, Value

MODEL = "anthropic/claude-sonnet-4-5"
LATENCY = (3_912.0, 11_876.0, 19_240.0)


def pair(latency: tuple[float, ...] | None = LATENCY, **changes: Value) -> Report:
    """One model on both sides."""
    rows = [
        usage("bedrock", 100, (800_000, 200_000, 0, 100_000), SONNET, LATENCY, model=MODEL),
        usage("azure", 100, (900_000, 100_000, 0, 100_000), SONNET, latency, model=MODEL) | changes,
    ]
    return comparison(rows, "model")


def with_totals(report: Report, **changes: Value) -> Report:
    """The second side's totals changed."""
    sections = tuple(
        replace(each, rows=(each.rows[0], each.rows[1] | changes)) if each.id == "totals" else each
        for each in report.sections
    )
    return replace(report, sections=sections)


def told(report: Report) -> str:
    return "\n".join(story(report))


def test_prices_of_both_sides_and_how_far_apart_they_are() -> None:
    assert "1M tokens cost $3.07 on bedrock and $2.41 on azure at list price (-21.6% on azure)." in told(pair())


def test_a_price_that_is_not_known_is_said_to_be_so() -> None:
    text = told(with_totals(pair(), usd_per_mtok=None, priced_ratio=0.0))
    assert "1M tokens cost $3.07 on bedrock at list price." in text
    assert "What 1M tokens cost on azure is not known." in text
    assert "None of the tokens of azure has a price." in text


def test_a_share_without_a_price_is_never_said_to_be_all() -> None:
    text = told(with_totals(pair(), priced_ratio=0.99999))
    assert "Only >99.9% of the tokens of azure have a price: its list cost is too low." in text


def test_one_model_on_both_sides_is_held_against_itself() -> None:
    text = told(pair())
    assert (
        f"{MODEL}: 1M tokens cost $3.60 on bedrock and $3.85 on azure (+6.8% on azure); 20.0% and 10.0% of its" in text
    )
    assert f"{MODEL}: half of the requests are answered within 3.91 s on bedrock and 3.91 s on azure, 95%" in text
    assert "(100 and 100 measured)" in text
    assert "like for like" not in text


def test_an_unknown_hit_ratio_or_price_leaves_its_sentence_out() -> None:
    assert "from a cache" not in told(pair(cache_hit_ratio=None))
    assert f"{MODEL}: 1M tokens" not in told(pair(usd_per_mtok=None))


def test_a_side_whose_logs_tell_no_latency_is_named() -> None:
    text = told(pair(latency=None))
    assert "How fast azure answers is not known: none of its logs says." in text
    assert "half of the requests" not in text


def test_different_models_are_not_like_for_like() -> None:
    rows = [
        usage("bedrock", 10, (1_000, 0, 0, 10), SONNET, LATENCY, model="a/one"),
        usage("azure", 10, (1_000, 0, 0, 10), SONNET, LATENCY, model="b/two"),
    ]
    assert "no work is on both sides" in told(comparison(rows, "model"))
    both = comparison([*rows, usage("azure", 10, (900, 0, 0, 10), SONNET, LATENCY, model="a/one")], "model")
    assert "That is not like for like: 1 of 2 models are on one side only." in told(both)


def test_models_that_have_no_name_are_not_the_same() -> None:
    rows = [usage(side, 10, (1_000, 0, 0, 10), None, LATENCY, model=None) for side in ("bedrock", "azure")]
    columns = ("model", "side", "standardised_mean_ms", "vantage")
    means = ((None, side, 7_326.0, "provider") for side in ("bedrock", "azure"))
    like = audits.section("latency_standardised", "Latency like for like", columns, *means)
    text = told(audits.audit_of(comparison(rows, "model"), like))
    assert "That is not like for like: no work is known to be on both sides." in text
    assert "answered within" not in text
    assert "alike" not in text


def test_a_group_without_a_value_has_the_name_that_tables_give_it() -> None:
    columns = ("tag:team", "side", "standardised_mean_ms", "vantage")
    rows = [usage(s, 10, (1_000, 0, 0, 10), SONNET, LATENCY) | {"tag:team": None} for s in ("bedrock", "azure")]
    like = audits.section(
        "latency_standardised", "Like for like", columns, *((None, s, 7.0, "provider") for s in ("bedrock", "azure"))
    )
    text = told(audits.audit_of(comparison(rows, "tag:team"), like))
    assert "(team not known): on prompts and answers alike" in text


def test_paired_models_of_several_rows_are_on_both_sides() -> None:
    rows = [
        usage(side, 10, (1_000, 0, 0, 10), SONNET, LATENCY, model=model) | {"match": "one = two"}
        for side, model in (("bedrock", "a/one"), ("azure", "a/one"), ("azure", "b/two"))
    ]
    text = told(comparison(rows, "model", "match"))
    assert "no work is on both sides" not in text
    assert "not like for like" not in text


def test_bills_with_what_is_off_list_price() -> None:
    report = with_totals(pair(), billed_cost_usd=203.5, discount_ratio=0.1194)
    assert "The bills say $203.50 for azure (11.9% off list price)." in told(report)
    assert "(11.9% above list price)" in told(with_totals(pair(), billed_cost_usd=1, discount_ratio=-0.1194))
    assert "for azure.\n" in told(with_totals(pair(), billed_cost_usd=1, discount_ratio=None)) + "\n"
    assert "The bills" not in told(pair())


def test_what_the_bills_say_besides_is_not_passed_over() -> None:
    columns = ("side", "charge_category", "what", "currency", "billed_cost")
    rows = (("azure", "Tax", None, "USD", 9), ("azure", "Unallocated", "Consumption Unit", "USD", 5.43))
    beside = audits.section("beside", "Beside the price", columns, *rows)
    billed = audits.section("bill", "What was billed", ("side", "currency"), ("bedrock", "USD"), ("azure", "EUR"))
    text = told(audits.audit_of(with_totals(pair(), billed_cost_usd=1.1), beside, billed))
    assert "Beside that they say $5.43 for azure (Consumption Unit), for no request that the logs know." in text
    assert "$9" not in text
    assert "What the bills say in EUR for azure is in no sum." in text
    assert "bedrock is in no sum" not in text


def test_what_moved_the_cost() -> None:
    effects = "the largest effects: volume +$4.10, cache hit -$3.05, prompt tokens +$2.40."
    report = audits.audit_of(with_totals(pair(), priced_ratio=1.0), audits.effects())
    assert f"\nazure costs $2.45 more than bedrock at list price; {effects}" in told(report)


def test_what_moved_the_cost_is_of_list_cost_whatever_the_bill_says_and_of_priced_tokens() -> None:
    report = audits.audit_of(with_totals(pair(), cost_basis="billed", priced_ratio=0.4), audits.effects())
    assert "Of what logs tell and has a price, azure costs $2.45 more than bedrock at list price;" in told(report)
    contracted = audits.audit_of(with_totals(pair(), cost_basis="contracted"), audits.effects())
    assert "azure costs $2.45 more than bedrock at the prices of the contract;" in told(contracted)


def test_an_effect_that_moved_nothing_is_no_largest_effect() -> None:
    effects = audits.effects()
    still = replace(
        effects, rows=tuple({**row, "usd": row["usd"] if row["effect"] == "price" else 0} for row in effects.rows)
    )
    text = told(audits.audit_of(pair(), still))
    assert "; effects: price " in text
    assert "$0.00" not in text


def test_how_much_of_usage_and_bill_agrees() -> None:
    text = told(audits.audit_of(pair(), audits.heat(7)))
    assert "Usage and bill agree for 4 of 12 pairs of a model and a day; the others are off by 2.26k tokens" in text
    assert "(kind shift, overlogged, unlogged, unlogged excess)" in text
    good = audits.heat(1)
    good = replace(good, rows=good.rows[:1])
    assert "Usage and bill agree for 1 of 1 pairs of a model and a day." in told(audits.audit_of(pair(), good))


def test_without_a_section_nothing_is_said_of_it() -> None:
    text = told(pair())
    assert "largest effects" not in text
    assert "agree" not in text
    assert "alike" not in text


def test_like_for_like_where_both_sides_have_a_mean() -> None:
    columns = ("model", "side", "standardised_mean_ms", "vantage")
    rows = ((MODEL, "bedrock", 7_326.0, "provider"), (MODEL, "azure", 5_344.0, "gateway"))
    like = audits.section("latency_standardised", "Latency like for like", columns, *rows)
    said = f"{MODEL}: on prompts and answers alike, the mean is 7,326 ms on bedrock and 5,344 ms on azure"
    assert said + " (-27.1% on azure), measured at the provider and gateway." in told(audits.audit_of(pair(), like))
    unknown = replace(like, rows=(like.rows[0], like.rows[1] | {"standardised_mean_ms": None}))
    assert "alike" not in told(audits.audit_of(pair(), unknown))
