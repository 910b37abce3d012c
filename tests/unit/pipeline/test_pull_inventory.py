"""Names that a cloud tells of itself, as part of a pull."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from tests.properties.orchard import behave
from tests.properties.pulls import pull

from tokenaudit.ledger import inventory

if TYPE_CHECKING:
    from pathlib import Path

NAMED = {"match": "exact", "name": "pear", "model": None, "provider": "orchard", "account": "1"}


@pytest.mark.parametrize(
    ("manners", "status"),
    [
        ({"inventory": [NAMED]}, ["ok"]),
        ({"inventory": []}, ["ok"]),
        ({"inventory": [NAMED], "hidden": {"inventory": "service"}}, ["failed", "ok"]),
        ({"hidden": {"inventory": "service"}}, ["failed"]),
    ],
)
def test_where_no_name_could_be_had_no_line_says_that_all_is_well(
    tmp_path: Path, manners: dict[str, Any], status: list[str]
) -> None:
    root = tmp_path / "cloud"
    root.mkdir()
    behave(root, **manners)
    result = pull(tmp_path / "ledger", root, kinds=("inventory",))
    assert [each.status for each in result.feeds] == status
    assert len(inventory.load(tmp_path / "ledger")) == len(manners.get("inventory", ()))
