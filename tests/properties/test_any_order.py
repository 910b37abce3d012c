"""The ledger is a function of the files: not of the order, the number of runs, or how often they are read."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.properties import ledgers, logs
from tests.properties.layouts import Layout, azure_records, bedrock_records, layouts, spans, splits, write

FAMILIES = {
    "bedrock": (bedrock_records(),),
    "otel": (spans(),),
    "azure": (azure_records(),),
    "all": (bedrock_records(), azure_records((0, 0.5)), spans()),
}
few = settings(max_examples=10, derandomize=True, report_multiple_bugs=False)


@pytest.mark.parametrize("family", FAMILIES)
@few
@given(data=st.data())
def test_any_order_and_split_of_the_same_files_gives_the_same_export(family: str, data: st.DataObject) -> None:
    layout: Layout = data.draw(layouts(*FAMILIES[family]))
    runs = data.draw(splits(layout))
    with ledgers.folder() as folder:
        paths = write(folder / "logs", layout)
        ledgers.take(folder / "together", paths.values())
        ledgers.take(folder / "apart", *([paths[name] for name in run] for run in runs))
        assert ledgers.exported(folder / "apart") == ledgers.exported(folder / "together")


@few
@given(layout=layouts(*FAMILIES["all"], files=2))
def test_twice_is_once(layout: Layout) -> None:
    with ledgers.folder() as folder:
        paths = write(folder / "logs", layout)
        ledgers.take(folder / "ledger", [folder / "logs"])
        before = ledgers.exported(folder / "ledger")
        (again,) = ledgers.take(folder / "ledger", [*paths.values(), folder / "logs"])
        assert (again.total().objects, again.total().skipped) == (0, len(paths))
        assert ledgers.exported(folder / "ledger") == before
        write(folder / "logs", layout, tick=1)
        (rewritten,) = ledgers.take(folder / "ledger", [folder / "logs"])
        assert (rewritten.total().objects, rewritten.total().skipped) == (len(paths), 0)
        assert ledgers.exported(folder / "ledger") == before


@few
@given(data=st.data())
def test_a_changed_file_replaces_its_rows_and_what_it_had_displaced_comes_back(data: st.DataObject) -> None:
    families = (bedrock_records(), azure_records((0, 0.5)), spans())
    first: Layout = data.draw(layouts(*families, files=2))
    changed: Layout = {
        name: records for name, records in data.draw(layouts(*families, files=2)).items() if name in first
    }
    runs = data.draw(splits(first))
    with ledgers.folder() as folder:
        paths = write(folder / "logs", first)
        ledgers.take(folder / "ledger", *([paths[name] for name in run] for run in runs))
        for tick, name in enumerate(changed, 1):
            write(folder / "logs", {name: changed[name]}, tick=tick)
            ledgers.take(folder / "ledger", [paths[name]])
        ledgers.take(folder / "fresh", [folder / "logs"])
        assert ledgers.exported(folder / "ledger") == ledgers.exported(folder / "fresh")


def test_the_copy_that_is_kept_is_the_one_with_the_smallest_address_and_comes_back_when_that_one_goes() -> None:
    with ledgers.folder() as folder:
        one = logs.write(folder / "logs" / "a.json", [logs.bedrock(1)])
        two = logs.write(folder / "logs" / "b.json", [logs.bedrock(1), logs.bedrock(2)])
        ledgers.take(folder / "ledger", [two], [one])
        kept = {row["request_id"]: row["object_uri"][-6:] for row in ledgers.rows_of(folder / "ledger")}
        assert kept == {"bedrock-1": "a.json", "bedrock-2": "b.json"}
        logs.write(one, [logs.bedrock(3)])
        ledgers.take(folder / "ledger", [one])
        kept = {row["request_id"]: row["object_uri"][-6:] for row in ledgers.rows_of(folder / "ledger")}
        assert kept == {"bedrock-1": "b.json", "bedrock-2": "b.json", "bedrock-3": "a.json"}
