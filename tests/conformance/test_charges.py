"""What every source of bills owes, whatever its format: shown on every raw object under fixtures/ that holds lines."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tokenaudit.model.columns import CHARGE_CATEGORIES, PRICED_TOKENS, SCOPES, TIERS

if TYPE_CHECKING:
    from tests.conftest import Case

_KINDS = {name.removesuffix("_tokens") for name in PRICED_TOKENS}


def test_lines_of_a_bill_are_whole(case: Case) -> None:
    rows = case.read().rows_of("charges")
    assert len({row["charge_id"] for row in rows}) == len(rows)
    for row in rows:
        assert row["object_uri"] == case.uri
        assert row["billing_period"].day == 1
        assert row["charge_period_start"] <= row["charge_period_end"]
        assert row["charge_category"] in CHARGE_CATEGORIES
        assert row["scope"] in {None, *SCOPES}
        assert row["tier"] in {None, *TIERS}
        assert "" not in [value for value in row.values() if isinstance(value, str)]


def test_only_lines_of_usage_sell_tokens(case: Case) -> None:
    for row in case.read().rows_of("charges"):
        assert row["quantity_scale"] in {"blocks", "units", "unknown"}
        assert row["token_kind"] in {None, *_KINDS}
        if row["charge_category"] != "Usage" or row["quantity_scale"] == "unknown":
            assert row["tokens"] is None
