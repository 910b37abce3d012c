"""A baseline as a file: JSON with one figure a line, so that a change of it can be read in a diff."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import msgspec

from tokenaudit.errors import DataError
from tokenaudit.export.files import write_whole
from tokenaudit.model.baseline import SCHEMA, Baseline
from tokenaudit.model.baseline_faults import faults

if TYPE_CHECKING:
    from pathlib import Path

_DIGITS = 12
"""Significant digits of a float: sums of floats differ in the last ones by the order in which rows were added."""
_VERSION = re.compile(r"tokenaudit\.baseline/(\d+)")
_AGAIN = "write it again with `tokenaudit baseline save -o FILE`"


def write_baseline(path: Path, baseline: Baseline) -> None:
    """Writes the file whole, over an older one."""
    write_whole(path, [encoded(baseline)])


def encoded(baseline: Baseline) -> str:
    """The document; the same baseline gives the same bytes."""
    plain: dict[str, Any] = _rounded(msgspec.to_builtins(baseline))
    plain = {"schema": plain.pop("schema")} | plain
    lines = [f"  {json.dumps(name)}: {_value(value)}" for name, value in plain.items()]
    return "{\n" + ",\n".join(lines) + "\n}\n"


def read_baseline(path: Path) -> Baseline:
    """The baseline in this file. Raises DataError for a file that cannot be read, is none, or is of a newer schema."""
    try:
        content = path.read_bytes()
    except OSError as error:
        raise DataError(
            f"the baseline {path} cannot be read: {error.strerror}", hint="check the path and its permissions"
        ) from error
    try:
        schema = msgspec.json.decode(content, type=_Head).schema
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise DataError(f"{path} is no baseline: {error}", hint=_AGAIN) from error
    if schema != SCHEMA:
        version = _VERSION.fullmatch(schema)
        raise DataError(
            f"the baseline {path} has the schema {schema!r}; this version reads {SCHEMA!r}",
            hint="a newer tokenaudit wrote it: use that version, or " + _AGAIN if version else _AGAIN,
        )
    try:
        baseline = msgspec.json.decode(content, type=Baseline)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise DataError(f"the baseline {path} is damaged: {error}", hint=_AGAIN) from error
    fault = next(faults(baseline), None)
    if fault is not None:
        raise DataError(f"the baseline {path} is damaged: {fault}", hint=_AGAIN)
    return baseline


class _Head(msgspec.Struct):
    """What has to be known before the rest is read."""

    schema: str


def _value(value: Any) -> str:
    if not isinstance(value, list) or not value:
        return json.dumps(value)
    return "[\n    " + ",\n    ".join(json.dumps(each) for each in value) + "\n  ]"


def _rounded(value: Any) -> Any:
    if isinstance(value, float):
        short = float(f"{value:.{_DIGITS}g}")
        return int(short) if short.is_integer() else short
    if isinstance(value, dict):
        return {key: _rounded(each) for key, each in value.items()}
    return [_rounded(each) for each in value] if isinstance(value, list | tuple) else value
