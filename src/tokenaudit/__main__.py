"""`tokenaudit`, and `python -m tokenaudit`: the program as a process of its own.

Worker processes load this module again, so it loads nothing before it is told to run.
"""

from __future__ import annotations

import gc


def run() -> None:
    """Runs the program and leaves with its exit code."""
    from tokenaudit.cli.app import main  # noqa: PLC0415  # as said above

    gc.set_threshold(200_000, 20, 100)  # there are few circles of objects to look for
    try:
        main()
    finally:
        gc.freeze()  # the system takes all memory back: looking through it once more takes as long as a small ingest


if __name__ == "__main__":
    run()
