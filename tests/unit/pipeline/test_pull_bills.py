"""Bills from afar: which files are fetched again when a month is issued again, and which lines count then."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from tests.properties import ledgers
from tests.properties.orchard import behave, fetched
from tests.properties.pulls import only, pull
from tests.unit.pipeline.test_azure_exports import EARLY, LATE, charges, deliver, on, total

from tokenaudit.ledger.ledger import open_for_reading

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def bills(tmp_path: Path) -> Path:
    """A cloud with one export of two files."""
    root = tmp_path / "cloud"
    deliver(root / "costs", "daily", "run-a", EARLY, [on(1), on(2)], [on(2)])
    return root


def test_a_bill_is_what_its_ingest_is(bills: Path, tmp_path: Path) -> None:
    counts = only(pull(tmp_path / "pulled", bills))
    assert (counts.status, counts.fetched) == ("ok", 3)
    ledgers.take(tmp_path / "ingested", [bills / "costs"])

    def plain(ledger: Path) -> list[dict[str, Any]]:
        return sorted(({**row, "object_uri": None} for row in charges(ledger)), key=lambda row: row["charge_id"])

    assert plain(tmp_path / "pulled") == plain(tmp_path / "ingested")
    assert only(pull(tmp_path / "pulled", bills)).skipped == 3
    assert len(fetched(bills)) == 3


def test_a_month_issued_again_replaces_itself(bills: Path, tmp_path: Path) -> None:
    pull(tmp_path / "ledger", bills)
    deliver(bills / "costs", "daily", "run-b", LATE, [on(1)])
    counts = only(pull(tmp_path / "ledger", bills))
    assert total(tmp_path / "ledger") == 5
    assert counts.skipped == 2
    ledgers.take(tmp_path / "ingested", [bills / "costs"])
    assert total(tmp_path / "ingested") == 5


def test_a_changed_manifest_has_its_files_read_again(bills: Path, tmp_path: Path) -> None:
    """The run is the same folder, delivered again at a later time: what its lines belong to has changed."""
    pull(tmp_path / "ledger", bills)
    count = len(fetched(bills))
    (manifest,) = (bills / "costs").rglob("manifest.json")
    manifest.write_text(manifest.read_text().replace(EARLY, LATE))
    assert only(pull(tmp_path / "ledger", bills)).fetched == 3
    assert fetched(bills)[count].endswith("/manifest.json")
    assert total(tmp_path / "ledger") == 15
    runs = {each.delivery.run for each in open_for_reading(tmp_path / "ledger").objects().values() if each.delivery}
    assert len(runs) == 1
    assert LATE[:10] in runs.pop()


def test_of_a_bill_one_changed_file_is_read_again_with_what_its_manifest_says(bills: Path, tmp_path: Path) -> None:
    pull(tmp_path / "ledger", bills)
    count = len(fetched(bills))
    (part,) = (bills / "costs").rglob("part_1*")
    lines = part.read_bytes().splitlines(keepends=True)
    part.write_bytes(b"".join([*lines, lines[-1]]))
    counts = only(pull(tmp_path / "ledger", bills))
    assert [path.rpartition("/")[2] for path in fetched(bills)[count:]] == ["manifest.json", part.name]
    assert (counts.fetched, counts.skipped) == (2, 1)
    assert total(tmp_path / "ledger") == 20
    deliveries = [each.delivery for each in open_for_reading(tmp_path / "ledger").objects().values()]
    assert len({(each.export, each.run) for each in deliveries if each}) == 1


def test_a_bill_whose_file_failed_is_whole_after_the_next_pull(bills: Path, tmp_path: Path) -> None:
    (part,) = (bills / "costs").rglob("part_1*")
    behave(bills, fail={part.relative_to(bills / "costs").as_posix(): "service"})
    assert only(pull(tmp_path / "ledger", bills)).status == "partial"
    behave(bills)
    assert only(pull(tmp_path / "ledger", bills)).status == "ok"
    assert total(tmp_path / "ledger") == 15
    count = len(fetched(bills))
    pull(tmp_path / "ledger", bills)
    assert len(fetched(bills)) == count
