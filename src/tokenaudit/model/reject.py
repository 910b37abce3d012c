"""A record that could not be understood, as a value: counted and shown, never an exception, never silence."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, order=True)
class Reject:
    """Where a bad record lies and why it was refused. Never its content: it may hold a prompt.

    `line` counts from 1; 0 means the object as a whole.
    """

    uri: str
    line: int
    reason: str
