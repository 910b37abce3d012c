"""Who answered: provider, model, where it ran and under whose name."""

from __future__ import annotations

import re

from tokenaudit.model.columns import AZURE, BEDROCK
from tokenaudit.model.models import UNKNOWN, ModelName, from_bedrock_id, from_plain_name
from tokenaudit.providers.otel import attributes as names
from tokenaudit.providers.otel.attributes import text
from tokenaudit.providers.otel.span import RefusedError, Span

_PROVIDERS = {
    "aws.bedrock": BEDROCK,
    "aws_bedrock": BEDROCK,
    "azure.ai.openai": AZURE,
    "az.ai.openai": AZURE,
    "azure.ai.inference": AZURE,
    "az.ai.inference": AZURE,
    "azure_openai": AZURE,
}
_AZURE_HOSTS = (".openai.azure.com", ".cognitiveservices.azure.com", ".services.ai.azure.com")
_BEDROCK_HOST = re.compile(r"(^|\.)bedrock[a-z-]*\.[a-z0-9.-]*amazonaws\.com(\.cn)?$")
_CLOUDS = {BEDROCK: "aws", AZURE: "azure"}
_ARN = re.compile(r"arn:aws[a-z-]*:bedrock:([a-z0-9-]*):(\d*):([a-z-]+)/(.+)")


def provider(span: Span) -> str:
    """The ledger's name for it, or what the span says.

    The OpenAI SDK calls itself `openai` on Azure too, so there the host decides. Raises RefusedError when neither a
    name nor a known host is there.
    """
    name = text(span.attributes, *names.PROVIDER)
    host = (text(span.attributes, names.SERVER) or "").lower().rstrip(".").partition(":")[0]
    if (name or "openai").lower() == "openai" and host.endswith(_AZURE_HOSTS):
        return AZURE
    if name is None and _BEDROCK_HOST.search(host):
        return BEDROCK
    if name is None:
        raise RefusedError("the span names no GenAI provider")
    return _PROVIDERS.get(name.lower(), name)


def columns(span: Span, provider_name: str) -> dict[str, str | None]:
    """The ledger's columns about model and place.

    They are model, model_version, model_ref, scope, deployment, resource, account and region, and tier where an ARN
    says it. Absent names are null.
    """
    asked = text(span.attributes, names.REQUEST_MODEL)
    answered = text(span.attributes, names.RESPONSE_MODEL)
    found: dict[str, str | None] = {"model_ref": answered or asked, **_place(span, provider_name)}
    if provider_name == BEDROCK:
        return found | _bedrock(asked, answered)
    if provider_name == AZURE:
        # A deployment's name may be anything, even the name of another model: only the answer tells the model.
        name = from_plain_name(answered) if answered else UNKNOWN
        return found | _named(ModelName(name.model, name.version)) | {"deployment": asked}
    return found | _named(from_plain_name(answered or asked or ""))


def _named(name: ModelName) -> dict[str, str | None]:
    return {"model": name.model, "model_version": name.version, "scope": name.scope}


def _bedrock(asked: str | None, answered: str | None) -> dict[str, str | None]:
    """The answer names the model best; how it was routed is known only from what was asked for."""
    answer, request = _bedrock_name(answered), _bedrock_name(asked)
    best = answer if answer.model else request
    found = _named(ModelName(best.model, best.version, (request if asked else answer).scope))
    arn = _ARN.fullmatch(asked or answered or "")
    if arn is None:
        return found
    region, account, kind, name = arn.groups()
    found["resource"] = arn.string
    if kind == "application-inference-profile":
        found["deployment"] = name
    if kind == "provisioned-model":
        found["tier"] = "provisioned"
    # An ARN says where and by whom the model was called; the resource attributes only where the caller runs.
    return found | {key: value for key, value in (("region", region), ("account", account)) if value}


def _bedrock_name(reference: str | None) -> ModelName:
    arn = _ARN.fullmatch(reference or "")
    if arn:
        return from_bedrock_id(arn[4]) if arn[3] in ("foundation-model", "inference-profile") else UNKNOWN
    if reference is None:
        return UNKNOWN
    plain = from_plain_name(reference)  # Anthropic's answers hold `claude-...`, without the vendor
    return plain if plain.model else from_bedrock_id(reference)


def _place(span: Span, provider_name: str) -> dict[str, str | None]:
    """Region and account.

    On the span they are those of the call; on the resource those of the caller, which are the same only when it runs in
    the provider's cloud.
    """
    cloud = _CLOUDS.get(provider_name)
    same = cloud is not None and text(span.resource, names.CLOUD) in (None, cloud)
    own = span.resource if same else {}
    account = text(span.attributes, names.ACCOUNT) or text(own, names.ACCOUNT)
    return {
        "region": text(span.attributes, *names.REGION) or text(own, *names.REGION),
        "account": account.lower() if account and provider_name == AZURE else account,
    }
