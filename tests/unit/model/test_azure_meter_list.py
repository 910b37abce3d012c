"""Every meter of Azure's retail price list of 2026-08-11, and those seen since.

The list itself is not in the repository: these tests take it from the folder that $TOKENAUDIT_SHARED names.
"""

from __future__ import annotations

import os
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import pytest

from tokenaudit.model.meters.azure_meters import read
from tokenaudit.model.models import from_plain_name

if TYPE_CHECKING:
    from tokenaudit.model.meters import Meter

ROOT = Path(__file__).resolve().parents[3]
SAMPLES = Path(os.environ.get("TOKENAUDIT_SHARED") or ROOT.parent / "shared") / "samples"

pytestmark = pytest.mark.skipif(not SAMPLES.is_dir(), reason="TOKENAUDIT_SHARED names no folder with samples")

# One price for prompt and answer, as before 2024.
NO_DIRECTION = {
    "Az-Babbage-002 Tokens",
    "Az-Davinci-002 Tokens",
    "Az-GPT-3.5-turbo Tokens",
    "babbage-002-base-glbl Tokens",
    "babbage-002-base-regional Tokens",
    "davinci-002-base-glbl Tokens",
    "davinci-002-base-regional Tokens",
}
# Fine-tuned, no direction and no word for training: the third meter beside the model's input and output, at 6 to 52
# times the price of its input.
TRAINING_UNNAMED = {
    "3.3 70b FT DZ Tokens",
    "3.3 70b FT Tokens",
    "3.3 70b FT regnl Tokens",
    "Ministral 3bFTregnl Tokens",
    "Mnstrl 3B FT Tokens",
    "Mnstrl 3b FT DZ Tokens",
    "20b FT regnl Tokens",
    "OSS 20b FT DZ Tokens",
    "OSS-20b FT Tokens",
}
# Hours of audio, and a free hour of something.
OTHER = {
    "Speech-to-Text-Batch-Whisper-glbl Unit",
    "Speech-to-Text-Batch-Whisper-regnl Unit",
    "gpt-realtime-translate Opt Gl Unit",
    "gpt-realtime-whisper Opt Gl Unit",
    "Standard Unit",
}
# Beginnings of token meters that are no model's, and why. Fine-tuned ones and graders are told apart by their words.
NO_MODEL = {
    "Grok 4.1 ": "sold as two models, with and without reasoning",
    "Grok 4.2 ": "sold as two models, with and without reasoning",
    "Grok4 Fast ": "sold as two models, with and without reasoning",
    "gpt-latest ": "at the audio prices of gpt-realtime-2, which has no meter for audio",
    "gpt-35-trb16K-Batch-Inp": "a release at half the price of 1106, not said which",
    "gpt-35-trb16K-Batch-Outp": "a release at half the price of 1106, not said which",
}
FINE_TUNED = ("ft", "rft", "grader", "fine tuned")

# Where the list of deployments names a meter that is another model's.
GPT_4_TURBO = {"0125-Preview", "1106-Preview"}
GPT_35_IN_4K = {"0301", "0125", "1106"}
SLOTS = {"input": "input", "output": "output", "cachedInput": "cache_read"}
PLACES = {"Global": "global", "Regional": "regional", "DataZone": "data_zone"}


class Listed(NamedTuple):
    sub_category: str
    name: str
    unit: str

    def read(self) -> Meter:
        return read(self.name, self.sub_category, self.unit)


def part(number: int) -> list[str]:
    text = (SAMPLES / "azure" / "meters.txt").read_text(encoding="utf-8")
    _, _, found = text.partition(f"# PART {number}")
    lines = found.partition("# PART")[0].splitlines()[1:]
    return [line for line in lines if line and not line.startswith("#")]


def listed() -> list[Listed]:
    return sorted({Listed(*line.split("\t")[:3]) for line in part(1)})


def test_every_token_meter_is_one() -> None:
    meters = listed()
    assert len(meters) == 1562
    tokens = [meter for meter in meters if meter.name.endswith("Tokens") and "training" not in meter.read().unit_kind]
    assert {meter.name for meter in tokens if meter.read().unit_kind != "token"} == set()
    assert {meter.name for meter in tokens if meter.read().token_kind is None} == NO_DIRECTION
    assert {meter.name for meter in meters if meter.read().is_token} == {meter.name for meter in tokens}
    assert len(tokens) == 1366


def test_training_is_said_or_understood() -> None:
    training = {meter.name for meter in listed() if meter.read().unit_kind == "training"}
    assert {
        name for name in training if "trng" not in name.lower() and "training" not in name.lower()
    } == TRAINING_UNNAMED


def test_nothing_else_is_left_over(capsys: pytest.CaptureFixture[str]) -> None:
    assert {meter.name for meter in listed() if meter.read().unit_kind == "other"} == OTHER
    with capsys.disabled():
        print(f"\nmeters of the list: {dict(Counter(meter.read().unit_kind for meter in listed()))}")  # noqa: T201


def test_the_name_tells_the_unit_without_exception() -> None:
    blocks = {"1K": 1_000, "1M": 1_000_000}
    wrong = [meter for meter in listed() if meter.read().is_token and meter.read().block_tokens != blocks[meter.unit]]
    assert wrong == []


def test_capacity_is_told_from_the_name_as_from_the_unit() -> None:
    for meter in listed():
        if meter.name.lower().removeprefix("az-").startswith("provisioned"):
            assert meter.read().unit_kind == ("ptu_month" if meter.unit == "1/Month" else "ptu_hour")
            assert read(meter.name, meter.sub_category) == meter.read()


def test_a_token_meter_without_a_model_is_argued() -> None:
    nameless = {meter.name for meter in listed() if meter.read().is_token and meter.read().model is None}
    spaced = {name: f" {name.lower().replace('-', ' ').replace('grdr', 'grader')} " for name in nameless}
    plain = {name for name, words in spaced.items() if not any(f" {word} " in words for word in FINE_TUNED)}
    assert {name for name in plain if not name.startswith(tuple(NO_MODEL))} == set()
    assert all(any(name.startswith(beginning) for name in plain) for beginning in NO_MODEL)


def test_a_name_without_a_sub_category_is_not_another_model() -> None:
    """It may be no model at all: `4.3 Inp DZ` could be anybody's."""
    for meter in listed():
        alone = read(meter.name, None, meter.unit)
        assert alone.model in {None, meter.read().model}, meter


def test_deployments_are_billed_on_these_meters() -> None:
    """A deployment's model, version and kind of tokens -> the meter, as another tool has it."""
    rows = [line.split("\t") for line in part(2)]
    assert len(rows) == 228
    for model, version, slot, sku in rows:
        if (model == "gpt-4" and version in GPT_4_TURBO) or (model == "gpt-35-turbo" and version in GPT_35_IN_4K):
            continue
        meter = read(f"{sku} Tokens", "Azure OpenAI")
        tier = "batch" if slot.startswith("batch") else "standard"
        sold, _, place = slot.removeprefix("batch").partition("SKU")
        kind = SLOTS.get(
            sold[:1].lower() + sold[1:], {"audioInput": "audio_input", "audioOutput": "audio_output"}.get(sold)
        )
        assert (meter.token_kind, meter.tier, meter.scope) == (kind, tier, PLACES[place]), sku
        if version.startswith("turbo"):
            assert meter.model == "openai/gpt-4-turbo"
        else:
            assert meter.model == from_plain_name(model).model, sku
            assert meter.model_version in {None, version}, sku


def test_meters_seen_since_have_a_model() -> None:
    for line in part(3):
        name, _, unit = (cell.strip() for cell in line.split("|"))
        meter = read(
            name.replace("Inp/Opt", "Inp"), "Azure OpenAI GPT6" if name[0] == "6" else "Azure OpenAI GPT5", unit[:2]
        )
        assert meter.model, name
        assert meter.token_kind, name
        assert meter.block_tokens == {"1K": 1_000, "1M": 1_000_000}[unit[:2]]
