"""Documents of several days that one question answers: asked once, when the first of them is wanted.

Services charge by the question, not by the day: a month in one question costs a thirtieth of thirty questions.
"""

from __future__ import annotations

from threading import Lock
from typing import TYPE_CHECKING, Any

from tokenaudit.errors import TokenauditError
from tokenaudit.providers.aws.pull.documents import write_document

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from datetime import date
    from pathlib import Path


class Batch:
    """Some days, and the question for all of them. Many threads may fetch from it."""

    def __init__(self, ask: Callable[[tuple[date, ...]], Mapping[date, Any]], days: Iterable[date]) -> None:
        self._ask = ask
        self._days = tuple(days)
        self._lock = Lock()
        self._answer: Mapping[date, Any] | TokenauditError | None = None

    def fetch(self, day: date, path: Path) -> None:
        """The document of one day into a file. An error is that of the question: every day has the same one."""
        with self._lock:
            if self._answer is None:
                try:
                    self._answer = self._ask(self._days)
                except TokenauditError as error:
                    self._answer = error
        if isinstance(self._answer, TokenauditError):
            raise self._answer
        write_document(path, self._answer[day])
