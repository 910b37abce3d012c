"""Every price of Azure's retail price list of 2026-08-11 against the shipped book.

A price of the list is a meter in a region. Each has to be found under what a log says of the tokens that it counts:
model, version, scope, region, tier, kind, length of the prompt and day. Those that cannot be are named here, each with
its reason and how many they are; any other that is not found fails the test.

The list itself is not in the repository: it is taken from the folder that $TOKENAUDIT_SHARED names.
"""

from __future__ import annotations

import json
import os
from collections import Counter
from dataclasses import replace
from datetime import date
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import NamedTuple

import pytest

from tokenaudit.catalogue.shipped import load_rates
from tokenaudit.model.columns import AZURE
from tokenaudit.model.meters import azure_words
from tokenaudit.model.meters.azure_meters import read
from tokenaudit.model.rates import RateKey
from tokenaudit.pricing.book import PriceBook
from tokenaudit.pricing.resolve import resolve

ROOT = Path(__file__).resolve().parents[3]
SHARED = Path(os.environ.get("TOKENAUDIT_SHARED") or ROOT.parent / "shared")
SNAPSHOT = SHARED / "samples" / "prices" / "azure_genai_prices_snapshot_2026-08-11.json"
TOLERANCE = Decimal("0.005")

# A day on which the newest price of each meter held, and before the cuts of August that were listed afterwards.
STANDING = date(2026, 7, 31)

# Rows of this region are older than the regions' own, which have replaced them.
NOWHERE = "global"

pytestmark = pytest.mark.skipif(not SNAPSHOT.exists(), reason="TOKENAUDIT_SHARED has no samples of prices")

# Why a price has no key of its own -> how many are of that kind. A picture, or cached sound, is counted in the column
# of text tokens, which has the price of text: the ledger has no other for it.
ARGUED = {
    "a fine-tuned model or a grader: calls are logged under a name of the customer's": 1834,
    "pictures and their prompts share a column": 846,
    "pictures counted with text": 574,
    "cached sound counted with cached text": 411,
    "one price for prompt and answer, as before 2024": 22,
    "a release that the name does not tell": 12,
    "an alias that has no meter for sound": 75,
}

# Sold under one meter, logged under two names.
TWO_MODELS = {
    "grok 4 fast": ("xai/grok-4-fast-reasoning", "xai/grok-4-fast-non-reasoning"),
    "grok 4.1": ("xai/grok-4-1-fast-reasoning", "xai/grok-4-1-fast-non-reasoning"),
    "grok 4.2": ("xai/grok-4-20-reasoning", "xai/grok-4-20-non-reasoning"),
}


class Listed(NamedTuple):
    """One price of the list, by the million, and under which keys it has to be found."""

    meter: str
    region: str
    day: date
    usd_per_mtok: Decimal
    keys: tuple[RateKey, ...]
    argued: str


@cache
def book() -> PriceBook:
    return PriceBook(*load_rates())


@cache
def listed() -> tuple[Listed, ...]:
    items = json.loads(SNAPSHOT.read_text(encoding="utf-8"), parse_float=Decimal)["items"]
    return tuple(price for item in items for price in prices(item))


def prices(item: dict[str, str]) -> list[Listed]:
    name = item["meterName"]
    meter = read(name, item["productName"], item["unitOfMeasure"])
    if not meter.is_token or not meter.block_tokens:
        return []
    words = azure_words.split(name)
    models = (meter.model,) if meter.model else TWO_MODELS.get(" ".join(words[: 3 if "fast" in words else 2]), ())
    price = Decimal(item["retailPrice"]) * 1_000_000 / meter.block_tokens
    day = date.fromisoformat(item["effectiveStartDate"][:10])
    return [
        Listed(
            name,
            region.lower(),
            day,
            price,
            tuple(
                RateKey(
                    provider=AZURE,
                    model=model or "",
                    model_version=meter.model_version,
                    region=region.lower(),
                    scope=meter.scope,
                    tier=meter.tier,
                    kind=meter.token_kind or "",
                    prompt_band=meter.prompt_band,
                    day=day,
                )
                for model in models
            ),
            reason(name, words, meter.model, meter.token_kind),
        )
        for region in item["regions"]
    ]


def reason(name: str, words: list[str], model: str | None, kind: str | None) -> str:
    """Why there is no key for a meter's price, empty where there has to be one."""
    fine_tuned, drawn, image, sound, undirected, untold, latest = ARGUED
    medium = next((word for word in reversed(words) if word in azure_words.AUDIO | azure_words.NO_AUDIO), "")
    for holds, why in (
        (bool(azure_words.FINE_TUNED & set(words)), fine_tuned),
        (name.startswith("gpt-latest "), latest),
        (name.startswith("gpt-35-trb16K-Batch-") and model is None, untold),
        (kind is None, undirected),
        (model is not None and "-image-" in model and not only_pictures(model, kind), drawn),
        (model is not None and "-image-" not in model and medium in {"img", "image"}, image),
        (kind == "cache_read" and medium in azure_words.AUDIO, sound),
    ):
        if holds:
            return why
    return ""


def only_pictures(model: str, kind: str | None) -> bool:
    """What most models that draw put out; the prompt is text or a picture, and so is what gpt-image-1.5 puts out."""
    return kind == "output" and model in {"openai/gpt-image-1", "openai/gpt-image-1-mini", "openai/gpt-image-2"}


def test_every_price_that_has_a_key_is_found(capsys: pytest.CaptureFixture[str]) -> None:
    outcomes: Counter[str] = Counter()
    wrong = []
    for price in listed():
        if price.argued:
            outcomes[price.argued] += 1
            continue
        found = [unlike(price, key) for key in price.keys] or ["no model"]
        outcomes["found" if not any(found) else "not found"] += 1
        wrong += [f"{price.meter} in {price.region} from {price.day}: {each}" for each in found if each]
    with capsys.disabled():
        print(f"\nprices of tokens in the list: {outcomes.total()}, of {len({each.meter for each in listed()})} meters")  # noqa: T201
        for group, number in outcomes.most_common():
            print(f"{number / outcomes.total():7.1%} {group}")  # noqa: T201
    assert not wrong, "\n".join(wrong[:40])
    assert {group: number for group, number in outcomes.items() if group != "found"} == ARGUED


def unlike(price: Listed, key: RateKey) -> str:
    """How the book disagrees; empty where it does not."""
    found = resolve(book(), key)
    if found.rate is None:
        return found.why
    same = abs(found.rate.usd_per_mtok - price.usd_per_mtok) <= TOLERANCE * price.usd_per_mtok
    return "" if same and found.rate.prompt_band == key.prompt_band else f"{found.rate} instead of {price.usd_per_mtok}"


def test_the_newest_price_of_a_meter_is_the_one_that_stands() -> None:
    newest: dict[RateKey, Listed] = {}
    for price in listed():
        for key in price.keys:
            standing = replace(key, day=STANDING)
            if not price.argued and price.day <= STANDING and price.region != NOWHERE:
                earlier = newest.get(standing)
                newest[standing] = price if earlier is None or earlier.day <= price.day else earlier
    wrong = [
        f"{price.meter} in {price.region}: {found}" for key, price in newest.items() if (found := unlike(price, key))
    ]
    assert not wrong, "\n".join(wrong[:40])
    assert len(newest) > 18_000
