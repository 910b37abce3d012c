"""JSON text -> value, strictly where possible and laxly where needed; and how a record is refused in this package."""

from __future__ import annotations

import json
from typing import Any

import msgspec

_BOM = b"\xef\xbb\xbf"
_strict = msgspec.json.Decoder()


class RecordError(ValueError):
    """Why a record is not taken. It becomes a `Reject`, so it never quotes the record."""


def decode(content: bytes) -> Any:
    """The JSON value of `content`. Integers stay integers of any length: `requestTime` does not fit a float.

    What the strict parser refuses goes to `json`, which tolerates NaN, infinities and lone surrogates; bytes that are
    no UTF-8 are replaced, for a broken prompt must not cost a good token count. Raises RecordError for what is no JSON.
    """
    content = content.removeprefix(_BOM)
    try:
        return _strict.decode(content)
    except (ValueError, RecursionError):
        pass
    try:
        return json.loads(content.decode("utf-8", "replace"))
    except (ValueError, RecursionError):
        raise RecordError("not valid JSON, or cut off") from None
