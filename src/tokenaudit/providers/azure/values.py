"""What a field of an Azure log holds, as a Python value. None is "the log does not say"; nonsense is RecordError."""

from __future__ import annotations

import math
import re
from datetime import UTC, datetime, timedelta

from tokenaudit.model.columns import MAX_TOKENS
from tokenaudit.providers.azure.decoding import RecordError

# .NET ticks (100 ns since 0001-01-01) of 1970-01-01.
_UNIX_EPOCH_TICKS = 621_355_968_000_000_000
# 18 digits are .NET ticks; 17 digits are ticks since 1970, seen on the v1 API since 2026.
_IS_DOTNET = 500_000_000_000_000_000
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
# Azure OpenAI opened in 2021; a moment outside of these years is a field that was never set.
_YEARS = range(2015, 2100)
# No request lasts a month. It also keeps the arithmetic on times in range.
_MAX_MS = 30 * 24 * 3600 * 1000.0

_WHOLE = re.compile(r"[0-9]{1,16}(?:\.0+)?")
_TICKS = re.compile(r"[0-9]{17,18}")
_FLAGS = {"true": True, "1": True, "false": False, "0": False}
# What the Azure portal writes into a CSV, under the heading `TimeGenerated [UTC]`.
_PORTAL_TIMES = ("%m/%d/%Y, %I:%M:%S.%f %p", "%m/%d/%Y, %I:%M:%S %p")


def text(value: object) -> str | None:
    """A string that is not empty, else None. Lone surrogates, which no ledger can hold, are replaced."""
    if not isinstance(value, str) or not value:
        return None
    return value if value.isascii() else value.encode("utf-8", "replace").decode("utf-8")


def count(value: object, name: str) -> int | None:
    """A count: 7, 7.0 or "7". Raises RecordError for anything else that is present."""
    if value is None:
        return None
    whole: float | None = None
    if isinstance(value, str):
        whole = int(value.split(".", maxsplit=1)[0]) if _WHOLE.fullmatch(value) else None
    elif isinstance(value, int | float) and not isinstance(value, bool):
        whole = value
    if whole is None or not 0 <= whole <= MAX_TOKENS or whole != int(whole):
        raise RecordError(f"{name} is not a count")
    return int(whole)


def milliseconds(value: object, name: str) -> float | None:
    """A duration; none where it is 0, for no request takes no time.

    Raises RecordError when it is negative, no number, or longer than any request.
    """
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise RecordError(f"{name} is not a duration")
    try:
        duration = float(value)
    except (ValueError, OverflowError):
        raise RecordError(f"{name} is not a duration") from None
    if not math.isfinite(duration) or duration > _MAX_MS:
        raise RecordError(f"{name} is not a duration")
    if duration < 0:
        raise RecordError(f"{name} is negative")
    return duration or None


def moment(value: object) -> datetime | None:
    """A time in UTC: ISO 8601 (without a zone it is UTC), or the form of the portal's CSV. None when it is neither."""
    if not isinstance(value, str):
        return None
    try:
        return _plausible(datetime.fromisoformat(value))
    except ValueError:
        pass
    for form in _PORTAL_TIMES:
        try:
            return _plausible(datetime.strptime(value, form).replace(tzinfo=UTC))
        except ValueError:
            continue
    return None


def from_ticks(value: object) -> datetime | None:
    """`requestTime` in UTC, whole microseconds: 100-ns ticks since the year 1 (18 digits) or since 1970 (17 digits).

    Never by way of a float, which cannot hold it; a value that already is one, or that is no such count, gives None.
    """
    if isinstance(value, str) and _TICKS.fullmatch(value):
        value = int(value)
    if not isinstance(value, int) or isinstance(value, bool):
        return None
    ticks = value - _UNIX_EPOCH_TICKS if value >= _IS_DOTNET else value
    try:
        return _plausible(_EPOCH + timedelta(microseconds=ticks // 10))
    except OverflowError:
        return None


def flag(value: object) -> bool | None:
    """True or false, as JSON or as a CSV spells it; else None."""
    if isinstance(value, bool):
        return value
    return _FLAGS.get(value.lower()) if isinstance(value, str) else None


def region(value: object) -> str | None:
    """An Azure region in its ARM form: `East US 2` is `eastus2`."""
    name = text(value)
    return name.lower().replace(" ", "") if name else None


def status(value: object) -> str | None:
    """An HTTP status as text: 200, 200.0 and "200" are the same; other words are kept."""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value) if abs(value) <= MAX_TOKENS else None
    word = text(value)
    return word.split(".", maxsplit=1)[0] if word and _WHOLE.fullmatch(word) else word


def _plausible(when: datetime) -> datetime | None:
    if when.year not in _YEARS:
        return None
    return when.replace(tzinfo=UTC) if when.tzinfo is None else when.astimezone(UTC)
