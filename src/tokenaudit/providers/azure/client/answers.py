"""What a call may end with beside an answer and an error. No SDK is imported here."""

from __future__ import annotations


class TooMuchError(Exception):
    """An answer that the service would not give whole: the caller asks for less of it."""


class NoDataError(Exception):
    """What was asked for does not exist. The caller knows whether that is an error."""
