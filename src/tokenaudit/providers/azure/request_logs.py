"""Azure OpenAI accounts: RequestResponse (latency, outcome, no tokens) and AzureOpenAIRequestUsage (tokens, tolerant).

`time` of these records is the time of logging, about 0.3 s after the answer; the request began at `requestTime`.
"""

from __future__ import annotations

import re
from datetime import timedelta
from typing import TYPE_CHECKING

from tokenaudit.providers.azure.decoding import RecordError
from tokenaudit.providers.azure.outcomes import outcome_of
from tokenaudit.providers.azure.parts import Row, account_columns, digest, model_columns, part
from tokenaudit.providers.azure.tokens import token_columns
from tokenaudit.providers.azure.values import from_ticks, milliseconds, moment, region, status, text

if TYPE_CHECKING:
    from datetime import datetime

    from tokenaudit.providers.azure.record import Kind, Record

# What other AI services are called, in any spelling (`Computer Vision API`, `TextAnalytics`).
_OTHERS = re.compile(
    r"speech|translat(?:or|ion)|text ?analytics|language(?! ?model)|qna ?maker|\bluis\b|immersive ?reader"
    r"|(?:computer|custom) ?vision|\bvision\b|\bface\b|form ?recognizer|document ?intelligence"
    r"|content ?(?:safety|moderator)|anomaly ?detector|personalizer",
    re.IGNORECASE,
)
_OURS = re.compile("openai", re.IGNORECASE)

_STREAMED = {"streaming": True, "non-streaming": False}


def request_part(record: Record, uri: str) -> Row:
    """One request: everything but tokens, of which this log has none (its lengths are bytes of JSON).

    One correlation id may cover several requests, so the row's own id adds a hash of what tells them apart.
    """
    row = _part("request", record, uri, {})
    logged = moment(record.get("time"))
    apart = digest([logged, record.get("operationname"), record.get("properties")])
    row["usage_id"] = f"{row['call_id']}/{apart[:12]}"
    return row


def is_of_another_service(record: Record) -> bool:
    """Whether the record's API is one of speech, vision or language, which write the same category of log.

    Only where it says so by name and names no model: all others stay requests.
    """
    api = text(record.get("apiname")) or ""
    return not any(_names(record)) and not _OURS.search(api) and bool(_OTHERS.search(api))


def usage_part(record: Record, uri: str) -> Row:
    """The tokens of one request. No document describes this category: see `tokens`."""
    model = model_columns(*_names(record))
    return _part("usage", record, uri, token_columns(record, model["model"]))


def _part(kind: Kind, record: Record, uri: str, tokens: Row) -> Row:
    latency_ms = milliseconds(record.get("durationms"), "durationMs")
    answered = status(record.get("resultsignature"))
    return part(
        kind,
        record,
        uri,
        _began(record, latency_ms),
        {
            "request_id": text(record.get("correlationid")),
            **account_columns(record),
            "region": region(record.get("region")),
            **model_columns(*_names(record)),
            "operation": text(record.get("operationname")),
            "streamed": _STREAMED.get((text(record.get("streamtype")) or "").lower()),
            **tokens,
            "latency_ms": latency_ms,
            "vantage": None if latency_ms is None else "provider",
            "outcome": outcome_of(answered, record),
            "status": answered,
            "caller": text(record.get("objectid")) or text(record.get("callerobjectid")),
        },
    )


def _names(record: Record) -> tuple[str | None, str | None, str | None]:
    return text(record.get("modelname")), text(record.get("modelversion")), text(record.get("modeldeploymentname"))


def _began(record: Record, latency_ms: float | None) -> datetime:
    """`requestTime`, else the time of logging less the duration. Raises RecordError when there is neither."""
    began = from_ticks(record.get("requesttime"))
    if began is not None:
        return began
    logged = moment(record.get("time"))
    if logged is None:
        raise RecordError("no time")
    return logged - timedelta(milliseconds=latency_ms or 0)
