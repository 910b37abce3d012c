"""Names of models: what a provider writes, and the canonical `vendor/model` that both clouds share.

A canonical name holds neither a date nor a cloud's own suffix: `anthropic.claude-sonnet-4-5-20250929-v1:0` on Bedrock
and `claude-sonnet-4-5` on Azure are both `anthropic/claude-sonnet-4-5`. The date goes to `version`, the routing to
`scope`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache


@dataclass(frozen=True)
class ModelName:
    """`model` is None where the name says nothing; `version` is a date or release as the provider spells it."""

    model: str | None
    version: str | None = None
    scope: str | None = None


UNKNOWN = ModelName(None)

# Geographic prefixes of Bedrock's system inference profiles, and the one that routes anywhere.
_PROFILE_SCOPES = {
    **dict.fromkeys(("us", "eu", "apac", "jp", "au", "ca", "in", "sa", "us-gov"), "geo"),
    "global": "global",
}

# How a vendor is written on Bedrock -> how we write it.
_BEDROCK_VENDORS = {"moonshotai": "moonshot"}

# Models whose `-vN` is part of the product's name: v1 and v2 are different models at different prices.
_VERSION_IS_NAME = re.compile(r"^(titan-(embed|image)|claude-(v|instant)|embed-|rerank-|ray-|stable-)")

# First match wins; for names that carry no vendor (Azure, OpenTelemetry).
_VENDOR_OF = (
    (re.compile(r"^claude"), "anthropic"),
    (
        re.compile(
            r"^(gpt|o\d|chatgpt|codex|davinci|babbage|text-embedding|dall-e|whisper|tts|sora|computer-use|model-router)"
        ),
        "openai",
    ),
    (re.compile(r"^(meta-)?llama"), "meta"),
    (re.compile(r"^(mistral|ministral|mixtral|codestral|pixtral|magistral)"), "mistral"),
    (re.compile(r"^deepseek"), "deepseek"),
    (re.compile(r"^(phi|mai-|orca)"), "microsoft"),
    (re.compile(r"^(cohere|command|embed-v|rerank)"), "cohere"),
    (re.compile(r"^grok"), "xai"),
    (re.compile(r"^(kimi)"), "moonshot"),
    (re.compile(r"^qwen"), "qwen"),
    (re.compile(r"^fw-"), "fireworks"),
    (re.compile(r"^(jamba|ai21)"), "ai21"),
    (re.compile(r"^(nova|titan)"), "amazon"),
)

# Releases of OpenAI's first chat models, which carry a month and a day; Azure writes the version as `1106-Preview`.
_EARLY_RELEASE = re.compile(r"^(gpt-(?:3\.5-turbo(?:-16k|-instruct)?|4(?:-32k)?))-([01]\d[0-3]\d)(-preview)?$")

_TRAILING_DATE = re.compile(r"[-@](20\d{2}-?[01]\d-?[0-3]\d)$")
_BEDROCK_RELEASE = re.compile(r"(?:-v?(\d+))?(?::(\d+))?(?::\d+k)?$")


@lru_cache(maxsize=4096)
def from_bedrock_id(model_id: str) -> ModelName:
    """The model behind a Bedrock model id or system inference profile id, without ARN.

    Bare ids are called in their region (`regional`); `us.`, `eu.` and the like are `geo`; `global.` is `global`.
    Source of the forms: Bedrock API reference, `modelId`.
    """
    head, _, rest = model_id.partition(".")
    scope = _PROFILE_SCOPES.get(head)
    if scope is not None:
        vendor, _, name = rest.partition(".")
    else:
        scope, vendor, name = "regional", head, rest
    if not name or not re.fullmatch(r"[a-z0-9-]+", vendor):
        return UNKNOWN
    release = _BEDROCK_RELEASE.search(name)
    base = name[: release.start()] if release else name
    tag = name[len(base) + 1 :] or None
    if tag is not None and not name[len(base) :].startswith(("-v", ":")) and ":" not in tag:
        base, tag = name, None  # `kimi-k2-5`: the trailing number belongs to the name
    elif release and release.group(1) and _VERSION_IS_NAME.match(name):
        base = re.sub(r":.*$", "", name)
        tag = name[base.rfind("-v") + 1 :] if "-v" in base else tag
    dated = _TRAILING_DATE.search(base)
    if dated:
        base, tag = base[: dated.start()], dated.group(1)
    if not base:
        return UNKNOWN
    return ModelName(_canonical(_BEDROCK_VENDORS.get(vendor, vendor), base), tag, scope)


_PARTNER_RESOURCE = re.compile(r"(.+)-[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}")


@lru_cache(maxsize=1024)
def from_partner_resource(resource_id: str) -> str | None:
    """The model of a partner's Azure resource, which is called `[model]-[GUID]`; None for any other resource."""
    found = _PARTNER_RESOURCE.fullmatch(resource_id.rpartition("/")[2].lower())
    if found is None:
        return None
    name = found[1].replace(" ", "-").replace("_", "-")
    model = from_plain_name(name).model
    # A family alone (`claude`) is no model, and Amazon's names are anybody's words: Nova, Titan.
    return None if model is None or model.startswith("amazon/") or not re.search(r"[-\d]", name) else model


@lru_cache(maxsize=4096)
def from_plain_name(name: str, version: str | None = None) -> ModelName:
    """The model behind a name such as Azure's `modelName` or OpenTelemetry's `gen_ai.response.model`.

    `gpt-4o-2024-08-06` carries its version in the name; an explicit `version` wins. A name of no known vendor has
    `model` None: guessing would price it wrongly.
    """
    text = name.strip().lower()
    vendor, slash, base = text.rpartition("/")
    if not slash:
        base = text
        if "." in base and re.fullmatch(r"[a-z0-9]+", base.split(".")[0]) and not base[0].isdigit():
            bedrock = from_bedrock_id(text)
            if bedrock.model and bedrock.model.split("/")[0] in {
                "anthropic",
                "amazon",
                "meta",
                "mistral",
                "cohere",
                "deepseek",
                "openai",
                "qwen",
                "ai21",
                "writer",
            }:
                return ModelName(bedrock.model, version or bedrock.version, bedrock.scope)
    base = base.replace("gpt-35-", "gpt-3.5-")
    dated = _TRAILING_DATE.search(base)
    if dated:
        base, version = base[: dated.start()], version or dated.group(1)
    early = _EARLY_RELEASE.match(base)
    if early:
        base, version = early.group(1), version or early.group(2) + ("-Preview" if early.group(3) else "")
    if not slash:
        vendor = next((known for pattern, known in _VENDOR_OF if pattern.match(base)), "")
    return ModelName(_canonical(vendor, base) if vendor and base else None, version or None)


def _canonical(vendor: str, base: str) -> str:
    """One spelling for a model that both clouds sell under slightly different names."""
    if vendor == "meta":
        base = re.sub(r"^(?:meta-)?llama-?(\d)(?:[-.](\d)(?=-))?", _llama_generation, base)
        base = re.sub(r"-(16e|128e)|-fp8$", "", base)
    elif vendor == "deepseek":
        base = "deepseek-" + re.sub(r"^deepseek-", "", base)
    elif vendor == "qwen":
        base = re.sub(r"^(qwen3-.*)-instruct$", r"\1", base)  # Bedrock's newer endpoint has the ending, the older not
    elif vendor == "cohere":
        base = re.sub(r"^cohere-", "", base)
    return f"{vendor}/{base}"


def _llama_generation(match: re.Match[str]) -> str:
    major, minor = match.groups()
    return f"llama-{major}.{minor}" if minor else f"llama-{major}"
