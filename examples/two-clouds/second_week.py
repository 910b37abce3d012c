"""Writes logs/ of the second week into the folder beside this one: Bedrock only, with a regression planted.

    python examples/two-clouds/second_week.py [--seed N] [--out FOLDER]

What is planted: see the README there.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import bedrock_logs
from generate import write_bedrock
from week import SECOND

HERE = Path(__file__).resolve().parent
SEED = 20261012


def main() -> None:
    """Writes everything into a folder that does not hold it yet."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--out", type=Path, default=HERE.with_name("second-week"))
    options = parser.parse_args()
    if (options.out / "logs").exists():
        raise SystemExit(f"{options.out} already holds logs; remove it first")
    events = bedrock_logs.events(options.seed, SECOND)
    write_bedrock(options.out / "logs" / "bedrock", options.seed, events, week=SECOND)


if __name__ == "__main__":
    main()
