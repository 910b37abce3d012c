"""The `Tags` of a line: JSON, JSON that lost its braces, or a map of Parquet."""

from __future__ import annotations

import json
import re

# What AWS puts before the key that somebody chose; `aws:` says who made the tag, and stays.
_PREFIX = re.compile(r"^(?:resource_?tags/|iamPrincipal/)?(?:user[:_])?", re.IGNORECASE)


def read_tags(text: str) -> tuple[dict[str, str], bool]:
    """The tags without the provider's prefixes, and whether they say all that the text did.

    A tag without a value, which FOCUS writes as `true`, has the value `true`. Text that is neither JSON nor JSON
    without braces gives no tags. Of two keys that differ by their prefix the first stays.
    """
    found = _json(text)
    if not isinstance(found, dict):
        return {}, not text
    tags: dict[str, str] = {}
    whole = True
    for key, value in found.items():
        name = _PREFIX.sub("", key) or key
        whole = whole and name == key and isinstance(value, str)
        tags.setdefault(name, _plain(value))
    return tags, whole


def _json(text: str) -> object:
    """Exports of an enterprise agreement leave the braces out: `"team":"search","env":"prod"`."""
    for form in (text, "{" + text.strip().rstrip(",") + "}"):
        try:
            found = json.loads(form)
        except (ValueError, RecursionError):
            continue
        return _pairs(found) if isinstance(found, list) else found
    return None


def _pairs(items: list[object]) -> object:
    """A map of Parquet or Athena as a list: pairs, or objects with `key` and `value`."""
    found: dict[str, object] = {}
    for item in items:
        if isinstance(item, dict) and "key" in item:
            found[str(item["key"])] = item.get("value")
        elif isinstance(item, list) and len(item) == 2:
            found[str(item[0])] = item[1]
        else:
            return None
    return found


def _plain(value: object) -> str:
    if value is None:
        return ""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
