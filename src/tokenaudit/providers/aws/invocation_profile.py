"""The ledger columns that follow from the strings of an invocation record which repeat."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pyarrow as pa

from tokenaudit.model.columns import BEDROCK
from tokenaudit.providers.aws.invocation_record import Performance, TierType
from tokenaudit.providers.aws.model_refs import parse

if TYPE_CHECKING:
    from tokenaudit.providers.aws.invocation_facts import BodyProfile

PROFILE_COLUMNS: dict[str, pa.DataType] = {
    "id_prefix": pa.string(),
    "provider": pa.string(),
    "source": pa.string(),
    "grain": pa.string(),
    "account": pa.string(),
    "region": pa.string(),
    "served_region": pa.string(),
    "resource": pa.string(),
    "deployment": pa.string(),
    "model": pa.string(),
    "model_version": pa.string(),
    "model_ref": pa.string(),
    "scope": pa.string(),
    "tier": pa.string(),
    "operation": pa.string(),
    "streamed": pa.bool_(),
    "vantage": pa.string(),
    "outcome": pa.string(),
    "status": pa.string(),
}

_STREAMED = {
    "InvokeModel": False,
    "Converse": False,
    "InvokeModelWithResponseStream": True,
    "ConverseStream": True,
}

# Service tiers as Bedrock spells them; an unknown spelling stays unknown.
_TIERS = {
    "default": "standard",
    "standard": "standard",
    "priority": "priority",
    "flex": "flex",
    "reserved": "reserved",
    "latency_optimized": "latency_optimized",
}

# Error codes of the Bedrock runtime. Source: API reference, "Errors" of InvokeModel and Converse.
_OUTCOMES = {
    "ThrottlingException": "throttled",
    "TooManyRequestsException": "throttled",
    "ServiceQuotaExceededException": "throttled",
    "ValidationException": "client_error",
    "AccessDeniedException": "client_error",
    "ResourceNotFoundException": "client_error",
    "ConflictException": "client_error",
    "ModelNotReadyException": "throttled",
    "InternalServerException": "server_error",
    "ServiceUnavailableException": "server_error",
    "ModelErrorException": "server_error",
    "ModelStreamErrorException": "server_error",
    "ModelTimeoutException": "server_error",
}


_HTTP_STATUS = re.compile("[1-5][0-9][0-9]")
_CLASSES = {"2": "ok", "4": "client_error", "5": "server_error"}
# Those that stand for an exception of another kind than their first digit says: throttling, and two of the model's.
_STATUSES = {"408": "server_error", "424": "server_error", "429": "throttled"}


@dataclass(frozen=True)
class Profile:
    """One distinct combination of a record's repeating facts, as ledger columns."""

    id_prefix: str
    provider: str
    source: str
    grain: str
    account: str | None
    region: str | None
    served_region: str | None
    resource: str | None
    deployment: str | None
    model: str | None
    model_version: str | None
    model_ref: str | None
    scope: str | None
    tier: str | None
    operation: str | None
    streamed: bool | None
    vantage: str | None
    outcome: str
    status: str | None


def profile_of(  # these are the record's repeating fields, in the order of the key
    account: str | None,
    region: str | None,
    model_ref: str | None,
    operation: str | None,
    served_region: str | None,
    error_code: str | int | None,
    status: str | int | None,
    service_tier: TierType | str | None,
    performance: Performance | None,
    answered: bool,  # a part of the key  # noqa: FBT001
    untimed: bool,  # a part of the key  # noqa: FBT001
    body: BodyProfile,
) -> Profile:
    """The columns of one combination."""
    ref = parse(model_ref or "")
    streamed = _STREAMED.get(operation or "", True if body.chunks else None)
    shown = error_code or status
    shown_status = None if shown is None else str(shown)
    return Profile(
        id_prefix=f"aws/{account or '-'}/{region or '-'}",
        provider=BEDROCK,
        source="aws.invocation_logs",
        grain="request",
        account=account or None,
        region=region or None,
        served_region=served_region or None,
        resource=ref.resource,
        deployment=ref.deployment,
        model=ref.model,
        model_version=ref.version,
        model_ref=model_ref or None,
        scope=ref.scope,
        tier=ref.tier or _tier(service_tier, performance, operation, body),
        operation=operation or None,
        streamed=streamed,
        vantage=None if untimed else "provider",
        outcome=_outcome(shown_status, unanswered=not answered, filtered=body.filtered),
        status=shown_status,
    )


def _tier(
    service_tier: TierType | str | None, performance: Performance | None, operation: str | None, body: BodyProfile
) -> str | None:
    """The tier that served the request: the answer's word, else the record's, else the request's.

    InvokeModel may carry it in a header only, which is not logged: there silence means nothing.
    """
    recorded = service_tier.type if isinstance(service_tier, TierType) else service_tier
    wanted = None if body.wanted == "latency_optimized" else body.wanted
    spoken = body.tier or recorded or wanted
    tier = _TIERS.get((spoken or "").lower())
    optimized = body.wanted == "latency_optimized" if performance is None else performance.latency == "optimized"
    if tier in (None, "standard") and optimized:
        return "latency_optimized"
    if tier is None and spoken is None and body.seen and (operation or "").startswith("Converse"):
        return "standard"
    return tier


def _outcome(status: str | None, *, unanswered: bool, filtered: bool) -> str:
    if filtered:
        return "filtered"
    if status is None or status == "200":
        return "unknown" if unanswered else "ok"
    name = status.rpartition("#")[2].partition(":")[0]  # some errors are written with a namespace or an address
    if name in _OUTCOMES:
        return _OUTCOMES[name]
    return _STATUSES.get(name) or _CLASSES.get(name[0] if _HTTP_STATUS.fullmatch(name) else "", "unknown")
