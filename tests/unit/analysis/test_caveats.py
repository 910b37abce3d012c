"""Each caveat says its thing, and nothing where there is nothing to say."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from tests.unit.analysis.made import cell, pricing, rates, timed

from tokenaudit.analysis import caveats, price_caveats
from tokenaudit.analysis.compare import compare_section
from tokenaudit.analysis.tally import Tally, tally
from tokenaudit.model.columns import AZURE

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tokenaudit.model.report import Caveat

SIDES = ("left", "right")
ONE = pricing(rates({"input": "3"}), rates({"input": "2"}, provider=AZURE))
ARN = "arn:aws:bedrock:us-east-1:111122223333:"


def only(found: Iterable[Caveat]) -> Caveat:
    (caveat,) = found
    return caveat


def test_over_nothing_there_is_nothing_to_say() -> None:
    assert not [
        *price_caveats.unpriced(Tally()),
        *price_caveats.assumed(Tally(), []),
        *caveats.unresolved([]),
        *caveats.tokenless([]),
        *caveats.estimated([]),
        *caveats.unjoined([]),
        *caveats.vantages([]),
        *caveats.streaming(SIDES, []),
        *caveats.small_samples([]),
    ]


def test_over_plain_requests_there_is_nothing_to_say() -> None:
    cells = [cell({"input": 5}), cell({"input": 5}, side="right")]
    latencies = [timed(side=side, latency_n=400, first_token_n=400, vantages=("provider",)) for side in SIDES]
    counted = tally(cells, ONE)
    assert not [
        *caveats.empty_sides(SIDES, compare_section(SIDES, ("model",), counted, [])),
        *caveats.metered(cells),
        *price_caveats.unpriced(counted),
        *price_caveats.assumed(counted, cells),
        *caveats.unresolved(cells),
        *caveats.tokenless(cells),
        *caveats.estimated(cells),
        *caveats.unjoined(cells),
        *caveats.vantages(latencies),
        *caveats.streaming(SIDES, latencies),
        *caveats.small_samples(latencies),
    ]


def test_unpriced_tokens_by_model_and_reason_most_first() -> None:
    cells = [
        cell({"input": 5, "output": 7}),
        cell({"input": 1_234_567}, model="acme/two"),
        cell({"input": 1}, model=None, name="chat"),
    ]
    first, second, third = price_caveats.unpriced(tally(cells, ONE))
    assert (first.code, first.count) == ("unpriced", 1_234_567)
    assert first.text == ("acme/two: 1,234,567 tokens without a price, left out of every cost (no price for acme/two)")
    assert (second.count, third.count) == (7, 1)
    assert "acme/one: 7 tokens" in second.text
    assert "chat: 1 tokens" in third.text
    assert "model unknown" in third.text


def test_many_unpriced_models_are_named_up_to_ten_and_then_counted() -> None:
    found = list(price_caveats.unpriced(tally([cell({"input": n}, model=f"acme/x{n}") for n in range(1, 13)], ONE)))
    assert len(found) == 11
    assert [each.count for each in found] == [*range(12, 2, -1), 3]
    assert found[-1].text == "2 more models or kinds: 3 tokens without a price"


def test_assumed_scope_and_tier_with_count_share_and_provider() -> None:
    cells = [
        cell({"input": 5}, scope=None, requests=1),
        cell({"input": 5}, provider=AZURE, scope=None, tier=None, requests=2000),
        cell({"input": 5}, requests=1999),
    ]
    scope, tier = price_caveats.assumed(tally(cells, ONE), cells)
    assert (scope.code, scope.count) == ("assumed_scope", 2001)
    assert scope.text == (
        "scope is not in the log of 2,001 requests (50.0%; aws.bedrock, azure.ai.openai): "
        "priced Bedrock as regional, Azure as global"
    )
    assert (tier.code, tier.count) == ("assumed_scope", 2000)
    assert tier.text.endswith("(50.0%; azure.ai.openai): priced as standard")


def test_an_assumed_version_is_said() -> None:
    cells = [cell({"input": 5})]
    book = pricing(rates({"input": "3"}), rates({"input": "5"}, model_version="2024-05-13"))
    assert "at the price of the version without a date" in only(price_caveats.assumed(tally(cells, book), cells)).text


@pytest.mark.parametrize(
    ("provider", "name", "tier", "remedy"),
    [
        (None, f"{ARN}application-inference-profile/abc", None, "[[aws.inference_profiles]] with this arn"),
        (None, f"{ARN}provisioned-model/abc", None, "billed by model unit and hour"),
        (None, f"{ARN}imported-model/abc", None, "custom or imported model"),
        (None, "my-finetune-7", None, "under [models]"),
        (AZURE, "chat-prod", None, "[[azure.deployments]] with this name"),
        (AZURE, "chat-prod", "provisioned", "billed by model unit and hour"),
    ],
)
def test_an_unknown_model_comes_with_its_remedy(provider: str | None, name: str, tier: str | None, remedy: str) -> None:
    changes: dict[str, Any] = {} if provider is None else {"provider": provider}
    caveat = only(caveats.unresolved([cell(model=None, name=name, tier=tier, requests=1500, **changes)]))
    assert (caveat.code, caveat.count) == ("unresolved_model", 1500)
    assert caveat.text.startswith(f"{name}: 1,500 requests of an unknown model; ")
    assert remedy in caveat.text


def test_an_unknown_model_that_was_called_at_two_tiers_is_named_once() -> None:
    tiers = [cell(model=None, name="chat", tier=tier, requests=2) for tier in (None, "standard")]
    assert only(caveats.unresolved(tiers)).count == 4


def test_a_call_without_a_model_is_no_unknown_model() -> None:
    assert not list(caveats.unresolved([cell(model=None, name=None)]))


def test_many_unknown_models_are_named_up_to_ten_and_then_counted() -> None:
    cells = [cell(model=None, name=f"d{n}", requests=n) for n in range(1, 13)]
    found = list(caveats.unresolved([*cells, *cells]))
    assert [each.count for each in found] == [*range(24, 4, -2), 6]
    assert found[-1].text == "2 more names: 6 requests of unknown models"


def test_requests_without_tokens_by_side_and_source_of_the_whole_side() -> None:
    cells = [
        cell(source="azure.request_logs", requests=10, tokenless_count=9),
        cell({"input": 1}, requests=1990),
        cell({"input": 1}, side="right", requests=7),
    ]
    caveat = only(caveats.tokenless(cells))
    assert (caveat.code, caveat.count) == ("unknown_tokens", 9)
    assert caveat.text == (
        "left: 9 of 2,000 requests have no token counts in their log (azure.request_logs); no cost includes them"
    )


def test_extrapolated_requests_are_no_count() -> None:
    caveat = only(caveats.estimated([cell(requests=4000, estimated_count=1000), cell(estimated_count=500)]))
    assert (caveat.code, caveat.count) == ("estimated", 1500)
    assert caveat.text.startswith("1,500 requests extrapolated from sampled spans")


def test_request_logs_beside_gateway_logs_may_be_the_same_calls() -> None:
    alone = [cell(provider=AZURE, source="azure.request_logs", requests=n) for n in (3, 4)]
    gateway = cell(provider=AZURE, source="azure.gateway_logs", requests=100)
    caveat = only(caveats.unjoined([*alone, gateway]))
    assert (caveat.code, caveat.count) == ("unjoined_logs", 7)
    assert not list(caveats.unjoined(alone))
    assert not list(caveats.unjoined([gateway]))


def test_latency_from_different_places_is_said_with_the_places() -> None:
    latencies = [
        timed(latency_n=9, vantages=("provider",)),
        timed(side="right", latency_n=9, vantages=("gateway",)),
        timed(side="right", group=("x",), latency_n=9, vantages=("client", "gateway")),
        timed(side="silent"),
    ]
    caveat = only(caveats.vantages(latencies))
    assert caveat.code == "mixed_vantage"
    assert "(left at the provider; right at the client and the gateway)" in caveat.text
    assert not list(caveats.vantages(latencies[:1]))


def test_a_side_that_never_tells_its_first_token() -> None:
    latencies = [
        timed(latency_n=9, first_token_n=0),
        timed(side="right", latency_n=9, first_token_n=0),
        timed(side="right", group=("x",), latency_n=9, first_token_n=1),
    ]
    caveat = only(caveats.streaming(SIDES, latencies))
    assert (caveat.code, caveat.text.partition(":")[0]) == ("no_first_token", "left")
    assert not list(caveats.streaming(SIDES, [timed()])), "without any latency another caveat speaks"


@pytest.mark.parametrize(
    ("counts", "names"),
    [((71,), ["p95", "p99"]), ((72,), ["p99"]), ((367,), ["p99"]), ((368,), []), ((0,), [])],
)
def test_a_percentile_of_too_few_requests_is_only_a_hint(counts: tuple[int, ...], names: list[str]) -> None:
    found = list(caveats.small_samples([timed(latency_n=count) for count in counts]))
    assert [each.text.partition(" ")[0] for each in found] == names


def test_small_samples_are_counted_over_the_rows_that_have_latency() -> None:
    p95, p99 = caveats.small_samples([timed(latency_n=count) for count in (0, 10, 100, 1000)])
    assert (p95.code, p95.count, p99.count) == ("small_sample", 1, 2)
    assert "fewer than 72 requests in 1 of 3 rows" in p95.text
    assert "fewer than 368 requests in 2 of 3 rows" in p99.text


def test_a_side_without_requests_is_named() -> None:
    section = compare_section(SIDES, ("model",), tally([cell()], ONE), [])
    caveat = only(caveats.empty_sides(SIDES, section))
    assert (caveat.code, caveat.count) == ("empty_side", 0)
    assert caveat.text.startswith("right: no requests in this window")
