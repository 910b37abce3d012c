"""Threads that list and fetch. They end with the program, whatever they wait for: Ctrl-C has to be quick."""

from __future__ import annotations

import queue
import threading
import time
from concurrent.futures import Future
from typing import TYPE_CHECKING, Self, TypeVar

from tokenaudit.errors import TokenauditError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from types import TracebackType

    from tokenaudit.model.pulling import RemoteObject

T = TypeVar("T")

_AHEAD = 5_000
"""Objects that are listed before anybody fetches them, so that it can be told how much there is to do."""
_AT_ONCE = 100
"""So many of them are handed over together: each handing over has a thread wait for another."""
_TURN_S = 0.1
_GRACE_S = 2.0


class Deadline:
    """The moment from which on nothing new is asked for; None is never."""

    def __init__(self, seconds: float | None) -> None:
        self._at = None if seconds is None else time.monotonic() + seconds

    @property
    def is_over(self) -> bool:
        """Whether it is time to come to an end."""
        return self._at is not None and time.monotonic() >= self._at


class Crew:
    """A fixed number of threads that do what they are given, in that order."""

    def __init__(self, size: int) -> None:
        self.size = size
        self._work: queue.SimpleQueue[Callable[[], None] | None] = queue.SimpleQueue()
        self._threads = [threading.Thread(target=self._toil, daemon=True) for _ in range(size)]
        for thread in self._threads:
            thread.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """What was not begun is not begun any more; what runs has a moment to end."""
        while True:
            try:
                self._work.get_nowait()
            except queue.Empty:
                break
        for _ in self._threads:
            self._work.put(None)
        end = time.monotonic() + _GRACE_S
        for thread in self._threads:
            thread.join(max(0.0, end - time.monotonic()))

    def begin(self, task: Callable[[], T]) -> Future[T]:
        """Has it done by the next thread that is free."""
        future: Future[T] = Future()

        def work() -> None:
            if not future.set_running_or_notify_cancel():
                return
            try:
                future.set_result(task())
            except BaseException as error:  # whoever waits for it has to hear of it  # noqa: BLE001
                future.set_exception(error)

        self._work.put(work)
        return future

    def _toil(self) -> None:
        while (work := self._work.get()) is not None:
            work()


class Listing:
    """What a feed lists, in a thread of its own and a few thousand objects ahead.

    Where listing fails, what was listed until then comes all the same, and `error` holds why there is no more. `cut`
    says that the time was over first.
    """

    def __init__(self, objects: Callable[[], Iterable[RemoteObject]], deadline: Deadline) -> None:
        self.error: TokenauditError | None = None
        self.cut = False
        self._deadline = deadline
        self._found: queue.Queue[list[RemoteObject] | BaseException | None] = queue.Queue(_AHEAD // _AT_ONCE)
        self._over = threading.Event()
        threading.Thread(target=self._list, args=(objects,), daemon=True).start()

    def __iter__(self) -> Iterator[RemoteObject]:
        while True:
            if self._deadline.is_over:
                self.cut = True
                return
            try:
                found = self._found.get(timeout=_TURN_S)
            except queue.Empty:
                continue
            if found is None:
                return
            if isinstance(found, TokenauditError):
                self.error = found
                return
            if isinstance(found, BaseException):
                raise found
            yield from found

    def close(self) -> None:
        """Nobody listens any more."""
        self._over.set()

    def _list(self, objects: Callable[[], Iterable[RemoteObject]]) -> None:
        found: list[RemoteObject] = []
        handed_over = time.monotonic()
        end: BaseException | None = None
        try:
            for each in objects():
                found.append(each)
                if len(found) >= _AT_ONCE or time.monotonic() - handed_over >= _TURN_S:
                    if not self._put(found):
                        return
                    found, handed_over = [], time.monotonic()
        except BaseException as error:  # it is raised where the objects are taken  # noqa: BLE001
            end = error
        if self._put(found):
            self._put(end)

    def _put(self, item: list[RemoteObject] | BaseException | None) -> bool:
        while not self._over.is_set():
            try:
                self._found.put(item, timeout=_TURN_S)
            except queue.Full:
                continue
            return True
        return False
