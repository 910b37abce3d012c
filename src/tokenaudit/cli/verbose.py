"""What --verbose shows of the work with services: a line a call on stderr, without anything that opens a door."""

from __future__ import annotations

import logging
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

from tokenaudit.model.inert import visible
from tokenaudit.model.secrets import scrub

if TYPE_CHECKING:
    from collections.abc import Iterator


class _Inert(logging.Formatter):
    """Lines that a terminal can show and that nobody can log in with."""

    def format(self, record: logging.LogRecord) -> str:
        return visible(scrub(super().format(record)))


@contextmanager
def logged(*, verbose: bool) -> Iterator[None]:
    """Shows what this program and the clouds' libraries log, if that is wanted.

    Of the libraries only what they say of a call as such: further down they write out whole messages.
    """
    if not verbose:
        yield
        return
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_Inert("%(asctime)s %(name)s: %(message)s", "%H:%M:%S"))
    everybody, ours = logging.getLogger(), logging.getLogger("tokenaudit")
    before = everybody.level, ours.level
    everybody.addHandler(handler)
    everybody.setLevel(logging.INFO)
    ours.setLevel(logging.DEBUG)
    try:
        yield
    finally:
        everybody.removeHandler(handler)
        everybody.setLevel(before[0])
        ours.setLevel(before[1])
