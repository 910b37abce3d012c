"""The Bedrock prices of the book against two public catalogues that were made from the AWS Price List.

Neither is in the repository: they are taken from the folder that $TOKENAUDIT_SHARED names. Each price of theirs is
looked up under what a log says of such a call; where the book has another or none, the reason stands here.
"""

from __future__ import annotations

import json
import os
import re
from collections import Counter
from datetime import date
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import pytest

from tokenaudit.catalogue.shipped import load_rates
from tokenaudit.model.columns import BEDROCK
from tokenaudit.model.meters.aws_models import model_of
from tokenaudit.model.models import from_bedrock_id
from tokenaudit.model.rates import PROMPT_BANDS, RateKey
from tokenaudit.pricing.book import PriceBook
from tokenaudit.pricing.resolve import resolve

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parents[3]
SHARED = Path(os.environ.get("TOKENAUDIT_SHARED") or ROOT.parent / "shared")
PRICES = SHARED / "samples" / "prices"
TOLERANCE = Decimal("0.005")

pytestmark = pytest.mark.skipif(not PRICES.is_dir(), reason="TOKENAUDIT_SHARED has no samples of prices")


class Fact(NamedTuple):
    """What a catalogue says: its own name of the model, and the price of a million tokens."""

    name: str
    key: RateKey
    usd_per_mtok: Decimal


# Of the catalogue whose regions are us-east-1, us-west-2, eu-central-1 and "global": pattern of its names -> why.
ARGUED_BY_REGION = {
    r"nova2\.0omni": "the prices of its media differ, and the ledger counts pictures with text",
    r"nova2\.0(lite|pro) global": "its price of the global profile is Europe's; that of us-east-1 is another",
    r"novasonic2\.0|novasonic-speech": "its name of the model is another: the book has it as nova-2-sonic, by medium",
    r"claude(-instant)?-100k": "retired",
    r"voxtral-mini-24b|v2-vl-bf16": "a second name of a model that the list has under another",
    r"novapro us-east-1": "the latency-optimised price",
    r"claude-3-5-haiku us": "the latency-optimised price",
    r"llama3-1-70b us": "the latency-optimised price",
}
# Of the catalogue that is a map of model ids: pattern of its names, kind and band -> why.
ARGUED_BY_ID = {
    r".* output 0 free": "an embedding has no output",
    r".*claude.* 200000 .*": "the AWS list has no surcharge above 200,000 tokens",
    r"(bedrock_mantle/)?(anthropic\.claude|amazon\.nova-2|openai\.gpt-6)\S* .* a tenth less": (
        "it gives an id without profile the global price; the list has the regional one, a tenth higher"
    ),
    r"\S*(j2-|claude-v1|claude-instant|titan-text-express|llama3-8b)\S* .*": "retired, or about to be",
    r"\S*claude-3-(opus|7-sonnet)\S* .*": "retired; the list has no cache for it, and one price",
    r"\S*pegasus\S* .*": "billed by the second too",
    r"\S*zai\.glm-5\.3 cache_\w+ 0 batch": "a batch does not cache",
    r"\S*us-gov-east-1/amazon\.titan-embed-text-v2\S* .*": "nearly twice the price of the other government region",
    r"apac\.amazon\.nova-pro\S* .*": "Tokyo's is another: the list has it",
    r"qwen\.qwen3-next-80b-a3b input .*": "the list has 0.14, and so has the catalogue under the other id",
}

KINDS = {
    "input_cost_per_token": "input",
    "output_cost_per_token": "output",
    "cache_read_input_token_cost": "cache_read",
    "cache_creation_input_token_cost": "cache_write",
    "cache_creation_input_token_cost_above_1hr": "cache_write_1h",
}
NAMED = re.compile(r"(.*?)(?:_above_(\d+)k_tokens)?(?:_(priority|flex|batches))?")
# Where a profile without a region in its name was called from, when it was compared.
CALLED_FROM = {"eu": "eu-central-1", "apac": "ap-northeast-1", "jp": "ap-northeast-1", "au": "ap-southeast-2"}


@cache
def book() -> PriceBook:
    return PriceBook(*load_rates())


def key(model: str, scope: str, region: str | None, tier: str, kind: str, *, band: int = 0, on: date) -> RateKey:
    return RateKey(BEDROCK, model, None, region, scope, tier, kind, band, on)


def by_region() -> Iterator[Fact]:
    kinds = {"cached_input": "cache_read"}
    for model in json.loads((PRICES / "occ" / "bedrock.json").read_text(encoding="utf-8"))["models"]:
        name = model_of(model["id"]) or model["id"]
        for price in model["prices"]:
            where, tier = price["conditions"]["region"], price["conditions"].get("service_tier", "standard")
            scope, region = ("global", None) if where == "global" else ("regional", where)
            for kind, value in price["rates"].items():
                if kind != "input_audio":
                    found = key(name, scope, region, tier, kinds.get(kind, kind), on=date(2026, 9, 23))
                    yield Fact(f"{model['id']} {where}", found, Decimal(value))


def by_id() -> Iterator[Fact]:
    entries = json.loads((PRICES / "litellm_bedrock_azure.json").read_text(encoding="utf-8"), parse_float=Decimal)
    for name, entry in entries.items():
        place = called(name)
        if place is None or entry.get("mode") not in {"chat", "embedding", "responses", "completion"}:
            continue
        model_id, region = place
        model = from_bedrock_id(model_id)
        for field, value in entry.items():
            kind, thousands, tier = NAMED.fullmatch(field).groups()  # type: ignore[union-attr]
            band = int(thousands or 0) * 1_000
            if kind in KINDS and band in PROMPT_BANDS and model.model and model.scope:
                tier = {"batches": "batch", None: "standard"}.get(tier, tier)
                found = key(model.model, model.scope, region, tier, KINDS[kind], band=band, on=date(2026, 11, 24))
                yield Fact(name, found, Decimal(value) * 1_000_000)


def called(name: str) -> tuple[str, str] | None:
    """The model id and the region in a name of the catalogue; None for what is no call of Bedrock's own."""
    *above, model_id = name.split("/")
    if "." not in model_id or above[:1] not in ([], ["bedrock"], ["bedrock_mantle"]) or len(above) > 2:
        return None
    if len(above) == 2:
        return (model_id, above[1]) if re.fullmatch(r"[a-z]+(-[a-z]+)+-\d", above[1]) else None
    prefix = model_id.partition(".")[0]
    return model_id, CALLED_FROM.get(prefix, "us-gov-west-1" if prefix == "us-gov" else "us-east-1")


def disagreement(fact: Fact) -> str:
    found = resolve(book(), fact.key)
    if found.rate is None:
        return found.why
    same = abs(found.rate.usd_per_mtok - fact.usd_per_mtok) <= TOLERANCE * fact.usd_per_mtok
    return "" if same else f"{found.rate.usd_per_mtok} instead of {fact.usd_per_mtok}"


def told(fact: Fact) -> str:
    rate = resolve(book(), fact.key).rate
    price = rate.usd_per_mtok if rate else Decimal(0)
    tier = fact.key.tier if fact.usd_per_mtok else "free"
    tenth = price and abs(fact.usd_per_mtok * Decimal("1.1") - price) <= TOLERANCE * price
    return f"{fact.name} {fact.key.kind} {fact.key.prompt_band} {tier}" + (" a tenth less" if tenth else "")


@pytest.mark.parametrize(("catalogue", "at_least"), [("by_region", 1_800), ("by_id", 2_300)])
def test_the_book_agrees_or_says_why(catalogue: str, at_least: int, capsys: pytest.CaptureFixture[str]) -> None:
    facts = list({"by_region": by_region, "by_id": by_id}[catalogue]())
    argued = {"by_region": ARGUED_BY_REGION, "by_id": ARGUED_BY_ID}[catalogue]
    reasons: Counter[str] = Counter()
    wrong = []
    for fact in facts:
        different = disagreement(fact)
        if different:
            match = re.search if catalogue == "by_region" else re.fullmatch
            pattern = next((each for each in argued if match(each, told(fact))), None)
            reasons[argued[pattern] if pattern else ""] += 1
            if pattern is None:
                wrong.append(f"{told(fact)}: {different}")
    agreed = len(facts) - reasons.total()
    with capsys.disabled():
        print(f"\n{catalogue}: {len(facts)} prices, {agreed / len(facts):.1%} as in the book")  # noqa: T201
        print("\n".join(f"{number:5} {reason}" for reason, number in reasons.most_common()))  # noqa: T201
    assert not wrong, "\n".join(wrong)
    assert agreed >= at_least
    assert set(argued.values()) == set(reasons)
