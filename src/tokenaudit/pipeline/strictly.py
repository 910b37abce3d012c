"""What `--strict` does not put up with, in every command that has figures: what is in none, and what has no price."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tokenaudit.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tokenaudit.model.report import Caveat

_BAD_DATA = ("rejects", "unpriced", "priced_by_one")


def bad_data(said: Iterable[Caveat]) -> tuple[str, ...]:
    """The codes among these caveats that are no good under `--strict`."""
    codes = {each.code for each in said}
    return tuple(code for code in _BAD_DATA if code in codes)


def refusal(said: Iterable[Caveat]) -> DataError | None:
    """The complaint of `--strict` about these caveats; None where there is nothing to complain of."""
    found = bad_data(said)
    if not found:
        return None
    return DataError(
        f"--strict: {' and '.join(found)} (see the caveats)",
        hint="mend the logs, name the prices in [prices] overrides, or leave --strict out",
    )
