"""Words of the command line become strings, paths and choices here, where nothing is wrong with them.

typer has pydantic read every value, given or not, and importing that takes as long as all of typer does. Our options
are strings, paths, choices and flags, so there is little to read; what is not plainly right is left to typer, which
knows how to say so.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from enum import Enum
from pathlib import Path
from typing import Any, get_args

import typer

Reading = Callable[[Any], Any]


def read_plainly(command: Any) -> None:
    """Has the parameters of a command, and of those below it, read here where their types allow it.

    Where a future typer has no such place for it, it goes unused.
    """
    for each in getattr(command, "commands", {}).values():
        read_plainly(each)
    read_options_plainly(command)


def read_options_plainly(command: Any) -> None:
    """The same for a command's own parameters alone."""
    for param in (*command.params, command.get_help_option(typer.Context(command))):
        reading = _reading(getattr(getattr(param, "type_descriptor", None), "annotation", None))
        if reading is not None:
            param._runtime_param = _Plain(reading)  # the only place that typer asks  # noqa: SLF001


class _Plain:
    """What typer calls a runtime parameter."""

    def __init__(self, reading: Reading) -> None:
        self._reading = reading

    def coerce(self, value: Any, *, param: Any, ctx: typer.Context) -> Any:
        """The value as the command wants it; several where the parameter may be repeated."""
        several = param.multiple or param.nargs == -1
        if value is None:
            return () if several else None
        try:
            return [self._reading(word) for word in value] if several else self._reading(value)
        except ValueError:
            param._runtime_param = None  # typer makes its own  # noqa: SLF001
            return param.get_runtime_param().coerce(value, param=param, ctx=ctx)


def _reading(annotation: Any) -> Reading | None:
    kinds = [each for each in get_args(annotation) or (annotation,) if each is not type(None)]
    if len(kinds) != 1:
        return None
    if kinds[0] in _READINGS:
        return _READINGS[kinds[0]]
    return kinds[0] if isinstance(kinds[0], type) and issubclass(kinds[0], Enum) else None


def _as_it_is(word: Any) -> Any:
    if not isinstance(word, (str, bool)):
        raise ValueError(word)  # only typer's form  # noqa: TRY004
    return word


def _path(word: Any) -> Path:
    if os.access(word, os.F_OK) and not os.access(word, os.R_OK):
        raise ValueError(word)
    return Path(word)


_READINGS: dict[Any, Reading] = {str: _as_it_is, bool: _as_it_is, Path: _path}
