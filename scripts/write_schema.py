#!/usr/bin/env python3
"""Writes docs/tokenaudit.schema.json, by which an editor knows tokenaudit.toml; with --check, says if it is current.

The schema is made of the same classes that the program reads the file with. An editor finds it by the first line of the
file: `#:schema https://.../docs/tokenaudit.schema.json`, or the path to a copy.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import msgspec

from tokenaudit.config import Config
from tokenaudit.model.gauges import GAUGES

FILE = Path(__file__).resolve().parents[1] / "docs" / "tokenaudit.schema.json"


def schema() -> dict[str, Any]:
    """JSON Schema 2020-12 of tokenaudit.toml."""
    found: dict[str, Any] = msgspec.json.schema(Config)
    found["$defs"]["Check"]["properties"]["metrics"]["propertyNames"] = {"enum": list(GAUGES)}
    head = {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": "tokenaudit.toml"}
    whole: dict[str, Any] = _with_amounts(head | found)
    return whole


def _with_amounts(value: Any) -> Any:
    """An amount may be a number of TOML, too, and not only a text."""
    if isinstance(value, dict):
        amount = value.get("format") == "decimal"
        return {key: _with_amounts(each) for key, each in value.items()} | (
            {"type": ["string", "number"]} if amount else {}
        )
    return [_with_amounts(each) for each in value] if isinstance(value, list) else value


def main() -> int:
    """Exit code 1 when `--check` finds the file out of date."""
    text = json.dumps(schema(), indent=2) + "\n"
    if "--check" not in sys.argv[1:]:
        FILE.write_text(text, encoding="utf-8")
        return 0
    current = FILE.is_file() and FILE.read_text(encoding="utf-8") == text
    if not current:
        sys.stderr.write("docs/tokenaudit.schema.json is out of date: run `python scripts/write_schema.py`\n")
    return 0 if current else 1


if __name__ == "__main__":
    sys.exit(main())
