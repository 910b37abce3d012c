"""API Management: its log of language-model calls (tokens) and its log of requests (latency, outcome, caller).

`TimeGenerated` of both tables is documented as the time at which processing of the request *began*:
https://learn.microsoft.com/azure/azure-monitor/reference/tables/apimanagementgatewayllmlog
https://learn.microsoft.com/azure/api-management/gateway-log-schema-reference (edition of October 2020)
The resource of these records is the gateway, not the account that ran the model, so account and resource stay null.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tokenaudit.providers.azure.decoding import RecordError
from tokenaudit.providers.azure.outcomes import outcome_of
from tokenaudit.providers.azure.parts import Row, model_columns, part
from tokenaudit.providers.azure.tokens import token_columns
from tokenaudit.providers.azure.values import count, flag, milliseconds, moment, region, status, text

if TYPE_CHECKING:
    from datetime import datetime

    from tokenaudit.providers.azure.record import Record

# The record's own category, which Storage writes where other logs name the operation.
_NO_OPERATION = "microsoft.apimanagement/"
# Of several records of one call those that carry the model's own request id come first.
_RANK_WITHOUT_ID = 1_000_000_000


def llm_part(record: Record, uri: str) -> Row | None:
    """The tokens of one call. None for a record that is none: a piece of a long message, or a probe.

    Messages over 32 KB are split into records that share the correlation id; only the first (`SequenceNumber` 0, with
    the deployment's name) carries the counts.
    https://learn.microsoft.com/azure/api-management/api-management-howto-llm-logs
    """
    name, deployment = text(record.get("modelname")), text(record.get("deploymentname"))
    model = model_columns(name, None, deployment)
    # A deployment called `claude-...` names no model that could be priced, but tells the vendor's way of counting.
    tokens = token_columns(record, model["model"] or model_columns(deployment, None, None)["model"])
    request_id = text(record.get("requestid"))
    sequence = count(record.get("sequencenumber"), "sequencenumber")
    if not any(tokens.values()) and not deployment:
        is_piece = bool(sequence)
        is_probe = not request_id and not name
        if is_piece or is_probe:
            return None
    return part(
        "llm",
        record,
        uri,
        _began(record),
        {
            "request_id": request_id or text(record.get("correlationid")),
            "region": region(record.get("region")),
            **model,
            "operation": _operation(record),
            "streamed": flag(record.get("isstreamcompletion")),
            **tokens,
            "outcome": "unknown",
            "part_rank": (sequence or 0) + (0 if request_id else _RANK_WITHOUT_ID),
        },
    )


def gateway_part(record: Record, uri: str) -> Row:
    """Latency, outcome and caller of one request, of whatever API. Without an llm part it makes no usage row."""
    answered = status(record.get("responsecode"))
    told = (milliseconds(record.get(name), "total time") for name in ("totaltime", "durationms"))
    latency_ms = next((each for each in told if each is not None), None)
    return part(
        "gateway",
        record,
        uri,
        _began(record),
        {
            "request_id": text(record.get("correlationid")),
            "region": region(record.get("region")),
            "operation": text(record.get("operationid")),
            "latency_ms": latency_ms,
            "vantage": None if latency_ms is None else "gateway",
            "outcome": outcome_of(answered, record),
            "status": answered,
            "caller": text(record.get("apimsubscriptionid")),
        },
    )


def _began(record: Record) -> datetime:
    began = moment(record.get("time"))
    if began is None:
        raise RecordError("no time")
    return began


def _operation(record: Record) -> str | None:
    operation = text(record.get("operationname"))
    return None if operation is None or operation.lower().startswith(_NO_OPERATION) else operation
