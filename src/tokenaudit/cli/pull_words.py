"""What the options of `tokenaudit pull` mean."""

from __future__ import annotations

import math
import re
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING

from tokenaudit.errors import UsageError
from tokenaudit.model.pulling import KINDS

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tokenaudit.model.pulling import Kind

_SECONDS = {"s": 1, "m": 60, "h": 3600}


def kinds(only: Iterable[str]) -> tuple[Kind, ...]:
    """The kinds that `--only` names, several with commas; all of them where it names none."""
    names = {name.strip().lower() for text in only for name in text.split(",") if name.strip()}
    unknown = names.difference(KINDS)
    if unknown:
        raise UsageError(
            f"nothing of the kind {', '.join(sorted(unknown))} is fetched", hint=f"kinds: {', '.join(KINDS)}"
        )
    return tuple(kind for kind in KINDS if not names or kind in names)


def seconds(text: str | None) -> float | None:
    """A length of time: `90s`, `30m`, `2h`."""
    if text is None:
        return None
    found = re.fullmatch(r"(\d+(?:\.\d+)?)([smh])", text.strip(), re.ASCII)
    value = float(found.group(1)) * _SECONDS[found.group(2)] if found else 0.0
    if not 0 < value < math.inf:
        raise UsageError(f"{text!r} is no length of time", hint="write a number and a unit: 90s, 30m, 2h")
    return value


def dollars(text: str | None) -> Decimal | None:
    """An amount of US dollars: `0.5`, `$2`."""
    if text is None:
        return None
    try:
        value = Decimal(text.strip().removeprefix("$"))
    except InvalidOperation:
        value = Decimal(-1)
    if not value.is_finite() or value < 0:
        raise UsageError(f"{text!r} is no amount of US dollars", hint="write a number: 0.5")
    return value
