"""What opaque names stand for: the configuration first, then the clouds' inventory, and never two answers."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from tests.properties import ledgers, logs

from tokenaudit.config import Config, Loaded, parse
from tokenaudit.engines.duck import DuckEngine
from tokenaudit.errors import LedgerError
from tokenaudit.ledger import inventory
from tokenaudit.ledger.ledger import open_for_reading, open_for_writing
from tokenaudit.model.columns import AZURE, BEDROCK
from tokenaudit.model.pulling import InventoryItem
from tokenaudit.model.question import Filter
from tokenaudit.pipeline.aliases import aliases, renamed

if TYPE_CHECKING:
    from tokenaudit.ledger.ledger import Ledger

THEN = datetime(2026, 10, 1, tzinfo=UTC)
RESOURCE = logs.APIM
DEPLOYMENT = InventoryItem(
    "deployment",
    "chat-prod",
    "openai/gpt-4.1-mini",
    AZURE,
    logs.AZURE_SUBSCRIPTION,
    RESOURCE.lower(),
    "2025-04-14",
    "global",
    "provisioned",
    {"capacity": "50"},
)


def ledger_with(folder: Path, *found: tuple[datetime, list[InventoryItem]]) -> Ledger:
    """An open ledger whose inventory was found so."""
    with open_for_writing(folder / "ledger"):
        pass
    for at, items in found:
        known = inventory.load(folder / "ledger")
        inventory.save(folder / "ledger", inventory.merge(known, items, at))
    return open_for_reading(folder / "ledger")


def loaded(text: str = "") -> Loaded:
    return Loaded(parse(Path("tokenaudit.toml"), text) if text else Config(), Path(), None)


def resolved(ledger: Ledger, configuration: Loaded, **changes: Any) -> dict[str, Any]:
    """A request of that deployment, as the ledger is read."""
    row = {
        "provider": AZURE,
        "source": "azure.gateway_logs",
        "account": logs.AZURE_SUBSCRIPTION,
        "resource": RESOURCE.lower(),
        "deployment": "Chat-Prod",
        **changes,
    }
    folder = ledger.folder.parent / "rows"
    engine = ledgers.engine_over(folder, [ledgers.usage_row(1, **row)])
    engine = DuckEngine(sorted(folder.rglob("*.parquet")), aliases(ledger, configuration))
    (found,) = [row for batch in engine.usage(Filter()) for row in batch.to_pylist()]
    return {name: found[name] for name in ("model", "model_version", "scope", "tier")}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", ("openai/gpt-4.1-mini", "2025-04-14", "global", "provisioned")),
        (
            '[[azure.deployments]]\nname = "chat-prod"\nmodel = "openai/gpt-4.1"\n',
            ("openai/gpt-4.1", None, "global", "provisioned"),
        ),
        (
            '[[azure.deployments]]\nname = "chat-prod"\nmodel = "openai/gpt-4.1-mini"\nscope = "data_zone"\n',
            ("openai/gpt-4.1-mini", "2025-04-14", "data_zone", "provisioned"),
        ),
        (
            '[[azure.deployments]]\nname = "chat-prod"\nresource = "/subscriptions/x"\nmodel = "openai/gpt-4.1"\n',
            ("openai/gpt-4.1-mini", "2025-04-14", "global", "provisioned"),
        ),
    ],
    ids=["inventory", "configuration", "both", "another resource"],
)
def test_the_configuration_goes_first_and_the_inventory_fills_the_rest(
    tmp_path: Path, text: str, expected: tuple[str | None, ...]
) -> None:
    ledger = ledger_with(tmp_path, (THEN, [DEPLOYMENT]))
    assert tuple(resolved(ledger, loaded(text)).values()) == expected


def test_what_the_log_says_wins(tmp_path: Path) -> None:
    ledger = ledger_with(tmp_path, (THEN, [DEPLOYMENT]))
    found = resolved(ledger, loaded(), model="openai/gpt-4o", model_version="2024-08-06")
    assert found == {"model": "openai/gpt-4o", "model_version": "2024-08-06", "scope": "global", "tier": "provisioned"}


def test_a_deployment_of_an_unknown_model_still_tells_scope_and_tier(tmp_path: Path) -> None:
    ledger = ledger_with(tmp_path, (THEN, [replace(DEPLOYMENT, model=None, version=None)]))
    found = resolved(ledger, loaded(), model="openai/gpt-4o")
    assert found == {"model": "openai/gpt-4o", "model_version": None, "scope": "global", "tier": "provisioned"}


def test_a_profile_told_twice_is_one_request(tmp_path: Path) -> None:
    arn = "arn:aws:bedrock:us-east-1:111122223333:application-inference-profile/abcdefghijkl"
    item = InventoryItem("resource", arn, "anthropic/claude-sonnet-4-5", BEDROCK, logs.AWS_ACCOUNT, arn, scope="geo")
    other = replace(item, account="444455556666", resource=None)
    ledger = ledger_with(tmp_path, (THEN, [item, other]))
    text = (
        f'[[aws.inference_profiles]]\narn = "{arn}"\nmodel = "anthropic/claude-haiku-4-5"\n[models]\n"x" = "gpt-4.1"\n'
    )
    asked = {"provider": BEDROCK, "resource": arn, "deployment": None}
    assert resolved(ledger, loaded(text), **asked)["model"] == "anthropic/claude-haiku-4-5"
    assert resolved(ledger, loaded(), **asked)["scope"] == "geo"


def test_a_name_that_changes_is_kept_with_its_times_and_said(tmp_path: Path) -> None:
    later = THEN + timedelta(days=9)
    ledger = ledger_with(
        tmp_path,
        (THEN, [DEPLOYMENT]),
        (THEN + timedelta(days=3), [replace(DEPLOYMENT, facts={"capacity": "100"})]),
        (later, [replace(DEPLOYMENT, name="CHAT-PROD", model="openai/gpt-4.1", version=None)]),
    )
    entries = inventory.load(ledger.folder)
    assert [(each.model, each.first_seen_at, each.last_seen_at) for each in entries] == [
        ("openai/gpt-4.1-mini", THEN, THEN + timedelta(days=3)),
        ("openai/gpt-4.1", later, later),
    ]
    assert entries[0].facts == {"capacity": "100"}
    assert resolved(ledger, loaded())["model"] == "openai/gpt-4.1"
    (caveat,) = renamed(ledger)
    assert caveat.code == "changed_name"
    assert "was openai/gpt-4.1-mini 2025-04-14 global provisioned until 2026-10-04" in caveat.text
    assert "is openai/gpt-4.1 global provisioned since 2026-10-10" in caveat.text


def test_what_is_not_found_any_more_stays(tmp_path: Path) -> None:
    ledger = ledger_with(tmp_path, (THEN, [DEPLOYMENT]), (THEN + timedelta(days=1), []))
    assert [each.last_seen_at for each in inventory.load(ledger.folder)] == [THEN]


@pytest.mark.parametrize("text", ["{", "[]", '{"entries": [{"match": "deployment"}]}', '{"entries": [7]}'])
def test_a_damaged_inventory_is_named(tmp_path: Path, text: str) -> None:
    ledger = ledger_with(tmp_path)
    (ledger.folder / "inventory.json").write_text(text)
    with pytest.raises(LedgerError, match=r"inventory\.json"):
        aliases(ledger, loaded())
