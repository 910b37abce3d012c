"""A week of traffic, and dice that fall alike on every machine and every Python from 3.11.

Only `Random.random()` is promised to stay the same between Python versions, and only plus, minus and times are the same
on every processor, so everything here is made of those: no `math.exp`, no `Random.lognormvariate`.
"""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import accumulate
from random import Random
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Sequence

Item = TypeVar("Item")

MONDAY = datetime(2026, 10, 5, tzinfo=UTC)
DAYS = 7

# Requests by hour of a working day (UTC): Europe from 7, America from 13, a few batch jobs at night.
_WORKDAY = (4, 3, 3, 2, 3, 5, 12, 30, 48, 56, 60, 55, 52, 70, 84, 90, 86, 78, 66, 50, 32, 20, 12, 7)
_WEEKEND = 0.3
_BY_HOUR = tuple(accumulate(weight * (1.0 if day < 5 else _WEEKEND) for day in range(DAYS) for weight in _WORKDAY))


@dataclass(frozen=True)
class Week:
    """When a week begins, whether something went wrong in it, and what is different about Claude on Bedrock.

    `longer_by` tokens are added to each system prompt; in `hit_share` of all calls it is found in the cache.
    """

    monday: datetime = MONDAY
    longer_by: int = 0
    hit_share: float = 0.86
    has_incidents: bool = True


FIRST = Week()
SECOND = Week(MONDAY + timedelta(days=DAYS), longer_by=900, hit_share=0.74, has_incidents=False)


class Dice:
    """A stream of draws with a name of its own: a change in one kind of traffic leaves the others as they were."""

    def __init__(self, seed: int, name: str, week: Week = FIRST) -> None:
        """The same seed and name give the same draws, everywhere. Moments are those of the week."""
        self._monday = week.monday
        self._random = Random(f"{seed}:{name}").random  # noqa: S311 - made-up traffic, not secrets

    def between(self, low: float, high: float) -> float:
        """A number from `low` up to `high`, all equally likely."""
        return low + (high - low) * self._random()

    def chance(self, share: float) -> bool:
        """True in this share of all draws."""
        return self._random() < share

    def pick(self, items: Sequence[Item]) -> Item:
        """One of the items, all equally likely."""
        return items[int(self._random() * len(items))]

    def around(self, median: float, spread: float) -> float:
        """A draw that is nearly log-normal: `spread` is the standard deviation of its logarithm."""
        bell = sum(self._random() for _ in range(12)) - 6.0
        factor = 1.0 + spread * bell / 64.0
        for _ in range(6):  # (1 + x/64) ** 64, which is close to exp(x)
            factor *= factor
        return median * factor

    def hexadecimal(self, digits: int) -> str:
        """So many hexadecimal digits."""
        return "".join("0123456789abcdef"[int(self._random() * 16)] for _ in range(digits))

    def uuid(self) -> str:
        """An identifier in the form of a version 4 UUID."""
        text = self.hexadecimal(31)
        variant = "89ab"[int(text[15], 16) % 4]
        return f"{text[:8]}-{text[8:12]}-4{text[12:15]}-{variant}{text[16:19]}-{text[19:]}"

    def arrivals(self, count: int) -> list[datetime]:
        """So many moments of the week in order, to the millisecond, thick where people work and thin at night."""
        total = _BY_HOUR[-1]
        hours = sorted(bisect_right(_BY_HOUR, self._random() * total) for _ in range(count))
        return sorted(
            self._monday + timedelta(hours=hour, milliseconds=int(self.between(0, 3_600_000))) for hour in hours
        )


def answer_ms(dice: Dice, tokens: int, first_ms: float, per_second: float) -> tuple[int, int]:
    """Time to the first token and to the last, in whole milliseconds, of an answer this long."""
    first = int(dice.around(first_ms, 0.28))
    return first, first + int(1000.0 * max(tokens - 1, 0) / dice.around(per_second, 0.14))


# The search team has three system prompts, and sends them to Claude on either cloud.
SYSTEM_PROMPT_TOKENS = (3912, 4788, 6204)

# Filler instead of prompts: nobody ever asked or answered this.
SENTENCES = (
    "The lamp on the third shelf hums when the tide is low.",
    "Two parcels went north and one came back with a ribbon.",
    "Please compare the grey kettle with the green one.",
    "Nine steps lead to the orchard and seven lead home.",
    "A short answer is enough; the long one was lost at sea.",
    "The index lists maps, mills, moths and mountains.",
)
