"""An answer with anything odd in any place is still read: what is odd becomes a reject, and nothing is raised."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tokenaudit.model.ports import Blob, Sample
from tokenaudit.providers.aws.metrics import Metrics as AwsMetrics
from tokenaudit.providers.azure.metrics import Metrics as AzureMetrics

if TYPE_CHECKING:
    from collections.abc import Iterator

FIXTURES = Path(__file__).resolve().parents[3] / "fixtures"
ODD: tuple[Any, ...] = (
    *(None, True, 0, -1, 0.5, float("inf"), float("nan"), 10**30, "", "x", "\ud800", [], {}, [None], [7], {"value": 7}),
    *("9999-12-31T23:59:59Z", "0001-01-01T00:00:00+14:00", "P999D", "PT0S"),
)
CASES = [
    (source, FIXTURES / provider / "metrics" / name)
    for source, provider, names in (
        (AwsMetrics(), "aws", ("one_model.raw.jsonl", "dimension_sets.raw.jsonl", "mantle.raw.jsonl")),
        (AzureMetrics(), "azure", ("models_family.raw.json", "batch_of_accounts.raw.json", "both_families.raw.jsonl")),
    )
    for name in names
]


def places(value: Any) -> Iterator[tuple[Any, Any]]:
    """Every container inside and each of its keys."""
    keys = list(value) if isinstance(value, dict) else range(len(value)) if isinstance(value, list) else ()
    for key in keys:
        yield value, key
        yield from places(value[key])


@pytest.mark.parametrize(("source", "path"), CASES, ids=lambda each: getattr(each, "name", None))
@settings(max_examples=60)
@given(data=st.data())
def test_odd_values_raise_nothing(source: AwsMetrics | AzureMetrics, path: Path, data: st.DataObject) -> None:
    content = path.read_text(encoding="utf-8")
    documents = [json.loads(content)] if path.suffix == ".json" else [json.loads(each) for each in content.splitlines()]
    found = list(places(documents))
    container, key = found[data.draw(st.integers(0, len(found) - 1))]
    container[key] = data.draw(st.sampled_from(ODD))
    changed = "\n".join(map(json.dumps, documents)).encode()
    source.recognise(Sample(changed, whole=True, name="x"))
    for part in source.normalise([Blob("u", (changed,))]):
        part.batch.validate(full=True)
        for row in part.batch.to_pylist():
            assert row.get("request_count", 0) >= 0
            assert all(row[name] is None or row[name] >= 0 for name in row if name.endswith("_tokens"))
