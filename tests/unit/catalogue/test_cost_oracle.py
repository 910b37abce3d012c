"""The shipped book against three public pricing libraries, where they agree with each other.

`fixtures/oracles/cost_oracle_dev.csv` holds what each library answers for a model, scope, tier and usage; a row whose
verdict is `consensus` is one that at least one other library confirms. A row is priced by the book on one day after
every price that the libraries know came into force.
"""

from __future__ import annotations

import csv
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING

from tokenaudit.catalogue.shipped import load_rates
from tokenaudit.model.columns import AZURE, BEDROCK
from tokenaudit.model.models import ModelName, from_bedrock_id, from_plain_name
from tokenaudit.model.rates import PROMPT_BANDS, RateKey
from tokenaudit.pricing.apply import cost_usd
from tokenaudit.pricing.book import PriceBook
from tokenaudit.pricing.resolve import resolve

if TYPE_CHECKING:
    import pytest

ORACLE = Path(__file__).parents[3] / "fixtures" / "oracles" / "cost_oracle_dev.csv"
DAY = date(2026, 10, 15)
TOLERANCE = Decimal("0.005")
KINDS = {
    "input": "in_uncached",
    "cache_read": "cache_read",
    "cache_write": "cache_write_5m",
    "cache_write_1h": "cache_write_1h",
    "output": "output",
}
SCOPES = {"in_region": "regional"}
# The oracle writes what a version is where Azure has a model of its own.
MODELS = {"gpt-4@32k": ModelName("openai/gpt-4-32k")}

# (model, scope, tier, usage) -> why the book is right to differ.
ARGUED: dict[tuple[str, str, str, str], str] = {}


def consensus() -> list[dict[str, str]]:
    with ORACLE.open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["verdict"] == "consensus"]
    distinct = {
        tuple(
            row[name] for name in ("provider", "model", "scope", "region", "tier", "usage_name", "expected_cost_usd")
        ): row
        for row in rows
    }
    return list(distinct.values())


def named(row: dict[str, str]) -> ModelName:
    if row["provider"] == "aws":
        return from_bedrock_id(row["model"])
    name, _, version = row["model"].partition("@")
    return MODELS.get(row["model"]) or from_plain_name(name, version)


def priced(book: PriceBook, row: dict[str, str]) -> Decimal | str:
    """The cost of the row's one request, or why there is none."""
    model = named(row)
    tokens = {kind: int(row[column]) for kind, column in KINDS.items()}
    prompt = sum(number for kind, number in tokens.items() if kind != "output")
    total = Decimal(0)
    for kind, number in tokens.items():
        if not number:
            continue
        key = RateKey(
            provider=BEDROCK if row["provider"] == "aws" else AZURE,
            model=model.model or "",
            model_version=model.version,
            region=row["region"],
            scope=SCOPES.get(row["scope"], row["scope"]),
            tier=row["tier"],
            kind=kind,
            prompt_band=max(band for band in PROMPT_BANDS if band == 0 or prompt > band),
            day=DAY,
        )
        found = resolve(book, key)
        if found.rate is None:
            return f"{kind}: {found.why}"
        assert set(found.assumed) <= {"region"}, "the libraries know one price for every region"
        total += cost_usd(number, found.rate)
    return total


def test_the_book_agrees_with_the_consensus(capsys: pytest.CaptureFixture[str]) -> None:
    book = PriceBook(*load_rates())
    rows = consensus()
    missing, wrong = [], []
    for row in rows:
        case = (row["model"], row["scope"], row["tier"], row["usage_name"])
        expected, ours = Decimal(row["expected_cost_usd"]), priced(book, row)
        if isinstance(ours, str):
            missing.append(f"{case}: {ours}")
        elif abs(ours - expected) > TOLERANCE * expected and case not in ARGUED:
            wrong.append(f"{case}: {ours} instead of {expected} ({row['source']}, {row['agree_with']})")
    covered = 1 - len(missing) / len(rows)
    with capsys.disabled():
        print(f"\nconsensus rows: {len(rows)} distinct, {covered:.1%} covered, {len(wrong)} disagree")  # noqa: T201
        print("\n".join(missing))  # noqa: T201
    assert not wrong, "\n".join(wrong)
    assert covered >= 0.95
