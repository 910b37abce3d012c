"""One log record, whatever it was wrapped in: its fields under one spelling, and which kind of record it is.

The same record is spelled four ways: camelCase with `properties` (Storage, Event Hub), PascalCase (dedicated tables of
Log Analytics), `name_s`, `name_d` (AzureDiagnostics) and `Name [UTC]` (the portal's CSV). Here all are `name`, in lower
case without underscores.

Only the fields of `_WANTED` are taken. Prompts and answers (`RequestMessages`, `ResponseMessages`) are not among them;
the two bodies that are serve to tell a content filter's answer and go no further.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any, Literal

from tokenaudit.providers.azure.decoding import RecordError, decode

Kind = Literal["llm", "gateway", "request", "usage"]
Record = dict[str, Any]

KINDS: dict[str, Kind] = {
    "gatewayllmlogs": "llm",
    "apimanagementgatewayllmlog": "llm",
    "gatewaylogs": "gateway",
    "apimanagementgatewaylogs": "gateway",
    "requestresponse": "request",
    "azureopenairequestusage": "usage",
}
"""Diagnostic categories and Log Analytics tables, in lower case."""

# Which kind has these fields, for exports from which category and table name were projected away. First match wins.
_SHAPES: tuple[tuple[Kind, frozenset[str]], ...] = (
    ("llm", frozenset(("time", "correlationid", "prompttokens", "sequencenumber"))),
    ("llm", frozenset(("time", "correlationid", "prompttokens", "deploymentname"))),
    ("gateway", frozenset(("time", "correlationid", "totaltime", "responsecode"))),
    ("request", frozenset(("time", "correlationid", "requesttime"))),
)

_ENVELOPE = "time category type correlationid resourceid region operationname durationms resultsignature properties"
_REQUEST = "apiname requesttime streamtype modeldeploymentname modelname modelversion objectid callerobjectid"
_LLM = "modelname deploymentname requestid isstreamcompletion sequencenumber"
_GATEWAY = "totaltime responsecode apimsubscriptionid operationid"
_PROMPT_TOKENS = "prompttokens inputtokens promptcachedtokens cachedtokens cachereadtokens cachereadinputtokens"
_ANSWER_TOKENS = "completiontokens generatedtokens outputtokens"
_ERRORS = "lasterror lasterrorreason lasterrormessage lasterrorsource errors resulttype resultdescription"
_BODIES = "backendresponsebody responsebody"
_WANTED = frozenset(
    name
    for names in (_ENVELOPE, _REQUEST, _LLM, _GATEWAY, _PROMPT_TOKENS, _ANSWER_TOKENS, _ERRORS, _BODIES)
    for name in names.split()
)
_SYNONYMS = {"timegenerated": "time", "location": "region"}
_SUFFIX = re.compile(r" \[utc\]$|_[sdbgt]$")


@lru_cache(maxsize=4096)
def field_name(key: str) -> str | None:
    """The one spelling of a key or heading, None for a field that nobody needs."""
    name = _SUFFIX.sub("", key.strip().lower()).replace("_", "")
    name = _SYNONYMS.get(name, name)
    return name if name in _WANTED else None


def flatten(raw: dict[str, Any]) -> Record:
    """The wanted fields of the envelope and of `properties` side by side; null and "" are None.

    Where both say something the envelope wins. `properties`, decoded, stays under its name. Raises RecordError when it
    is neither an object nor JSON text of one.
    """
    record: Record = {}
    _take(raw, record)
    properties = record.get("properties")
    if isinstance(properties, str):
        try:
            properties = decode(properties.encode("utf-8", "replace"))
        except RecordError:
            raise RecordError("properties is not valid JSON") from None
    if properties is None:
        return record
    if not isinstance(properties, dict):
        raise RecordError("properties is not an object")
    _take(properties, record)
    record["properties"] = properties
    return record


def kind_of(record: Record) -> Kind | None:
    """Which kind of record this is: by category, else by table name, else by shape. None for any other log."""
    said = [_last(record.get(name)) for name in ("category", "type")]
    for name in said:
        if name in KINDS:
            return KINDS[name]
    if any(said):
        return None
    return kind_of_fields(frozenset(record))


def kind_of_fields(names: frozenset[str]) -> Kind | None:
    """Which kind of record has fields of these names."""
    return next((kind for kind, needed in _SHAPES if needed <= names), None)


def is_labelled(record: Record) -> bool:
    """Whether the record says what it is: then one of no known kind is somebody else's, not a broken one."""
    return any(_last(record.get(name)) for name in ("category", "type"))


def _take(raw: dict[str, Any], record: Record) -> None:
    for key, value in raw.items():
        name = field_name(key)
        if name is not None and record.get(name) is None:
            record[name] = None if value == "" else value


def _last(value: object) -> str:
    """`Microsoft.ApiManagement/GatewayLogs` is `gatewaylogs`."""
    return value.rsplit("/", 1)[-1].lower() if isinstance(value, str) else ""
