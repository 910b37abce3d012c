"""Whether an object that begins like this holds spans: by its structure, even where the first record is cut off."""

from __future__ import annotations

import re

from tokenaudit.providers.json_texts import top_names
from tokenaudit.providers.otel import app_insights, documents

_OTLP = ("resourceSpans", "resource_spans")
_BEGIN = re.compile(rb"^[\s\xef\xbb\xbf]*[\[{]", re.MULTILINE)
_RECORDS = re.compile(r'\{\s*"records"\s*:\s*(?=\[)')
_KIND = re.compile(r'"(?:itemType|Type|[cC]ategory)"\s*:\s*"([^"]*)"')
_COLUMN = re.compile(r'"name"\s*:\s*"(\w+)"')


def is_otlp(head: bytes) -> bool:
    """The first JSON object is a TracesData message."""
    return any(name in _OTLP for name in top_names(_json_text(head)))


def is_app_insights(head: bytes) -> bool:
    """The header, the first record or the first table has the columns of dependencies.

    A record that says what kind it is must say dependencies, too.
    """
    text = _json_text(head)
    if not text:
        return app_insights.has_columns(documents.header(head))
    names = top_names(text)
    if "tables" in names:
        return app_insights.has_columns(_COLUMN.findall(text))
    kinds = _KIND.findall(text)
    return app_insights.has_columns(names) and (not kinds or any(map(app_insights.is_dependency_kind, kinds)))


def _json_text(head: bytes) -> str:
    """The head from its first line that begins a JSON object or list; nothing where the first line is CSV.

    A line that is the end of a torn one begins none, though it may begin with a brace: then the next one counts.
    """
    begin = _BEGIN.search(head)
    if begin is None or (begin.start() > 0 and documents.is_csv(head)):
        return ""
    text = head[begin.start() :]
    first, _, rest = text.partition(b"\n")
    if rest.startswith(b"{") and not documents.is_json(first):
        text = rest
    return _RECORDS.sub("", text.decode("utf-8", "replace"), count=1)
