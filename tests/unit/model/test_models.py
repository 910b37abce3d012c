"""What the clouds call their models, and what we call them: a table to be read."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tokenaudit.model.models import UNKNOWN, ModelName, from_bedrock_id, from_plain_name

BEDROCK = """
    anthropic.claude-instant-v1                     anthropic/claude-instant-v1          v1          regional
    anthropic.claude-v2:1                           anthropic/claude-v2                  v2:1        regional
    anthropic.claude-3-haiku-20240307-v1:0          anthropic/claude-3-haiku             20240307    regional
    anthropic.claude-3-sonnet-20240229-v1:0:28k     anthropic/claude-3-sonnet            20240229    regional
    anthropic.claude-3-sonnet-20240229-v1:0:200k    anthropic/claude-3-sonnet            20240229    regional
    anthropic.claude-3-5-sonnet-20240620-v1:0       anthropic/claude-3-5-sonnet          20240620    regional
    anthropic.claude-3-5-sonnet-20241022-v2:0       anthropic/claude-3-5-sonnet          20241022    regional
    us.anthropic.claude-3-7-sonnet-20250219-v1:0    anthropic/claude-3-7-sonnet          20250219    geo
    apac.anthropic.claude-sonnet-4-20250514-v1:0    anthropic/claude-sonnet-4            20250514    geo
    anthropic.claude-sonnet-4-5-20250929-v1:0       anthropic/claude-sonnet-4-5          20250929    regional
    us.anthropic.claude-sonnet-4-5-20250929-v1:0    anthropic/claude-sonnet-4-5          20250929    geo
    jp.anthropic.claude-sonnet-4-5-20250929-v1:0    anthropic/claude-sonnet-4-5          20250929    geo
    us-gov.anthropic.claude-sonnet-4-5-20250929-v1:0 anthropic/claude-sonnet-4-5         20250929    geo
    global.anthropic.claude-sonnet-4-5-20250929-v1:0 anthropic/claude-sonnet-4-5         20250929    global
    anthropic.claude-haiku-4-5@20251001             anthropic/claude-haiku-4-5           20251001    regional
    eu.anthropic.claude-opus-4-1-20250805-v1:0      anthropic/claude-opus-4-1            20250805    geo
    global.anthropic.claude-opus-4-6-v1             anthropic/claude-opus-4-6            v1          global
    anthropic.claude-opus-4-7                       anthropic/claude-opus-4-7            -           regional
    au.anthropic.claude-sonnet-4-6                  anthropic/claude-sonnet-4-6          -           geo
    ca.anthropic.claude-sonnet-5                    anthropic/claude-sonnet-5            -           geo
    global.anthropic.claude-opus-5-5                anthropic/claude-opus-5-5            -           global
    anthropic.claude-fable-5-1                      anthropic/claude-fable-5-1           -           regional
    amazon.nova-micro-v1:0                          amazon/nova-micro                    v1:0        regional
    us.amazon.nova-pro-v1:0                         amazon/nova-pro                      v1:0        geo
    amazon.nova-pro-v1:0:300k                       amazon/nova-pro                      v1:0:300k   regional
    global.amazon.nova-2-lite-v1:0                  amazon/nova-2-lite                   v1:0        global
    amazon.nova-2-pro-preview-20251202-v1:0         amazon/nova-2-pro-preview            20251202    regional
    amazon.nova-canvas-v1:0                         amazon/nova-canvas                   v1:0        regional
    amazon.titan-text-express-v1                    amazon/titan-text-express            v1          regional
    amazon.titan-embed-text-v1                      amazon/titan-embed-text-v1           v1          regional
    amazon.titan-embed-text-v2:0                    amazon/titan-embed-text-v2           v2:0        regional
    amazon.titan-embed-g1-text-02                   amazon/titan-embed-g1-text-02        -           regional
    amazon.titan-embed-image-v1                     amazon/titan-embed-image-v1          v1          regional
    amazon.rerank-v1:0                              amazon/rerank-v1                     v1:0        regional
    meta.llama2-13b-chat-v1                         meta/llama-2-13b-chat                v1          regional
    meta.llama3-8b-instruct-v1:0                    meta/llama-3-8b-instruct             v1:0        regional
    meta.llama3-1-405b-instruct-v1:0                meta/llama-3.1-405b-instruct         v1:0        regional
    eu.meta.llama3-2-1b-instruct-v1:0               meta/llama-3.2-1b-instruct           v1:0        geo
    us.meta.llama3-3-70b-instruct-v1:0              meta/llama-3.3-70b-instruct          v1:0        geo
    meta.llama4-maverick-17b-instruct-v1:0          meta/llama-4-maverick-17b-instruct   v1:0        regional
    mistral.mistral-7b-instruct-v0:2                mistral/mistral-7b-instruct          v0:2        regional
    mistral.mixtral-8x7b-instruct-v0:1              mistral/mixtral-8x7b-instruct        v0:1        regional
    mistral.mistral-large-2402-v1:0                 mistral/mistral-large-2402           v1:0        regional
    mistral.mistral-large-2407-v1:0                 mistral/mistral-large-2407           v1:0        regional
    mistral.ministral-3-8b-instruct                 mistral/ministral-3-8b-instruct      -           regional
    eu.mistral.pixtral-large-2502-v1:0              mistral/pixtral-large-2502           v1:0        geo
    cohere.command-text-v14                         cohere/command-text                  v14         regional
    cohere.embed-english-v3                         cohere/embed-english-v3              v3          regional
    global.cohere.embed-v4:0                        cohere/embed-v4                      v4:0        global
    cohere.rerank-v3-5:0                            cohere/rerank-v3-5                   v3-5:0      regional
    deepseek.r1-v1:0                                deepseek/deepseek-r1                 v1:0        regional
    deepseek.v3.2                                   deepseek/deepseek-v3.2               -           regional
    openai.gpt-oss-120b-1:0                         openai/gpt-oss-120b                  1:0         regional
    openai.gpt-oss-safeguard-20b                    openai/gpt-oss-safeguard-20b         -           regional
    openai.gpt-5.6-luna                             openai/gpt-5.6-luna                  -           regional
    global.openai.gpt-5.4                           openai/gpt-5.4                       -           global
    qwen.qwen3-235b-a22b-2507-v1:0                  qwen/qwen3-235b-a22b-2507            v1:0        regional
    qwen.qwen3-next-80b-a3b                         qwen/qwen3-next-80b-a3b              -           regional
    moonshotai.kimi-k2.5                            moonshot/kimi-k2.5                   -           regional
    moonshot.kimi-k2-thinking                       moonshot/kimi-k2-thinking            -           regional
    in.moonshotai.kimi-k3                           moonshot/kimi-k3                     -           geo
    nvidia.nemotron-nano-9b-v2                      nvidia/nemotron-nano-9b              v2          regional
    ai21.jamba-1-5-large-v1:0                       ai21/jamba-1-5-large                 v1:0        regional
    google.gemma-3-27b-it                           google/gemma-3-27b-it                -           regional
    minimax.minimax-m2.1                            minimax/minimax-m2.1                 -           regional
    eu.twelvelabs.pegasus-1-2-v1:0                  twelvelabs/pegasus-1-2               v1:0        geo
    stability.stable-image-core-v1:1                stability/stable-image-core-v1       v1:1        regional
    us.writer.palmyra-x5-v1:0                       writer/palmyra-x5                    v1:0        geo
"""

PLAIN = """
    gpt-4o                                   openai/gpt-4o                          -
    gpt-4o-2024-05-13                        openai/gpt-4o                          2024-05-13
    gpt-4o-mini-2024-07-18                   openai/gpt-4o-mini                     2024-07-18
    gpt-4.1-mini-2025-04-14                  openai/gpt-4.1-mini                    2025-04-14
    gpt-35-turbo                             openai/gpt-3.5-turbo                   -
    gpt-35-turbo-16k-0613                    openai/gpt-3.5-turbo-16k               0613
    gpt-3.5-turbo-0125                       openai/gpt-3.5-turbo                   0125
    gpt-35-turbo-instruct-0914               openai/gpt-3.5-turbo-instruct          0914
    gpt-4-0613                               openai/gpt-4                           0613
    gpt-4-32k-0613                           openai/gpt-4-32k                       0613
    gpt-4-1106-preview                       openai/gpt-4                           1106-Preview
    gpt-4-turbo-2024-04-09                   openai/gpt-4-turbo                     2024-04-09
    gpt-5                                    openai/gpt-5                           -
    gpt-5-mini-2025-08-07                    openai/gpt-5-mini                      2025-08-07
    gpt-5.1-codex-max                        openai/gpt-5.1-codex-max               -
    gpt-5.6-luna-2026-07-09                  openai/gpt-5.6-luna                    2026-07-09
    gpt-audio-1.5-2026-02-23                 openai/gpt-audio-1.5                   2026-02-23
    gpt-oss-120b                             openai/gpt-oss-120b                    -
    o1                                       openai/o1                              -
    o3-mini-2025-01-31                       openai/o3-mini                         2025-01-31
    o4-mini                                  openai/o4-mini                         -
    chatgpt-4o-latest                        openai/chatgpt-4o-latest               -
    codex-mini                               openai/codex-mini                      -
    text-embedding-3-small                   openai/text-embedding-3-small          -
    text-embedding-ada-002                   openai/text-embedding-ada-002          -
    computer-use-preview                     openai/computer-use-preview            -
    model-router                             openai/model-router                    -
    sora-2                                   openai/sora-2                          -
    claude-sonnet-4-5                        anthropic/claude-sonnet-4-5            -
    claude-sonnet-4-5-20250929               anthropic/claude-sonnet-4-5            20250929
    claude-haiku-4-5@20251001                anthropic/claude-haiku-4-5             20251001
    Llama-3.3-70B-Instruct                   meta/llama-3.3-70b-instruct            -
    Meta-Llama-3.1-70B-Instruct              meta/llama-3.1-70b-instruct            -
    Llama-4-Maverick-17B-128E-Instruct-FP8   meta/llama-4-maverick-17b-instruct     -
    Llama-4-Scout-17B-16E-Instruct           meta/llama-4-scout-17b-instruct        -
    Mistral-Large-2411                       mistral/mistral-large-2411             -
    Codestral-2501                           mistral/codestral-2501                 -
    Ministral-3B                             mistral/ministral-3b                   -
    DeepSeek-R1                              deepseek/deepseek-r1                   -
    DeepSeek-V3.2                            deepseek/deepseek-v3.2                 -
    Phi-4-mini-instruct                      microsoft/phi-4-mini-instruct          -
    MAI-DS-R1                                microsoft/mai-ds-r1                    -
    Cohere-command-a                         cohere/command-a                       -
    embed-v-4-0                              cohere/embed-v-4-0                     -
    grok-4-fast-reasoning                    xai/grok-4-fast-reasoning              -
    Kimi-K2.5                                moonshot/kimi-k2.5                     -
    openai/gpt-4o                            openai/gpt-4o                          -
    anthropic/claude-opus-4-7                anthropic/claude-opus-4-7              -
    my-finetune-7                            -                                      -
    chat-prod                                -                                      -
"""

# Names with which one model is sold on both clouds.
SAME = [
    ("us.anthropic.claude-sonnet-4-5-20250929-v1:0", "claude-sonnet-4-5"),
    ("meta.llama3-3-70b-instruct-v1:0", "Llama-3.3-70B-Instruct"),
    ("meta.llama3-1-8b-instruct-v1:0", "Meta-Llama-3.1-8B-Instruct"),
    ("meta.llama4-maverick-17b-instruct-v1:0", "Llama-4-Maverick-17B-128E-Instruct-FP8"),
    ("meta.llama4-scout-17b-instruct-v1:0", "Llama-4-Scout-17B-16E-Instruct"),
    ("deepseek.r1-v1:0", "DeepSeek-R1"),
    ("deepseek.v3.2", "DeepSeek-V3.2"),
    ("openai.gpt-oss-120b-1:0", "gpt-oss-120b"),
    ("mistral.mistral-large-2407-v1:0", "Mistral-large-2407"),
    ("moonshotai.kimi-k2.5", "Kimi-K2.5"),
    ("global.openai.gpt-5.4", "gpt-5.4-2026-03-05"),
]


def table(text: str) -> list[list[str | None]]:
    return [[None if cell == "-" else cell for cell in line.split()] for line in text.splitlines() if line.strip()]


@pytest.mark.parametrize(("model_id", "model", "version", "scope"), table(BEDROCK))
def test_on_bedrock(model_id: str, model: str, version: str | None, scope: str) -> None:
    assert from_bedrock_id(model_id) == ModelName(model, version, scope)


@pytest.mark.parametrize(("name", "model", "version"), table(PLAIN))
def test_elsewhere(name: str, model: str | None, version: str | None) -> None:
    assert from_plain_name(name) == ModelName(model, version)


@pytest.mark.parametrize(("on_bedrock", "on_azure"), SAME)
def test_one_model_has_one_name(on_bedrock: str, on_azure: str) -> None:
    assert from_bedrock_id(on_bedrock).model == from_plain_name(on_azure).model


@pytest.mark.parametrize("model", sorted({row[1] for row in table(BEDROCK + PLAIN) if row[1]}))
def test_a_canonical_name_is_its_own(model: str) -> None:
    assert from_plain_name(model) == ModelName(model)


@pytest.mark.parametrize("prefix", ["us", "eu", "apac", "jp", "au", "ca", "in", "sa", "us-gov", "global"])
def test_a_profile_prefix_decides_the_scope_and_nothing_else(prefix: str) -> None:
    bare, routed = from_bedrock_id("amazon.nova-pro-v1:0"), from_bedrock_id(f"{prefix}.amazon.nova-pro-v1:0")
    assert (routed.model, routed.version) == (bare.model, bare.version)
    assert routed.scope == ("global" if prefix == "global" else "geo")


def test_dated_models_of_one_name_differ_in_version() -> None:
    """gpt-4o's price depends on it."""
    names = [from_plain_name(f"gpt-4o-{date}") for date in ("2024-05-13", "2024-08-06")]
    assert names == [ModelName("openai/gpt-4o", "2024-05-13"), ModelName("openai/gpt-4o", "2024-08-06")]


@pytest.mark.parametrize("name", ["gpt-4o", "gpt-4o-2024-05-13", "gpt-4-0613"])
def test_an_explicit_version_wins(name: str) -> None:
    assert from_plain_name(name, "2024-11-20").version == "2024-11-20"


def test_a_bedrock_id_is_known_elsewhere_too() -> None:
    for name in (
        "us.anthropic.claude-sonnet-4-5-20250929-v1:0",
        "amazon.nova-pro-v1:0",
        "meta.llama3-3-70b-instruct-v1:0",
    ):
        assert from_plain_name(name) == from_bedrock_id(name)
    assert from_plain_name("gpt-4.1").model == "openai/gpt-4.1"


@pytest.mark.parametrize("name", ["gpt-4o", " GPT-4o ", "Gpt-4O\n"])
def test_case_and_white_space_do_not_matter(name: str) -> None:
    assert from_plain_name(name) == ModelName("openai/gpt-4o")


@pytest.mark.parametrize(
    "text",
    [
        "",
        ".",
        "us.",
        "us..",
        "us.amazon",
        "global.anthropic.",
        "amazon.-v1:0",
        "amazon.:0",
        "no-vendor",
        "Mixed.case",
        "a b.c",
        "arn:aws:bedrock:us-east-1::foundation-model/x",
    ],
)
def test_what_says_nothing_is_unknown(text: str) -> None:
    assert from_bedrock_id(text) == UNKNOWN


@given(st.text() | st.from_regex(r"([a-z-]{1,6}\.)?[a-z0-9]{1,8}\.[a-z0-9.:@/-]{0,30}", fullmatch=True))
def test_arbitrary_text_raises_nothing(text: str) -> None:
    for name in (from_bedrock_id(text), from_plain_name(text), from_plain_name(text, "v")):
        assert name.model is None or (all(name.model.partition("/")) and name.version != "")
        assert name.scope in {None, "regional", "geo", "global"}


@given(st.text(alphabet="abcdefgptoclaude0123456789-./:@", max_size=24))
def test_naming_twice_is_naming_once(text: str) -> None:
    once = from_plain_name(text)
    if once.model is not None and once.version is None:
        again = from_plain_name(once.model)
        assert again.model == once.model
