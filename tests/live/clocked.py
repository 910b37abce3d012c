"""The command at another time: `python tests/live/clocked.py 2026-11-06T06:00:00+00:00 pull all`.

What the servers hold was made for fixed days. With the clock of the machine, a test would end when services forget.
"""

from __future__ import annotations

import sys
from datetime import datetime, tzinfo
from typing import Self

from tokenaudit.cli import session
from tokenaudit.cli.app import main


class Clock(datetime):
    """Stands still at the time that the command line names."""

    @classmethod
    def now(cls, tz: tzinfo | None = None) -> Self:
        return cls.fromisoformat(AT).astimezone(tz)


if __name__ == "__main__":
    AT = sys.argv.pop(1)
    vars(session)["datetime"] = Clock
    main()
