"""How a call ended, from what its span says about it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from tokenaudit.providers.otel import attributes as names
from tokenaudit.providers.otel.attributes import first, text

if TYPE_CHECKING:
    from tokenaudit.providers.otel.span import Span

# Of OpenAI and Azure, of Bedrock's Converse, of guardrails.
_FILTERED = re.compile(r"content_?filter|guardrail_intervened", re.IGNORECASE)

# For an `error.type` that is no HTTP status: names of errors in botocore, the OpenAI and Azure SDKs, and gRPC.
# First match wins; a name that fits none is `unknown`.
_ERRORS: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"throttl|rate_?limit|too_?many|quota|resource_?exhausted", re.IGNORECASE), "throttled"),
    (re.compile(r"time_?d?_?out|deadline", re.IGNORECASE), "server_error"),
    (
        re.compile(r"internal_?server|service_?unavailable|model_?not_?ready|model_?error|bad_?gateway", re.IGNORECASE),
        "server_error",
    ),
    (
        re.compile(
            r"bad_?request|invalid_?request|validation|access_?denied|authentication|unauthori[sz]ed|permission|"
            r"forbidden|not_?found|unprocessable|conflict",
            re.IGNORECASE,
        ),
        "client_error",
    ),
)
_CODES = {429: "throttled", 408: "server_error"}


def status(span: Span) -> str | None:
    """The HTTP status if one is written, else the kind of error, verbatim."""
    return _http(span) or text(span.attributes, names.ERROR_TYPE)


def outcome(span: Span) -> str:
    """One of `columns.OUTCOMES`. A timeout counts as `server_error`: the caller got no answer."""
    kind = text(span.attributes, names.ERROR_TYPE) or ""
    if _FILTERED.search(str(first(span.attributes, names.FINISH_REASONS))) or _FILTERED.search(kind):
        return "filtered"
    code = int(_http(span) or 0)
    if code >= 400:
        return _CODES.get(code) or ("client_error" if code < 500 else "server_error")
    if not (span.failed or kind):
        return "ok"
    return next((found for pattern, found in _ERRORS if pattern.search(kind)), "unknown")


def _http(span: Span) -> str | None:
    """Application Insights writes `0` as the result code of a span that is no HTTP call; that is no status."""
    for code in (
        text(span.attributes, *names.STATUS_CODE),
        text(span.attributes, names.ERROR_TYPE),
        span.result_code,
    ):
        if code is not None and re.fullmatch(r"[1-5]\d\d", code):
            return code
    return None
