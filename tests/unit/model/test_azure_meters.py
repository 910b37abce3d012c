"""What the names of Azure's meters mean: tables to be read, and an oracle for every third meter that there is."""

from __future__ import annotations

import csv
from collections import defaultdict
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tokenaudit.model.columns import SCOPES, TIERS
from tokenaudit.model.meters import Meter
from tokenaudit.model.meters.azure_meters import read
from tokenaudit.model.models import from_plain_name
from tokenaudit.model.rates import PROMPT_BANDS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

ORACLE = Path(__file__).parents[3] / "fixtures" / "oracles" / "meter_name_oracle_dev.csv"

# Under the sub-category: meter | model, version | kind, scope, tier, block and, if there is one, band.
TOKENS = """
[Azure OpenAI]
gpt-4o-mini-0718-Batch-Inp-glbl Tokens | openai/gpt-4o-mini 2024-07-18 | input global batch 1K
gpt 4o mini0718 BatchOutp DataZone Tokens | openai/gpt-4o-mini 2024-07-18 | output data_zone batch 1K
gpt 4o 0513 Input regional Tokens | openai/gpt-4o 2024-05-13 | input regional standard 1K
gpt 4.1 Inp regnl Tokens | openai/gpt-4.1 - | input regional standard 1K
gpt 4.1 nano cached Inp DZone Tokens | openai/gpt-4.1-nano - | cache_read data_zone standard 1K
o1 preview cached input Data Zone Tokens | openai/o1-preview - | cache_read data_zone standard 1K
o3 0416 Outp glbl Tokens | openai/o3 2025-04-16 | output global standard 1K
o3 mini 0131 cached input regnl Tokens | openai/o3-mini 2025-01-31 | cache_read regional standard 1K
computer-use-inpt-datazone Tokens | openai/computer-use-preview - | input data_zone standard 1K
Az-GPT-3.5-turbo Tokens | openai/gpt-3.5-turbo - | - regional standard 1K
gpt-35-turbo-4k-Input-regional Tokens | openai/gpt-3.5-turbo 0613 | input regional standard 1K
gpt-35-turbo16K-0125 Outp-glbl Tokens | openai/gpt-3.5-turbo 0125 | output global standard 1K
Az-GPT35-Turbo-16K-1106 Input Tokens | openai/gpt-3.5-turbo 1106 | input regional standard 1K
gpt-35-turbo-16k-Output-regional Tokens | openai/gpt-3.5-turbo-16k - | output regional standard 1K
gpt-35-trb16K-Batch-125-Inp-glbl Tokens | openai/gpt-3.5-turbo 0125 | input global batch 1K
gpt-35-trb16K-Batch-Inp-glbl Tokens | - - | input global batch 1K
gpt-4-32K-Batch-Outp-regnl Tokens | openai/gpt-4-32k - | output regional batch 1K
gpt-4-turbo128K Inp-glbl Tokens | openai/gpt-4-turbo - | input global standard 1K
gpt-4-turbo-Vision-128K Inp-glbl Tokens | openai/gpt-4-turbo vision-preview | input global standard 1K
gpt 4.5 0227 cached Inp glbl Tokens | openai/gpt-4.5-preview 2025-02-27 | cache_read global standard 1K
gpt 4o 0315 Inp glbl Tokens | openai/gpt-4o 0315 | input global standard 1K
gpt-4o-aud-1217 Inp DZone Tokens | openai/gpt-4o-audio-preview 2024-12-17 | audio_input data_zone standard 1K
gpt-4o-aud-1217-txt Inp DZone Tokens | openai/gpt-4o-audio-preview 2024-12-17 | input data_zone standard 1K
gpt4omini-rt-aud1217 Inp glbl Tokens | openai/gpt-4o-mini-realtime-preview 2024-12-17 | audio_input global standard 1K
gpt-4o-rt-aud-0603 cchd Inp DZn Tokens | openai/gpt-4o-realtime-preview 2025-06-03 | cache_read data_zone standard 1K
gpt4o realtimePrvwAudInp DataZone Tokens | openai/gpt-4o-realtime-preview 2024-10-01 | audio_input data_zone standard 1K
gpt4o realtime prvw text inp regn Tokens | openai/gpt-4o-realtime-preview 2024-10-01 | input regional standard 1K
embedding-ada-regional Tokens | openai/text-embedding-ada-002 - | input regional standard 1K
Az-Embeddings-Ada Tokens | openai/text-embedding-ada-002 - | input regional standard 1K
gpt-4.1-mini-ft cached input regnl Tokens | - - | cache_read regional standard 1K
gpt-4o-0806-cached-FT-inp-datazone Tokens | - - | cache_read data_zone standard 1K
Az-Davinci-002-Fine Tuned-Output Tokens | - - | output regional standard 1K
o3-ft mdl grdr opt Tokens | - - | output regional standard 1K
text-embedding-3-large-grader Tokens | - - | input regional standard 1K
[Azure OpenAI PP FT GPT4s]
4.1 mini pp cd Inp Gl Tokens | openai/gpt-4.1-mini - | cache_read global priority 1K
[Azure OpenAI GPT5]
5.4 mini pp cd Inp Dz 1M Tokens | openai/gpt-5.4-mini - | cache_read data_zone priority 1M
5.6 luna ShortCo Cd Wr Std DZ 1M Tokens | openai/gpt-5.6-luna - | cache_write data_zone standard 1M
5.6 sol LongCo Opt Std Gl 1M Tokens | openai/gpt-5.6-sol - | output global standard 1M 272000
5.4 longco batch cd inp Gl 1M Tokens | openai/gpt-5.4 - | cache_read global batch 1M 272000
gpt-5-codex-ccchd-inp-glbl Tokens | openai/gpt-5-codex - | cache_read global standard 1K
5.1 codex max opt Dz 1M Tokens | openai/gpt-5.1-codex-max - | output data_zone standard 1M
5.3 codex inp Gl 1M Tokens | openai/gpt-5.3-codex - | input global standard 1M
GPT 5 Mini cchd Inpt DZone 1M Tokens | openai/gpt-5-mini - | cache_read data_zone standard 1M
GPT 5 outpt Glbl 1M Tokens | openai/gpt-5 - | output global standard 1M
gpt 5 pro out glbl Tokens | openai/gpt-5-pro - | output global standard 1K
5.2 chat 0210 opt Gl 1M Tokens | openai/gpt-5.2-chat 2026-02-10 | output global standard 1M
chat-latest 08062026 cd inp Gl 1M Tokens | openai/gpt-chat-latest 2026-08-06 | cache_read global standard 1M
5.4 flx inp Gl 1M Tokens | - - | input global standard 1M
[Azure OpenAI GPT6]
6-astra ShortCo Inp Std Gl 1M Tokens | openai/gpt-6-astra - | input global standard 1M
6-astra ShortCo Inp Std Gl | openai/gpt-6-astra - | input global standard -
[-]
5.4 inp Gl 1M Tokens | openai/gpt-5.4 - | input global standard 1M
4.3 Inp DZ Tokens | - - | input data_zone standard 1K
gpt 4.1 Outp regnl Tokens | openai/gpt-4.1 - | output regional standard 1K
text-embedding-3-small-glbl Tokens | openai/text-embedding-3-small - | input global standard 1K
[Azure OpenAI Reasoning]
o3-deep research 0626-inp-cchd-dzone 1M Tokens | openai/o3-deep-research 2025-06-26 | cache_read data_zone standard 1M
codex mini out rgnl Tokens | openai/codex-mini - | output regional standard 1K
[Azure OpenAI Media]
gpt aud mn txt out rg 1215 1M Tokens | openai/gpt-audio-mini 2025-12-15 | output regional standard 1M
gpt rt 1.5 aud opt Gl 1M Tokens | openai/gpt-realtime-1.5 - | audio_output global standard 1M
gpt rt img 0828 Inp DZn Tokens | openai/gpt-realtime 2025-08-28 | input data_zone standard 1K
gpt-realtime-2.1-mini Audio inp Gl 1M Tokens | openai/gpt-realtime-2.1-mini - | audio_input global standard 1M
gpt 4o tcrb d txt out dz Tokens | openai/gpt-4o-transcribe-diarize - | output data_zone standard 1K
gpt4o mn tts aud out gl 1215 1M Tokens | openai/gpt-4o-mini-tts 2025-12-15 | audio_output global standard 1M
gpt img 1.5 in cd txt DZ 1M Tokens | openai/gpt-image-1.5 - | cache_read data_zone standard 1M
Image 2 txt Batch inp Gl 1M Tokens | openai/gpt-image-2 - | input global batch 1M
[MAI Models]
Image 2 Output glbl Tokens | microsoft/mai-image-2 - | output global standard 1K
Image 2.6 Image Input Glbl 1M Tokens | microsoft/mai-image-2.6 - | input global standard 1M
MAI-Thinking-1 Cd Inp glbl 1M Tokens | microsoft/mai-thinking-1 - | cache_read global standard 1M
[Azure OpenAI Embedding]
text embedding 3 large DZ Tokens | openai/text-embedding-3-large - | input data_zone standard 1K
[Azure OpenAI OSS Models]
gpt-oss-120B Outp DZone Tokens | openai/gpt-oss-120b - | output data_zone standard 1K
[Cohere Models]
Embed v4 Txt Glbl Tokens | cohere/embed-v-4-0 - | input global standard 1K
Command A Plus Inp DZ 1M Tokens | cohere/command-a-plus-05-2026 - | input data_zone standard 1M
[Azure Deepseek Models]
R1 Inp regnl Tokens | deepseek/deepseek-r1 - | input regional standard 1K
V3-0324 Outp glbl Tokens | deepseek/deepseek-v3-0324 - | output global standard 1K
V3.2 SP Inp DZ Tokens | deepseek/deepseek-v3.2-speciale - | input data_zone standard 1K
V4 Flash cached glbl Tokens | deepseek/deepseek-v4-flash - | cache_read global standard 1K
MAI-DS-R1 Outp Dzone Tokens | microsoft/mai-ds-r1 - | output data_zone standard 1K
[Azure Grok Models]
4.3 Cached Inp DZ L Tokens | xai/grok-4.3 - | cache_read data_zone standard 1K 200000
4.3 Cached Inp DZ Tokens | xai/grok-4.3 - | cache_read data_zone standard 1K
Grok-3 Mini Outp regnl Tokens | xai/grok-3-mini - | output regional standard 1K
Code Fast 1 Inp glbl Tokens | xai/grok-code-fast-1 - | input global standard 1K
Grok4 Fast Outp glbl Tokens | - - | output global standard 1K
Grok 4.1 Inp Glbl Tokens | - - | input global standard 1K
[Azure Kimi]
K2.5 Thinking Inp DZ Tokens | moonshot/kimi-k2.5 - | input data_zone standard 1K
[Azure Llama Models]
Llama 3.3 70B Outp regnl Tokens | meta/llama-3.3-70b-instruct - | output regional standard 1K
Llama 4 Maverick 17B Inp Dzone Tokens | meta/llama-4-maverick-17b-instruct - | input data_zone standard 1K
Llama3.3 70b-IN-FT Tokens | - - | input regional standard 1K
[Azure Mistral Models]
Large 3 Outp glbl Tokens | mistral/mistral-large-3 - | output global standard 1K
MM3.5 Inp DZ Tokens | mistral/mistral-medium-3-5 - | input data_zone standard 1K
[Azure Fireworks Models]
FW DeepSeek-V4-Pro Ch Inp DZ Tokens | fireworks/fw-deepseek-v4-pro - | cache_read data_zone standard 1K
"""

# Under the sub-category: meter | unit | what is sold, scope, tier.
OTHERS = """
[Azure OpenAI]
Provisioned Managed Data Zone Unit | 1/Hour | ptu_hour data_zone provisioned
Provisioned Managed Regional Unit | - | ptu_hour regional provisioned
Az-Provisioned Throughput - Available Unit | 1/Hour | ptu_hour regional provisioned
Provisioned Throughput - Overage Unit | - | ptu_hour regional provisioned
Az-Provisioned Throughput Units | - | ptu_month regional provisioned
gpt-4o-0806-FT-Hstng-glbl Unit | 1 Hour | hosting_hour global -
babbage-002-FT-Trng-glbl Unit | 1 Hour | training global -
gpt-4o-0806-FT-Trng-regnl tkn Tokens | 1K | training regional -
gpt 4.1 dev ft training glbl Tokens | 1K | training global -
Image-Dall-E-3 Std LowRes-regnl EP Images | 100 | image regional -
Speech-Text to Speech HD-global Characters | 1M | character global -
Code-Interpreter-regnl EP Session | 1 | session regional -
file-search-tool-calls-glbl Calls | 1K | call global -
Assistants-File Search-glbl GB | 1/Day | storage global -
Speech-to-Text-Batch-Whisper-glbl Unit | 1 Hour | other global -
[Azure Grok Models]
Provisioned Managed Global Unit | 1/Hour | ptu_hour global provisioned
[Azure Deepseek Models]
Provisioned Throughput Units Overage | 1/Hour | ptu_hour regional provisioned
Provisioned Throughput Units | 1/Month | ptu_month regional provisioned
[Azure AI Foundry Provisioned Throughput Reservation]
Provisioned Managed Global Unit | 1/Hour | ptu_month global provisioned
[-]
Provisioned Throughput Reservation | - | ptu_month - provisioned
Claude Consumption Unit | 1 | consumption_unit - -
Standard Text Records | 1K | other - -
Speech Audio Hours In Batch | 1 Hour | other - -
[Azure OpenAI PP FT GPT4s]
4.1 mini ft hosting Dz Unit | 1 Hour | hosting_hour data_zone -
[Azure Mistral Models]
Ministral 3bFTregnl Deployment Hosting Unit | 1/Hour | hosting_hour regional -
Ministral 3bFTregnl Tokens | 1K | training regional -
OCR 4 annot DZ Pages | 1K | page data_zone -
[Azure OpenAI Reasoning]
o4-mini RFT Training regional Unit | 1 Hour | training regional -
[Azure OpenAI OSS Models]
OSS 20b FT DZ Tokens | 1K | training data_zone -
[Azure OpenAI Media]
Sora 720p Sq 1-20s glbl Video | 1 Second | second global -
Sora 2 pro dzone Second | 1 | second data_zone -
gpt-realtime-whisper Opt Gl Unit | 1 Hour | other global -
[Cohere Models]
Rerank v4 Pro Glbl Search | 1K | search_unit global -
[Azure OpenAI Free Meter]
Standard Unit | 1/Hour | other - -
"""

# Where the oracle, another's parser, reads a meter otherwise -> why we do not.
ARGUED = {
    "4.3 Cached Inp DZ L Tokens": "the trailing L is long context: twice the price",
    "4.3 Inp Glbl L Tokens": "the trailing L is long context: twice the price",
    "Assistants-File Search-regnl GB": "gigabytes a day are kept; nothing is searched",
    "file-search-tool-calls-datazone Calls": "calls of a tool, not units of a reranker",
    "babbage-002-base-regional Tokens": "tokens of a direction that the name does not tell",
    "gpt4omini-rt-aud1217 cchd Inp DZn Tokens": "DZn is the data zone: the price is 1.1 times the global one",
    "gpt4omini-rt-txt1217 cchd Inp DZn Tokens": "DZn is the data zone: the price is 1.1 times the global one",
    "o1 model ft grader cched input Tokens": "cched is cached: half the price of the grader's input",
    "o4 mini dev RFT cd inp glb Tokens": "glb is global",
}
# The oracle tells no audio tokens from text tokens.
WITHOUT_AUDIO = {"audio_input": "input", "audio_output": "output"}
# The oracle takes every number without a vendor for OpenAI's, and calls this preview after its first release.
OTHER_MODELS = {"gpt-4.3": "xai/grok-4.3", "gpt-4.5-0227": "openai/gpt-4.5-preview"}


BLOCKS = {"1K": 1_000, "1M": 1_000_000, "-": None}


def cells(text: str) -> Iterator[list[str]]:
    sub_category = ""
    for line in text.strip().splitlines():
        if line.startswith("["):
            sub_category = line.strip("[]")
        else:
            yield [sub_category, *line.split(" | ")]


def given_or_none(text: str) -> str | None:
    return None if text == "-" else text


@pytest.mark.parametrize(("sub_category", "meter", "model", "facts"), list(cells(TOKENS)))
def test_what_a_token_meter_says(sub_category: str, meter: str, model: str, facts: str) -> None:
    name, version = map(given_or_none, model.split())
    kind, scope, tier, block, *band = facts.split()
    assert read(meter, given_or_none(sub_category)) == Meter(
        "token",
        model=name,
        model_version=version,
        token_kind=given_or_none(kind),
        scope=scope,
        tier=tier,
        prompt_band=int(band[0]) if band else 0,
        block_tokens=BLOCKS[block],
    )


@pytest.mark.parametrize(("sub_category", "meter", "unit", "facts"), list(cells(OTHERS)))
def test_what_any_other_meter_sells(sub_category: str, meter: str, unit: str, facts: str) -> None:
    sold, scope, tier = facts.split()
    expected = Meter(sold, scope=given_or_none(scope), tier=given_or_none(tier))
    assert read(meter, given_or_none(sub_category), given_or_none(unit)) == expected


def test_the_unit_tells_the_block_where_the_name_ends_early() -> None:
    name, sub_category = "5.4 inp Gl", "Azure OpenAI GPT5"
    assert [read(name, sub_category, unit).block_tokens for unit in ("1M", "1K", None)] == [1_000_000, 1_000, None]
    assert read(name, None, "1M").model == "openai/gpt-5.4"
    assert read(name).unit_kind == "other"
    assert read("4.1 inp Gl 1M Tokens").model is None


@pytest.mark.parametrize("joint", [" ", "-", "_", "  "])
@pytest.mark.parametrize("cased", [str.upper, str.lower, str.title])
def test_case_and_joints_do_not_matter(joint: str, cased: Callable[[str], str]) -> None:
    name = cased("gpt 4o mini 0718 cached inp glbl tokens").replace(" ", joint)
    assert read(name) == read("gpt 4o mini 0718 cached Inp glbl Tokens")


def oracle() -> list[dict[str, str]]:
    with ORACLE.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def disagreements(row: dict[str, str], meter: Meter) -> Iterator[str]:
    if not meter.is_token:
        if row["kind"] not in {"", meter.unit_kind}:
            yield f"{row['kind']}, not {meter.unit_kind}"
        return
    kind = WITHOUT_AUDIO.get(meter.token_kind or "", meter.token_kind or "")
    context = "long" if meter.prompt_band else "short"
    ours = {"kind": kind, "scope": meter.scope, "mode": meter.tier, "context": context}
    yield from (f"{row[column]}, not {value}" for column, value in ours.items() if row[column] != value)


def test_the_oracle_agrees(capsys: pytest.CaptureFixture[str]) -> None:
    rows = oracle()
    found = {}
    for row in rows:
        different = list(disagreements(row, read(row["meter_name"], row["product"], row["unit"])))
        if different:
            found[row["meter_name"]] = "; ".join(different)
    with capsys.disabled():
        print(f"\nmeters of the oracle: {len(rows)}, {len(found)} read otherwise, {len(ARGUED)} of them argued")  # noqa: T201
    assert found.keys() == ARGUED.keys(), found


def test_the_oracle_tells_the_same_models_apart(capsys: pytest.CaptureFixture[str]) -> None:
    """Its names are not ours, but where it writes one name we read one model; and where it writes ours, that one."""
    names = defaultdict(set)
    for row in oracle():
        meter = read(row["meter_name"], row["product"], row["unit"])
        if meter.is_token and row["model"]:
            names[row["model"]].add((meter.model, meter.model_version))
    assert [name for name, models in names.items() if len(models) > 1] == []
    resolved = {name: model for name, ((model, _),) in names.items() if model}
    same = {name for name, model in resolved.items() if from_plain_name(name).model == model}
    with capsys.disabled():
        print(f"\nmodels of the oracle: {len(names)}, {len(resolved)} resolved, {len(same)} of one name")  # noqa: T201
    assert {name: resolved[name] for name in OTHER_MODELS} == OTHER_MODELS
    assert len(same) >= 40


WORDS = """
    gpt 4o 5.4 mini 0718 K2.5 FW Grok inp Outp cd Wr Batch pp Std glbl Dz regnl LongCo L 1M aud txt img - ft training
    hosting Unit Tokens Provisioned Throughput Units Reservation Images Search
"""


@given(
    st.text() | st.lists(st.sampled_from(WORDS.split())).map(" ".join),
    st.none() | st.text() | st.sampled_from(["Azure OpenAI GPT5", "Azure Grok Models"]),
    st.none() | st.text() | st.sampled_from(["1K", "1M", "1/Hour", "1/Month"]),
)
def test_any_name_gives_words_of_the_ledger(meter: str, sub_category: str | None, unit: str | None) -> None:
    said = read(meter, sub_category, unit)
    assert said.scope in {None, *SCOPES}
    assert said.tier in {None, *TIERS}
    assert said.prompt_band in PROMPT_BANDS
    assert said.is_token or (said.model, said.token_kind, said.block_tokens) == (None, None, None)
    if said.is_token:
        assert said.scope
        assert said.tier
    if said.model:
        assert from_plain_name(said.model).model == said.model
