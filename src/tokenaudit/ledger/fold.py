"""Parts of a call -> usage rows: a fixed precedence, whatever the order and the objects in which the parts came.

    facts of the joined row                        taken from
    ---------------------------------------------  ------------------------------------------------------------
    prompt tokens; answer tokens                   llm, else usage (each group whole, from one part)
    source, request_id, object_uri, tags           the first llm, else the first usage
    latency_ms, first_token_ms, vantage            gateway, else request, else llm, usage (together)
    outcome, status                                gateway, else request, else llm, usage (together)
    caller                                         gateway, else request, else llm, usage
    started_at                                     request (exact), else gateway, else llm, usage
    model, model_version, model_ref                request, else llm, usage, gateway (together, from who knows it)
    all others (account, region, operation, ...)   request, else llm, usage, gateway

* Copies of one event (same part, same id, no difference but the object) count once: the smallest object_uri is kept.
* Several llm (or usage) records of a call: who has a request_id of the model's comes first, then the lowest part_rank.
  After that who knows more token columns, then the smallest object_uri.
* A gateway part without llm or usage is no row: the gateway carries other APIs too.
* The best request part joins; further ones, and all where no part has tokens, are rows of their own under their own id.
* Parts more than a day after the one before them belong to another call that was given the same id.
* Parts named `copy` are whole rows: the smallest object_uri is the answer, and nothing is joined.
"""

from __future__ import annotations

from collections import defaultdict
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from tokenaudit.model.columns import PROMPT_TOKENS, USAGE_NAMES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    Part = Mapping[str, Any]
    Row = dict[str, Any]

REUSED_AFTER = timedelta(hours=24)
"""No call lasts this long; a correlation id that comes back later is another call's."""

_TOKENS = ("llm", "usage")
_MEASURED = ("gateway", "request", *_TOKENS)
_STARTED = ("request", "gateway", *_TOKENS)
_NAMED = ("request", *_TOKENS, "gateway")

# Which kinds of part are asked for these columns, in order. Columns on one line come from the same part: the first that
# knows the first of them, else the first that knows the second, and so on.
_PRECEDENCE: tuple[tuple[tuple[str, ...], tuple[str, ...]], ...] = (
    (("source", "request_id", "object_uri", "tags"), _TOKENS),
    (("latency_ms", "first_token_ms", "vantage"), _MEASURED),
    (("outcome", "status"), _MEASURED),
    (("caller",), _MEASURED),
    (("started_at",), _STARTED),
    (("model", "model_ref", "model_version"), _NAMED),
)
_GROUPS: tuple[tuple[str, ...], ...] = (
    PROMPT_TOKENS,
    ("output_tokens", "reasoning_tokens", "audio_output_tokens"),
)
_TOKEN_COLUMNS = tuple(name for group in _GROUPS for name in group)
_LISTED = {*_TOKEN_COLUMNS, *(name for names, _ in _PRECEDENCE for name in names), "usage_id", "day"}
_OTHERS = tuple(name for name in USAGE_NAMES if name not in _LISTED)


def fold(parts: Iterable[Part]) -> Iterator[Row]:
    """The usage rows of parts of any number of calls, in order of call and usage_id."""
    calls: dict[str, list[Part]] = defaultdict(list)
    for part in parts:
        calls[part["call_id"]].append(part)
    for call_id in sorted(calls):
        yield from fold_call(calls[call_id])


def fold_call(parts: Sequence[Part]) -> list[Row]:
    """The usage rows of all parts of one call_id, in order of usage_id.

    Parts and rows are mappings by column name with Python values: aware datetimes, `tags` a dict, None for null.
    """
    copies = [part for part in parts if part["part"] == "copy"]
    if copies:
        return [_row(min(copies, key=copy_order))]
    rows: list[Row] = []
    for again, call in enumerate(_calls(_events(parts))):
        rows.extend(_joined(call, again=bool(again)))
    return sorted(rows, key=lambda row: str(row["usage_id"]))


def copy_order(row: Part) -> tuple[str, str]:
    """The order of whole rows of one event: the smallest object_uri first, then the smallest content."""
    return _place({name: row.get(name) for name in USAGE_NAMES})


def _events(parts: Sequence[Part]) -> list[Part]:
    """Every event once. A request that two exports describe with different columns is one event, filled from both."""
    same: dict[tuple[str, str], list[Part]] = defaultdict(list)
    for part in parts:
        same[part["part"], part["usage_id"]].append(part)
    events: list[Part] = []
    for (kind, _), candidates in same.items():
        copies = _distinct(candidates) if len(candidates) > 1 else candidates
        events.extend([_filled(copies)] if kind == "request" else copies)
    return events


def _distinct(parts: list[Part]) -> list[Part]:
    kept: dict[str, Part] = {}
    for part in sorted(parts, key=lambda part: str(part["object_uri"])):
        kept.setdefault(_content(part), part)
    return sorted(kept.values(), key=_place)


def _filled(copies: list[Part]) -> Part:
    """The first copy, with what only the others know."""
    if len(copies) == 1:
        return copies[0]
    whole: Row = dict(copies[0])
    for names in (*(names for names, _ in _PRECEDENCE), *((name,) for name in _OTHERS)):
        whole.update(_first_knowing(copies, names))
    return whole


def _calls(events: list[Part]) -> Iterator[list[Part]]:
    """Events in order of time, cut where more than a day lies between two of them."""
    call: list[Part] = []
    for event in sorted(events, key=lambda part: part["started_at"]):
        if call and event["started_at"] - call[-1]["started_at"] > REUSED_AFTER:
            yield call
            call = []
        call.append(event)
    if call:
        yield call


def _joined(call: list[Part], *, again: bool) -> list[Row]:
    kinds: dict[str, list[Part]] = defaultdict(list)
    for part in call:
        kinds[part["part"]].append(part)
    for kind, order in _ORDER.items():
        if len(kinds[kind]) > 1:
            kinds[kind].sort(key=order)
    requests = kinds["request"]
    tokens = _in_order(kinds, _TOKENS)
    if not tokens:
        return [_row(part) for part in requests]
    kinds["request"] = requests[:1]
    row = _row(tokens[0])
    for group in _GROUPS:
        counted = next((part for part in tokens if _known(part, group)), tokens[0])
        row.update({name: counted.get(name) for name in group})
    for names, asked in _PRECEDENCE:
        row.update(_first_knowing(_in_order(kinds, asked), names))
    named = _in_order(kinds, _NAMED)
    for name in _OTHERS:
        row.update(_first_knowing(named, (name,)))
    row["day"] = row["started_at"].date()
    call_id = tokens[0]["call_id"]
    row["usage_id"] = f"{call_id}@{call[0]['started_at'].date()}" if again else call_id
    return [row, *(_row(part) for part in requests[1:])]


def _in_order(kinds: Mapping[str, list[Part]], order: tuple[str, ...]) -> list[Part]:
    return [part for kind in order for part in kinds.get(kind, ())]


def _first_knowing(parts: list[Part], names: tuple[str, ...]) -> Row:
    for lead in names:
        for part in parts:
            if part.get(lead) not in (None, "unknown"):
                return {name: part.get(name) for name in names}
    return {}


def _known(part: Part, names: Iterable[str]) -> int:
    return sum(part.get(name) is not None for name in names)


def _token_order(part: Part) -> tuple[bool, int, int, tuple[str, str]]:
    return (part.get("request_id") is None, part["part_rank"], -_known(part, _TOKEN_COLUMNS), _place(part))


def _gateway_order(part: Part) -> tuple[Any, tuple[str, str]]:
    return (part["started_at"], _place(part))


def _request_order(part: Part) -> tuple[bool, Any, str]:
    return (not str(part.get("status")).startswith("2"), part["started_at"], part["usage_id"])


_ORDER: dict[str, Callable[[Part], Any]] = {
    "llm": _token_order,
    "usage": _token_order,
    "gateway": _gateway_order,
    "request": _request_order,
}


def _place(part: Part) -> tuple[str, str]:
    """An order among parts that nothing else tells apart: the smallest object_uri first."""
    return (part["object_uri"], _content(part))


def _content(part: Part) -> str:
    """Everything but the place it was read from, as text that does not depend on how a zone or a mapping is stored."""
    fields = []
    for name in sorted(part):
        value = part[name]
        if name == "object_uri" or value is None:
            continue
        if name == "tags":
            value = sorted(value.items())
        elif name in ("started_at", "day"):
            value = value.isoformat()
        fields.append((name, value))
    return repr(fields)


def _row(part: Part) -> Row:
    return {name: part.get(name) for name in USAGE_NAMES}
