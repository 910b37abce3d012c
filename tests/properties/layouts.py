"""What hypothesis draws: log records spread over files, and those files spread over runs."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from hypothesis import strategies as st
from tests.properties import logs

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

Layout = dict[str, list[logs.Json]]
"""Records by file."""

_TWO_WHOLE_DAYS = 50
_AZURE = {"llm": logs.llm, "gateway": logs.gateway, "request": logs.request, "usage": logs.request_usage}


def bedrock_records() -> st.SearchStrategy[logs.Json]:
    """Few events on several days, told with and without their bodies: many copies that are not alike."""
    return st.builds(
        lambda number, bodies: logs.bedrock(
            number, logs.after(hours=9 * number), **({} if bodies else {"output": _BARE})
        ),
        st.integers(0, 4),
        st.booleans(),
    )


def spans() -> st.SearchStrategy[logs.Json]:
    return st.builds(lambda number: logs.span(number, logs.after(hours=9 * number)), st.integers(0, 4))


def azure_records(hours: tuple[float, ...] = (0, 0.5, 5, 17, _TWO_WHOLE_DAYS)) -> st.SearchStrategy[logs.Json]:
    """Parts of few calls, in any number; a correlation id may come back days later."""
    return st.builds(
        lambda kind, call, at, seconds: _AZURE[kind](f"call-{call}", logs.after(at, seconds)),
        st.sampled_from(sorted(_AZURE)),
        st.integers(0, 2),
        st.sampled_from(hours),
        st.integers(0, 2),
    )


_BARE = {"outputContentType": "application/json", "outputTokenCount": 77}


def layouts(*families: st.SearchStrategy[logs.Json], files: int = 3) -> st.SearchStrategy[Layout]:
    """Up to `files` files of each family, none empty; a record may stand in several, and twice in one."""
    names = [f"{family}{number}.json" for family in "abc"[: len(families)] for number in range(files)]
    return st.fixed_dictionaries(
        {},
        optional={name: st.lists(families["abc".index(name[0])], min_size=1, max_size=4) for name in names},
    ).filter(bool)


def splits(layout: Mapping[str, Any]) -> st.SearchStrategy[list[list[str]]]:
    """The files in some order, cut into runs."""
    return st.permutations(sorted(layout)).flatmap(
        lambda order: st.lists(st.booleans(), min_size=len(order) - 1, max_size=len(order) - 1).map(
            lambda cuts: _cut(list(order), cuts)
        )
    )


def write(folder: Path, layout: Layout, *, tick: int = 0) -> dict[str, Path]:
    """The files, all of them as old as `tick` says: content that changes changes its time too."""
    paths = {name: logs.write(folder / name, records) for name, records in layout.items()}
    for path in paths.values():
        os.utime(path, ns=(tick * 1_000_000_000, tick * 1_000_000_000))
    return paths


def _cut(order: list[str], cuts: list[bool]) -> list[list[str]]:
    runs = [[order[0]]]
    for name, cut in zip(order[1:], cuts, strict=True):
        if cut:
            runs.append([name])
        else:
            runs[-1].append(name)
    return runs
