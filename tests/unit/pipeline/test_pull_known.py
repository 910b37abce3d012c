"""What a ledger has read, as feeds ask about it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tests.properties import ledgers, logs
from tests.properties.orchard import behave
from tests.properties.pulls import only, pull

from tokenaudit.ledger import pulled
from tokenaudit.ledger.ledger import open_for_reading
from tokenaudit.model.pulling import Known
from tokenaudit.pipeline.pull import known as known_module
from tokenaudit.pipeline.pull.known import Register

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Three objects with rows, of which one may still change, and one without."""
    for name in ("a/1.json", "a/2.json", "ab/3.json"):
        logs.write(tmp_path / "cloud" / "logs" / name, [logs.bedrock(int(name[-6]))])
    (tmp_path / "cloud" / "logs" / "a" / "0.txt").write_text("no log")
    behave(tmp_path / "cloud", open=["a/2.json"])
    return tmp_path / "cloud"


def test_addresses_below_a_prefix_come_in_order_and_as_they_were_read(root: Path, tmp_path: Path) -> None:
    only(pull(tmp_path / "ledger", root))
    ledger = open_for_reading(tmp_path / "ledger")
    register = Register(ledger, pulled.load(ledger.folder))
    found = dict(register.below("orchard://logs/a/"))
    assert [uri.rpartition("/")[2] for uri in found] == ["0.txt", "1.json", "2.json"]
    assert [each.final for each in found.values()] == [True, True, False]
    assert all(found[uri] == register.of(uri) for uri in found)
    assert all(len(each.identity) == 32 for each in found.values())
    assert list(register.below("orchard://logs/b")) == []
    assert register.of("orchard://logs/a") is None


def test_what_another_version_read_is_below_with_no_identity(
    root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pull(tmp_path / "ledger", root)
    monkeypatch.setattr(known_module, "source_versions", lambda: {"aws.invocation_logs": 10_000})
    register = Register(open_for_reading(tmp_path / "ledger"), pulled.load(tmp_path / "ledger"))
    assert {known for _, known in register.below("orchard://")} == {Known("", final=False)}
    assert register.of("orchard://logs/a/1.json") is None
    assert register.of("orchard://logs/a/0.txt") is None


def test_what_holds_no_records_any_more_loses_its_rows(root: Path, tmp_path: Path) -> None:
    """A feed takes rows out of the ledger with an answer without records: so does one whose blob was made anew."""
    pull(tmp_path / "ledger", root)
    columns = '[{"name": "TimeGenerated"}, {"name": "Category"}, {"name": "properties_s"}]'
    nothing = f'{{"tables": [{{"name": "PrimaryResult", "columns": {columns}, "rows": []}}]}}'
    (root / "logs" / "a" / "1.json").write_text(nothing)
    assert only(pull(tmp_path / "ledger", root)).fetched == 1
    assert [row["request_id"] for row in ledgers.rows_of(tmp_path / "ledger")] == ["bedrock-2", "bedrock-3"]
