"""Plain rows as Arrow batches."""

from __future__ import annotations

from tokenaudit import schema
from tokenaudit.schema import RowBuffer


def test_half_a_surrogate_pair_costs_no_row() -> None:
    buffer = RowBuffer(schema.of("charges"))
    buffer.add({"charge_id": "1", "service_name": "a\ud800", "tags": {"\udfff": "b\ud800"}})
    buffer.add({"charge_id": "2", "service_name": "\U0001f600"})
    batch = buffer.take()
    assert batch.column("service_name").to_pylist() == ["a?", "\U0001f600"]
    assert batch.column("tags").to_pylist() == [[("?", "b?")], []]
