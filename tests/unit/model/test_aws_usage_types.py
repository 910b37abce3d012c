"""Bedrock usage types: the traps, the strings that others saw on bills and price lists, and other people's parsers."""

from __future__ import annotations

import csv
import os
from collections import Counter
from pathlib import Path

import pytest

from tokenaudit.catalogue.shipped import load_rates
from tokenaudit.model.columns import BEDROCK, PRICED_TOKENS, SCOPES, TIERS
from tokenaudit.model.meters import Meter
from tokenaudit.model.meters.aws_models import MODELS, model_of
from tokenaudit.model.meters.aws_usage_types import read
from tokenaudit.model.rates import PROMPT_BANDS

ROOT = Path(__file__).parents[3]
ORACLE = ROOT / "fixtures" / "oracles" / "usage_type_oracle_dev.csv"
SEEN = Path(os.environ.get("TOKENAUDIT_SHARED") or ROOT.parent / "shared") / "samples" / "aws" / "usage_types.txt"
needs_samples = pytest.mark.skipif(not SEEN.is_file(), reason="TOKENAUDIT_SHARED names no folder with samples")

KINDS = {name.removesuffix("_tokens") for name in PRICED_TOKENS}

# What the oracle calls otherwise: its word -> ours.
SCOPE_WORDS = {"in_region": "regional", "": None}
LONG = "long_ctx"  # a tier there; here a prompt band, because a long prompt has a tier as well

# (usage type, field) -> why this reader is right to differ.
ARGUED = {
    (
        "USE1-NovaLite-input-tokens-custom-model",
        "tier",
    ): "custom models are billed by the standard tier: no other exists",
    ("USE1-NovaLite-input-tokens-custom-model", "model"): "what answers is the custom model, and so say the logs",
    ("USE1-FutureModel99-input-tokens", "model"): "there is no such model; a name made up would never meet its logs",
    (
        "EUW1-Claude-Haiku-output-tokens",
        "model",
    ): "three generations of Haiku have three prices; which, it does not say",
    ("USE1-BoxUsage:t3.micro", "tier"): "a virtual machine has no tier of tokens",
    ("USE1-Requests-Tier1", "tier"): "the price list of S3",
    ("Tax", "tier"): "tax has none",
}


def test_agreement_with_other_parsers(capsys: pytest.CaptureFixture[str]) -> None:
    with ORACLE.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    differing = {}
    for row in rows:
        slug = row["model_slug"]
        meter = read(row["usage_type"], slug if " " in slug else None)
        for field, (theirs, ours) in compared(row, meter).items():
            if theirs != ours:
                differing[row["usage_type"], field] = f"{row['usage_type']} {field}: {ours} instead of {theirs}"
    wrong = [text for key, text in differing.items() if key not in ARGUED]
    with capsys.disabled():
        print(f"\nusage types: {len(rows)}, {len(differing)} fields argued, {len(wrong)} disagree")  # noqa: T201
    assert not wrong, "\n".join(wrong)
    assert not ARGUED.keys() - differing.keys(), "argued, and no longer different"


def compared(row: dict[str, str], meter: Meter) -> dict[str, tuple[object, object]]:
    """Field -> (their word in ours, our word). Their slug names a model where this reader finds one."""
    kind = meter.token_kind or (None if meter.unit_kind == "other" else meter.unit_kind)
    is_long = row["tier"] == LONG
    return {
        "kind": (row["token_class"] or None, kind),
        "unit": (row["is_token"], str(meter.is_token)),
        "scope": (SCOPE_WORDS.get(row["scope"], row["scope"]), meter.scope),
        "tier": ("standard" if is_long else row["tier"], meter.tier),
        "long": (is_long, meter.prompt_band > 0),
        "model": (bool(row["model_slug"]), meter.model is not None),
    }


@needs_samples
def test_every_usage_type_that_was_seen_is_classified() -> None:
    lines = SEEN.read_text(encoding="utf-8").splitlines()
    names = [line.split("\t")[1] for line in lines if line.strip() and not line.startswith("#")]
    meters = {name: read(name, "Claude Sonnet 4.6 (Amazon Bedrock Edition)") for name in names}
    assert len(meters) > 100
    assert Counter(meter.unit_kind for meter in meters.values())["token"] == 103
    assert [name for name, meter in meters.items() if meter.unit_kind == "other"] == [
        "USE1-Runtime:Consumption-based:vCPU"
    ]
    for name, meter in meters.items():
        assert meter.region, name
        if meter.is_token:
            assert meter.token_kind in KINDS, name
            assert meter.model or "custom-model" in name or "Omni" in name, name
            assert meter.tier in TIERS, name
            assert meter.scope in SCOPES, name
            assert meter.prompt_band in PROMPT_BANDS, name


@pytest.mark.parametrize(
    ("usage_type", "kind"),
    [
        ("USE1-NovaPro-cache-read-input-token-count", "cache_read"),
        ("USE1-MP:USE1_CacheReadInputTokenCount-Units", "cache_read"),
        ("USE2_CacheWriteInputTokenCount", "cache_write"),
        ("USE1-MP:USE1_CacheWrite1hInputTokenCount_Global-Units", "cache_write_1h"),
        ("USE1-MP:USE1_cache_write_tokens_1h_global_standard-Units", "cache_write_1h"),
        ("USW2-anthropic.claude-opus-4-8-mantle-cache-write-tokens-1h-global-standard", "cache_write_1h"),
        ("UGW1-openai.gpt-5.6-terra-mantle-cache-write-tokens-30m-standard", "cache_write"),
        ("USE1-NovaSonic-speech-understanding-input-token", "audio_input"),
        ("USE1-NovaSonic-speech-output-tokens", "audio_output"),
        ("USE1-NovaSonic-text-output-tokens", "output"),
        ("USE1-Nova2.0Omni-input-audio-token-count", "audio_input"),
        ("USE1-Nova2.0Omni-input-video-token-count", "input"),
        ("USE1-Nova2.0Pro-input-image-token-count-cross-region-global", "input"),
        ("APN1-Nova-Pro-InputToken", "input"),
    ],
)
def test_kinds_of_token(usage_type: str, kind: str) -> None:
    meter = read(usage_type)
    assert meter.is_token
    assert meter.token_kind == kind


@pytest.mark.parametrize(
    ("usage_type", "unit_kind"),
    [
        ("USE1-NovaMicro-Model-Customization-input-tokens", "training"),
        ("USE1-Nova2.0Lite-Customization-Training", "training"),
        ("USE1-MP:USE1_CacheStorage-Units", "storage"),
        ("USE1-MP:USE1_search_units-Units", "search_unit"),
        ("USE1-AmazonRerank-v1-searchunits", "search_unit"),
        ("USE1-MP:USE1_created_image-Units", "image"),
        ("USE1-MP:USE1_InputImageCount-Units", "image"),
        ("USE1-MP:USE1_ProvisionedThroughput_1MonthCommit_ModelUnits_Usage-Units", "model_unit_hour"),
        ("USE1-MP:USE1_Reserved_1Month_InputTPM_Geo-Units", "reserved_tpm"),
        ("USE1-Guardrail-ContextualGroundingPolicyUnitsConsumed", "guardrail"),
        ("USE1-NovaMultiModalEmbeddings-input-audio-second", "second"),
        ("USE1-Runtime:Consumption-based:vCPU", "other"),
        ("USE1-BoxUsage:m5.large", "other"),
        ("NoUsageType", "other"),
        ("", "other"),
    ],
)
def test_what_is_no_token(usage_type: str, unit_kind: str) -> None:
    meter = read(usage_type)
    assert meter.unit_kind == unit_kind
    assert meter.token_kind is None
    assert meter.prompt_band == 0


@pytest.mark.parametrize(
    ("suffixes", "scope", "tier"),
    [
        ("", "regional", "standard"),
        ("-priority", "regional", "priority"),
        ("-flex", "regional", "flex"),
        ("-batch", "regional", "batch"),
        ("-latency-optimized", "regional", "latency_optimized"),
        ("-global", "global", "standard"),
        ("-cross-region-global", "global", "standard"),
        ("-priority-cross-region-global", "global", "priority"),
        ("-cross-region-global-batch", "global", "batch"),
        ("-cross-region-geo", "geo", "standard"),
        ("-some-new-word", "regional", None),
        ("-some-new-word-flex", "regional", "flex"),
    ],
)
def test_words_that_follow_in_any_order(suffixes: str, scope: str, tier: str | None) -> None:
    meter = read(f"EU-Nova2.0Lite-input-tokens{suffixes}")
    assert meter == Meter("token", "amazon/nova-2-lite", None, "input", scope, tier, "eu-west-1")


@pytest.mark.parametrize(
    ("usage_type", "product", "band"),
    [
        ("UGW1-openai.gpt-5.6-terra-mantle-input-tokens-long-ctx-standard", None, 272_000),
        ("USE1-anthropic.claude-opus-4-8-mantle-input-tokens-long-ctx-standard", None, 200_000),
        ("USW2-MP:USW2_input_tokens_long_ctx_standard-Units", "Claude Sonnet 5 (Amazon Bedrock Edition)", 200_000),
        ("USW2-MP:USW2_input_tokens_long_ctx_standard-Units", "Claude Haiku 5.5 (Amazon Bedrock Edition)", 100_000),
        ("UGW1-openai.gpt-5.6-terra-mantle-input-tokens-standard", None, 0),
    ],
)
def test_long_context_is_a_band_of_prompts(usage_type: str, product: str | None, band: int) -> None:
    meter = read(usage_type, product)
    assert meter.prompt_band == band
    assert meter.tier == "standard"


@pytest.mark.parametrize(
    ("usage_type", "region"),
    [
        ("EU-Qwen3-VL-235B-A22B-input-tokens", "eu-west-1"),
        ("APS3-NovaPro-input-tokens", "ap-south-1"),
        ("USE2_InputTokenCount-Units", "us-east-2"),
        ("USW2-MP:USW2_output_tokens_standard-Units", "us-west-2"),
        ("ZZZ9-NovaPro-input-tokens", None),
        ("NovaPro-input-tokens", None),
        ("GPT-OSS-Safeguard-20B-input-tokens", None),
    ],
)
def test_region_prefixes(usage_type: str, region: str | None) -> None:
    meter = read(usage_type)
    assert meter.region == region
    assert meter.is_token
    assert meter.model or "_" in usage_type


def test_a_marketplace_line_has_the_model_of_its_product() -> None:
    usage_type = "USE1-MP:USE1_OutputTokenCount_Global-Units"
    assert read(usage_type).model is None
    meter = read(usage_type, "Claude Sonnet 4.6 (Amazon Bedrock Edition)")
    assert meter.model == "anthropic/claude-sonnet-4-6"
    assert meter.block_tokens == 1_000_000
    assert read("USE1-NovaPro-input-tokens", "Claude Sonnet 4.6 (Amazon Bedrock Edition)").model == "amazon/nova-pro"
    assert read("USE1-FutureModel99-input-tokens", "Claude Sonnet 4.6").model is None


def test_embeddings_are_input() -> None:
    meter = read("USE1-MP:USE1_Cohere_Embed_V4-Units")
    assert (meter.unit_kind, meter.token_kind, meter.model) == ("token", "input", "cohere/embed-v4")
    assert read("APN1-TitanEmbeddingsG1-Text-input-tokens").model == "amazon/titan-embed-text-v1"
    assert read("EU-TitanEmbeddingV2-Text-input-tokens").model == "amazon/titan-embed-text-v2"


def test_capacity_bought_beforehand_names_its_model_and_scope() -> None:
    units = read("USE1-ProvisionedThroughput-NovaPro-ModelUnits")
    assert (units.model, units.tier) == ("amazon/nova-pro", "provisioned")
    reserved = read("USE1-MP:USE1_Reserved_3Month_OutputTPM_Global-Units", "Claude Opus 4.6")
    assert (reserved.model, reserved.tier, reserved.scope) == ("anthropic/claude-opus-4-6", "reserved", "global")


@pytest.mark.parametrize(
    ("name", "model"),
    [
        ("Claude4.5Sonnet", "anthropic/claude-sonnet-4-5"),
        ("Claude3Sonnet", "anthropic/claude-3-sonnet"),
        ("Claude3-5Haiku", "anthropic/claude-3-5-haiku"),
        ("Claude 3.5 Sonnet v2 (Amazon Bedrock Edition)", "anthropic/claude-3-5-sonnet"),
        ("model$Claude Sonnet 5", "anthropic/claude-sonnet-5"),
        ("anthropic.claude-opus-5-5", "anthropic/claude-opus-5-5"),
        ("anthropic.claude-opus-5", "anthropic/claude-opus-5"),
        ("anthropic.claude-cantata-9", "anthropic/claude-cantata-9"),  # an id says its model, known or not
        ("qwen.qwen3-next-80b-a3b-instruct", "qwen/qwen3-next-80b-a3b"),
        ("moonshotai.kimi-k3", "moonshot/kimi-k3"),
        ("deepseek.v3.2", "deepseek/deepseek-v3.2"),
        ("Meta Llama 3.3 70B Instruct", "meta/llama-3.3-70b-instruct"),
        ("Cohere Command R+ (Amazon Bedrock Edition)", "cohere/command-r-plus"),
        ("Command R", "cohere/command-r"),
        ("Claude5.4Sonnet", None),
        ("Claude", None),
        ("Amazon Bedrock", None),
        ("Nova2.1Lite", None),
        ("", None),
    ],
)
def test_names_of_models(name: str, model: str | None) -> None:
    assert model_of(name) == model


def test_the_names_are_those_of_the_price_book() -> None:
    rates, _ = load_rates()
    priced = {rate.model for rate in rates if rate.provider == BEDROCK}
    assert priced <= MODELS.keys()
    assert MODELS.keys() - priced == {"cohere/command-r", "cohere/command-r-plus"}  # retired, still on old bills


def test_no_spelling_means_two_models() -> None:
    for model, others in MODELS.items():
        for spelling in (model, model.partition("/")[2], *others):
            assert model_of(spelling) == model, spelling
