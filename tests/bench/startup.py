"""Start-up: CPU time of `tokenaudit --help` against bare interpreters, interleaved: `python startup.py [ROUNDS]`."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from statistics import median

from measure import adopt_orphans, measure

COMMANDS = {
    'python -c "pass"': (sys.executable, "-c", "pass"),
    'python -c "import typer"': (sys.executable, "-c", "import typer"),
    "tokenaudit --help": (str(Path(sys.executable).with_name("tokenaudit")), "--help"),
}
BASE = 'python -c "import typer"'


def main() -> None:
    """Prints medians in milliseconds, and ratios to the import of typer."""
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 20
    adopt_orphans()
    spent: dict[str, list[float]] = {title: [] for title in COMMANDS}
    for number in range(rounds + 1):
        for title, command in COMMANDS.items():
            cost = measure(command, stdout=Path(os.devnull))
            if cost.exit_code != 0:
                raise SystemExit(f"{title} ended with {cost.exit_code}")
            if number:  # the first round fills caches
                spent[title].append(cost.cpu_s * 1000)
    base = median(spent[BASE])
    for title, times in spent.items():
        print(f"{title:28} {median(times):7.1f} ms CPU {median(times) / base:6.2f} x")


if __name__ == "__main__":
    main()
