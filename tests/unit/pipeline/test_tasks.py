"""Shares of neighbouring objects: each object once, whoever is quick, and copies found where neighbours are read."""

from __future__ import annotations

from itertools import chain
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.properties import ledgers, logs

from tokenaudit.ledger.ledger import open_for_writing
from tokenaudit.pipeline.ingest import ingest
from tokenaudit.pipeline.tasks import OBJECTS_PER_TASK, read_shares, shares_of
from tokenaudit.pipeline.worker import Errand, Task
from tokenaudit.providers.local import LocalObject, find

MB = 1024 * 1024


def _errands(*megabytes: int) -> list[Errand]:
    return [Errand(LocalObject(f"file:///{at:04}", f"/{at:04}", size * MB, "")) for at, size in enumerate(megabytes)]


def _names(tasks: list[Task]) -> list[str]:
    return [errand.item.path for errand in chain.from_iterable(task.errands for task in tasks)]


def test_each_process_has_neighbours() -> None:
    first, second = shares_of(_errands(*[10] * 16), 2)
    mine, theirs = [next(first), next(first)], [next(second), next(second)]
    assert _names(mine) == [f"/{at:04}" for at in range(8)]
    assert _names(theirs) == [f"/{at:04}" for at in range(8, 16)]
    assert all(task.follows for task in (*mine, *theirs))


def test_who_is_quicker_takes_from_the_end_of_the_other_share() -> None:
    first, second = shares_of(_errands(*[10] * 16), 2)
    quick = [*second]
    assert [task.follows for task in quick] == [True, True, False, False]
    assert _names(quick) == [*(f"/{at:04}" for at in range(8, 16)), *(f"/{at:04}" for at in (4, 5, 6, 7, 0, 1, 2, 3))]
    assert [*first] == []


def test_one_process_reads_all_in_order() -> None:
    (alone,) = shares_of(_errands(*[100] * 5, *[0] * OBJECTS_PER_TASK), 1)
    tasks = [*alone]
    assert len(tasks) > 1
    assert all(task.follows for task in tasks)
    assert _names(tasks) == [f"/{at:04}" for at in range(5 + OBJECTS_PER_TASK)]


@given(
    sizes=st.lists(st.integers(0, 200), max_size=40),
    jobs=st.integers(1, 5),
    turns=st.lists(st.integers(0, 4), max_size=60),
)
def test_all_shares_together_give_each_object_once(sizes: list[int], jobs: int, turns: list[int]) -> None:
    shares = shares_of(_errands(*sizes), jobs)
    given_out = [task for turn in turns if (task := next(shares[turn % jobs], None)) is not None]
    given_out += chain.from_iterable(shares)
    assert sorted(_names(given_out)) == [f"/{at:04}" for at in range(len(sizes))]


@pytest.fixture
def neighbours(tmp_path: Path) -> list[Errand]:
    """Four objects; each but the first tells the last event of the one before again."""
    folder = tmp_path / "logs"
    for at in range(4):
        logs.write(folder / f"{at}.json", [logs.bedrock(number) for number in range(at * 10, at * 10 + 11)])
    return [Errand(item) for item in find([folder]) if isinstance(item, LocalObject)]


@pytest.mark.parametrize(("follows", "aside"), [(True, [1, 1]), (False, [])])
def test_a_process_remembers_what_it_read_just_before(
    neighbours: list[Errand], tmp_path: Path, *, follows: bool, aside: list[int]
) -> None:
    """Two shares of two tasks: a copy between the tasks of a share goes aside at once, that between the shares not."""
    staging = tmp_path / "staging"
    staging.mkdir()
    one, two, three, four = ([errand] for errand in neighbours)
    shares = [iter([Task(some, follows=True), Task(others, follows)]) for some, others in ((one, two), (three, four))]
    results = list(read_shares(shares, str(staging)))
    assert len(results) == 4
    assert [file.rows for result in results for file in result.staged if file.table == "parts"] == aside


def test_whoever_reads_what_the_ledger_is_the_same(neighbours: list[Errand], tmp_path: Path) -> None:
    paths = [Path(errand.item.path) for errand in neighbours]
    exported = set()
    for jobs in (1, 2, 3):
        with open_for_writing(tmp_path / str(jobs)) as ledger:
            assert ingest(ledger, paths, jobs).total().duplicates == 3
        exported.add(ledgers.exported(tmp_path / str(jobs)))
    assert len(exported) == 1
