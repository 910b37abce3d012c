"""A workbook that finds no room."""

from __future__ import annotations

import errno
import gc
import io
from typing import Any

import pytest

from tokenaudit.export.workbook.book import opened


class _Full(io.BytesIO):
    """A disk with room for so much."""

    def __init__(self, room: int) -> None:
        super().__init__()
        self._room = room

    def write(self, data: Any, /) -> int:
        if self.tell() + len(memoryview(data)) > self._room:
            raise OSError(errno.ENOSPC, "full")
        return super().write(data)


@pytest.mark.parametrize("room", [0, 500, 3000])
def test_a_workbook_that_finds_no_room_says_so_once(room: int) -> None:
    """zipfile tries again when what it did not finish is collected, which would be printed with its traceback."""
    with pytest.raises(OSError, match="full"), _Full(room) as stream, opened(stream, constant_memory=True) as book:
        book.sheet("one").write_string(0, 0, "text")
    gc.collect()
