"""What the shipped book promises: dated, sourced, in bounds, in our names, and with the clouds' own rules in it."""

from __future__ import annotations

import csv
import re
import subprocess
import sys
from collections import defaultdict
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from tokenaudit.catalogue.rows import COLUMNS
from tokenaudit.catalogue.shipped import load_rates
from tokenaudit.model.columns import AZURE, BEDROCK
from tokenaudit.model.models import from_bedrock_id, from_plain_name
from tokenaudit.model.rates import Rate, RateKey
from tokenaudit.pricing.book import HIGHEST, LOWEST, PriceBook
from tokenaudit.pricing.resolve import Resolution, resolve

ROOT = Path(__file__).parents[3]
FILE = ROOT / "src" / "tokenaudit" / "catalogue" / "data" / "price_book.csv"
DAY = date(2026, 10, 15)
NOTES = {
    "",
    "free",
    "no cache discount",
    "long context is billed as standard",
    "one price in every region before 2025-09-01",
}


@pytest.fixture(scope="module")
def book() -> PriceBook:
    return PriceBook(*load_rates())


def find(
    book: PriceBook,
    provider: str,
    model: str,
    scope: str,
    kind: str,
    *,
    tier: str = "standard",
    region: str | None = None,
    version: str | None = None,
    band: int = 0,
    day: date = DAY,
) -> Resolution:
    return resolve(book, RateKey(provider, model, version, region, scope, tier, kind, band, day))


def usd(found: Resolution) -> Decimal | None:
    return found.rate.usd_per_mtok if found.rate else None


Place = tuple[str, str, str | None, str, str | None, str, int]


def tariffs(book: PriceBook) -> dict[Place, dict[str, Rate]]:
    """Kind -> rate, for everything else that a rate depends on; prices in force on DAY."""
    found: dict[Place, dict[str, Rate]] = defaultdict(dict)
    for rate in book.rates:
        if rate.valid_from <= DAY and (rate.valid_until is None or rate.valid_until > DAY):
            key = (rate.provider, rate.model, rate.model_version, rate.scope, rate.region, rate.tier, rate.prompt_band)
            found[key][rate.kind] = rate
    return found


def test_the_file_is_sorted_plain_and_has_no_line_twice() -> None:
    with FILE.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert tuple(rows[0]) == COLUMNS
    order = [(row["provider"], row["model"], row["model_version"]) for row in rows]
    assert order == sorted(order)
    for row in rows:
        value = row["usd_per_mtok"]
        assert re.fullmatch(r"\d+(\.\d*[1-9])?", value), f"not a plain decimal: {value}"
        assert row["note"] in NOTES
    assert len({tuple(row.values()) for row in rows}) == len(rows)


def test_every_source_is_explained_in_the_docs(book: PriceBook) -> None:
    text = (ROOT / "docs" / "prices.md").read_text(encoding="utf-8")
    for source in {rate.source for rate in book.rates}:
        assert f"`{source}`" in text


def test_every_model_is_written_as_the_ledger_writes_it(book: PriceBook) -> None:
    for model in {rate.model for rate in book.rates}:
        assert from_plain_name(model).model == model


def test_every_rate_is_a_price_of_a_million_tokens(book: PriceBook) -> None:
    for rate in book.rates:
        assert rate.usd_per_mtok == 0 or LOWEST <= rate.usd_per_mtok <= HIGHEST
    for key, kinds in tariffs(book).items():
        if "input" in kinds and "output" in kinds:
            ratio = kinds["output"].usd_per_mtok / kinds["input"].usd_per_mtok
            assert Decimal("0.5") <= ratio <= 20, f"{key}: a price of 1K tokens among prices of 1M?"


def test_no_price_came_into_force_after_it_was_read(book: PriceBook) -> None:
    for rate in book.rates:
        assert rate.valid_from <= rate.source_date


def test_reading_a_cache_never_costs_more_than_the_prompt_and_writing_never_less_unless_free(book: PriceBook) -> None:
    for key, kinds in tariffs(book).items():
        prompt = kinds.get("input")
        if prompt is None:
            continue
        if "cache_read" in kinds:
            same = kinds["cache_read"].usd_per_mtok == prompt.usd_per_mtok
            assert kinds["cache_read"].usd_per_mtok <= prompt.usd_per_mtok, key
            assert same == (kinds["cache_read"].note == "no cache discount"), key
        if "cache_write" in kinds and kinds["cache_write"].note != "free":
            assert kinds["cache_write"].usd_per_mtok == prompt.usd_per_mtok * Decimal("1.25"), key
        if "cache_write_1h" in kinds:
            assert kinds["cache_write_1h"].usd_per_mtok == prompt.usd_per_mtok * 2, key


def test_a_zero_is_a_cache_write_of_nova_and_nothing_else(book: PriceBook) -> None:
    free = [rate for rate in book.rates if rate.usd_per_mtok == 0]
    assert {rate.kind for rate in free} == {"cache_write"}
    assert all(rate.model.startswith("amazon/nova") and rate.note == "free" for rate in free)
    assert usd(find(book, BEDROCK, "amazon/nova-lite", "geo", "cache_write", region="eu-west-1")) == 0


def test_bedrock_batch_has_no_caching(book: PriceBook) -> None:
    batch = [rate for rate in book.rates if rate.provider == BEDROCK and rate.tier == "batch"]
    cached = {rate.model for rate in batch if rate.kind.startswith("cache")}
    assert cached == {"xai/grok-4.3"}, "the only one for which the list has such a price"
    found = find(book, BEDROCK, "anthropic/claude-sonnet-4-5", "global", "cache_read", tier="batch")
    assert (found.rate, found.why) == (None, "no batch price for cache_read tokens of anthropic/claude-sonnet-4-5")


def test_every_azure_chat_price_says_what_a_cached_token_costs(book: PriceBook) -> None:
    for (provider, model, version, scope, region, tier, band), kinds in tariffs(book).items():
        if provider != AZURE or not {"input", "output"} <= kinds.keys() or "transcribe" in model:
            continue
        key = RateKey(AZURE, model, version, region, scope, tier, "cache_read", band, DAY)
        found = resolve(book, key).rate
        assert found is not None, key
        assert found.prompt_band == band, key


@pytest.mark.parametrize("kind", ["input", "cache_read", "cache_write", "cache_write_1h", "output"])
def test_a_geographic_profile_costs_a_tenth_more_than_the_global_one(book: PriceBook, kind: str) -> None:
    model = "anthropic/claude-sonnet-4-5"
    everywhere, here = (usd(find(book, BEDROCK, model, scope, kind, region="us-east-1")) for scope in ("global", "geo"))
    assert everywhere
    assert here == everywhere * Decimal("1.1")


def test_claude_has_no_surcharge_above_200k_on_bedrock(book: PriceBook) -> None:
    assert usd(find(book, BEDROCK, "anthropic/claude-sonnet-4-5", "global", "input", band=200_000)) == 3


@pytest.mark.parametrize(("band", "price"), [(0, "0.1"), (100_000, "0.5"), (200_000, "0.5")])
def test_claude_haiku_5_5_costs_five_times_as_much_above_100k(book: PriceBook, band: int, price: str) -> None:
    found = find(book, BEDROCK, "anthropic/claude-haiku-5-5", "global", "input", band=band)
    assert usd(found) == Decimal(price)


@pytest.mark.parametrize(("region", "price"), [("us-east-1", "0.3"), ("eu-central-1", "0.39"), (None, "0.3")])
def test_nova_2_has_a_global_price_for_europe_and_one_for_the_rest(
    book: PriceBook, region: str | None, price: str
) -> None:
    found = find(book, BEDROCK, "amazon/nova-2-lite", "global", "input", region=region)
    assert usd(found) == Decimal(price)


@pytest.mark.parametrize(("kind", "factor"), [("input", 2), ("cache_read", 2), ("output", Decimal("1.5"))])
@pytest.mark.parametrize("model", ["openai/gpt-5.4", "openai/gpt-5.5", "openai/gpt-5.6-sol"])
@pytest.mark.parametrize("scope", ["global", "data_zone"])
def test_a_long_prompt_of_gpt_costs_more_as_a_whole(
    book: PriceBook, model: str, scope: str, kind: str, factor: Decimal
) -> None:
    short, long = (usd(find(book, AZURE, model, scope, kind, band=band)) for band in (0, 272_000))
    assert short
    assert long == short * factor


@pytest.mark.parametrize(("kind", "factor"), [("input", 2), ("cache_read", 2), ("output", Decimal("1.5"))])
@pytest.mark.parametrize("model", ["openai/gpt-5.4", "openai/gpt-5.5", "openai/gpt-5.6-sol", "openai/gpt-6-sol"])
@pytest.mark.parametrize("scope", ["global", "geo"])
def test_so_it_does_on_bedrock(book: PriceBook, model: str, scope: str, kind: str, factor: Decimal) -> None:
    short, long = (usd(find(book, BEDROCK, model, scope, kind, region="us-east-1", band=band)) for band in (0, 272_000))
    assert short
    assert long == short * factor


@pytest.mark.parametrize("provider", [AZURE, BEDROCK])
def test_an_embedding_costs_its_input_and_nothing_else(book: PriceBook, provider: str) -> None:
    kinds = {rate.kind for rate in book.rates if rate.provider == provider and "embed" in rate.model}
    assert kinds == {"input"}


def test_a_long_priority_request_is_billed_as_standard_where_the_list_has_no_price_for_it(book: PriceBook) -> None:
    long = find(book, AZURE, "openai/gpt-5.4", "global", "input", tier="priority", band=272_000)
    assert usd(long) == usd(find(book, AZURE, "openai/gpt-5.4", "global", "input", band=272_000))


def test_gpt_4o_depends_on_its_version(book: PriceBook) -> None:
    may, silent = (find(book, AZURE, "openai/gpt-4o", "global", "input", version=v) for v in ("2024-05-13", None))
    assert (usd(may), may.assumed) == (Decimal(5), ())
    assert (usd(silent), silent.assumed) == (Decimal("2.5"), ("version",))


def test_an_old_version_is_not_priced_as_a_newer_one(book: PriceBook) -> None:
    day = date(2025, 3, 1)
    instruct = find(book, AZURE, "openai/gpt-3.5-turbo-instruct", "regional", "input", day=day)
    assert (instruct.rate, instruct.why) == (None, "no price before 2025-09-01")
    for version, price in (("turbo-2024-04-09", 10), ("0613", 30)):
        assert usd(find(book, AZURE, "openai/gpt-4", "regional", "input", version=version, day=day)) == price


@pytest.mark.parametrize(
    ("day", "price"), [(date(2026, 7, 31), "1"), (date(2026, 8, 1), "0.2"), (date(2026, 10, 1), "0.2")]
)
def test_a_price_cut_is_a_new_row(book: PriceBook, day: date, price: str) -> None:
    assert usd(find(book, AZURE, "openai/gpt-5.6-luna", "global", "input", day=day)) == Decimal(price)


@pytest.mark.parametrize(
    ("region", "price"),
    [("eastus2", "2.2"), ("swedencentral", "2.42"), ("northeurope", "2.64"), ("usgovvirginia", "2.75")],
)
def test_a_regional_meter_of_azure_has_several_prices(book: PriceBook, region: str, price: str) -> None:
    assert usd(find(book, AZURE, "openai/gpt-4.1", "regional", "input", region=region)) == Decimal(price)


def test_usage_before_the_first_price_is_not_priced_at_todays(book: PriceBook) -> None:
    found = find(book, AZURE, "openai/o3", "global", "input", day=date(2025, 5, 1))
    assert (found.rate, found.why) == (None, "no price before 2025-06-01")


# Ids of the kinds of records that people have, spelled as the clouds spell them.
BEDROCK_IDS = (
    "ai21.jamba-instruct-v1:0",
    "amazon.nova-lite-v1:0",
    "amazon.nova-micro-v1:0",
    "amazon.nova-pro-v1:0",
    "us.amazon.nova-pro-v1:0",
    "amazon.titan-embed-text-v2:0",
    "anthropic.claude-3-5-sonnet-20240620-v1:0",
    "anthropic.claude-3-haiku-20240307-v1:0",
    "anthropic.claude-3-sonnet-20240229-v1:0",
    "anthropic.claude-sonnet-4-5-20250929-v1:0",
    "global.anthropic.claude-opus-4-6-v1",
    "us.anthropic.claude-haiku-4-5-20251001-v1:0",
    "us.anthropic.claude-sonnet-4-5-20250929-v1:0",
    "openai.gpt-oss-120b-1:0",
    "global.anthropic.claude-opus-5",
    "eu.anthropic.claude-sonnet-5",
    "us.anthropic.claude-opus-4-8",
    "us.meta.llama4-scout-17b-instruct-v1:0",
    "cohere.embed-v4:0",
    "us.deepseek.r1-v1:0",
    "mistral.mistral-large-2402-v1:0",
    "moonshotai.kimi-k3",
    "us.openai.gpt-5.6-terra",
    "us.anthropic.claude-haiku-5-5",
    "deepseek.v3.1",
    "qwen.qwen3-coder-30b-a3b-instruct",
)
AZURE_NAMES = (
    "gpt-35-turbo",
    "gpt-4",
    "gpt-4-turbo",
    "gpt-4o",
    "gpt-4o-mini",
    "gpt-4.1",
    "gpt-4.1-mini",
    "gpt-4.1-nano",
    "gpt-5",
    "gpt-5-mini",
    "gpt-5-nano",
    "gpt-5.1",
    "gpt-5.2",
    "gpt-5.4",
    "gpt-5.4-mini",
    "gpt-5.5",
    "gpt-5.6-sol",
    "gpt-6-astra",
    "o1",
    "o3",
    "o3-mini",
    "o4-mini",
    "text-embedding-3-small",
    "text-embedding-3-large",
    "text-embedding-ada-002",
    "claude-opus-5",
    "claude-sonnet-4-5",
    "Llama-3.3-70B-Instruct",
    "DeepSeek-R1",
    "DeepSeek-V3.1",
    "grok-4",
    "grok-3-mini",
    "gpt-oss-120b",
)
# Sold in data zones only.
HOSTED = ("FW-GLM-5.2", "FW-Kimi-K2.6", "FW-MiniMax-M3")


@pytest.mark.parametrize("model_id", BEDROCK_IDS)
def test_a_bedrock_id_has_a_price(book: PriceBook, model_id: str) -> None:
    name = from_bedrock_id(model_id)
    assert name.model
    assert name.scope
    assert usd(find(book, BEDROCK, name.model, name.scope, "input", region="us-east-1", version=name.version))


@pytest.mark.parametrize("name", AZURE_NAMES)
def test_an_azure_model_has_a_price(book: PriceBook, name: str) -> None:
    model = from_plain_name(name).model
    assert model
    assert usd(find(book, AZURE, model, "global", "input", region="eastus2"))


@pytest.mark.parametrize("name", HOSTED)
def test_a_model_that_fireworks_hosts_has_a_price(book: PriceBook, name: str) -> None:
    model = from_plain_name(name).model
    assert model
    assert usd(find(book, AZURE, model, "data_zone", "input", region="eastus2"))


def test_the_book_is_read_without_pandas_or_pyarrow() -> None:
    code = (
        "import sys\n"
        "from tokenaudit.catalogue.shipped import load_rates\n"
        "from tokenaudit.pricing.book import PriceBook\n"
        "PriceBook(*load_rates()).sha256\n"
        "print(*sorted({'pandas', 'pyarrow', 'numpy'} & sys.modules.keys()))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == ""
