"""Where the packages of npm lie that tests use: `make test` installs them from tests/node/package-lock.json."""

from __future__ import annotations

import os
from pathlib import Path

NODE_MODULES = Path(os.environ.get("TOKENAUDIT_NODE_MODULES") or Path(__file__).parents[1] / "node" / "node_modules")
