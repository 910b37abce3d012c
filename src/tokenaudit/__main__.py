"""`python -m tokenaudit`."""

from __future__ import annotations

from tokenaudit.cli.app import main

if __name__ == "__main__":
    main()
