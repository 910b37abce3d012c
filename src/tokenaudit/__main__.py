"""`python -m tokenaudit`."""

from __future__ import annotations

from tokenaudit.cli.app import run

if __name__ == "__main__":
    run()
