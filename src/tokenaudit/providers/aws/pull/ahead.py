"""Questions asked ahead of their turn: several at once, answers in order, and never more than a few in memory."""

from __future__ import annotations

from collections import deque
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from concurrent.futures import Future

AT_ONCE = 8

Question = TypeVar("Question")
Answer = TypeVar("Answer")


def answers(
    ask: Callable[[Question], Answer], questions: Iterable[Question], at_once: int = AT_ONCE
) -> Iterator[tuple[Question, Answer]]:
    """Each question with its answer, in order. What `ask` raises is raised when its turn has come."""
    waiting: deque[tuple[Question, Future[Answer]]] = deque()
    pool = ThreadPoolExecutor(at_once, "tokenaudit-ask")
    try:
        for question in questions:
            waiting.append((question, pool.submit(ask, question)))
            if len(waiting) > at_once:
                first, future = waiting.popleft()
                yield first, future.result()
        while waiting:
            first, future = waiting.popleft()
            yield first, future.result()
    finally:
        pool.shutdown(wait=False, cancel_futures=True)  # whoever stops early does not wait for answers
