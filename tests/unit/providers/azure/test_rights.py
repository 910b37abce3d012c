"""The files with roles, the plan and the client say the same: what the table of operations says."""

from __future__ import annotations

import ast
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

from tokenaudit.model.pulling import KINDS
from tokenaudit.model.question import Window
from tokenaudit.providers.azure.client import operations
from tokenaudit.providers.azure.client.operations import OPERATIONS, Operation
from tokenaudit.providers.azure.live.plan import plan
from tokenaudit.providers.azure.settings import read

ROOT = Path(__file__).resolve().parents[4]
IAM = ROOT / "examples" / "iam"
CLIENT = Path(operations.__file__).parent
NOW = datetime(2026, 10, 12, 9, tzinfo=UTC)
WINDOW = Window(NOW - timedelta(days=30), NOW)


def test_the_custom_role_allows_exactly_what_is_called() -> None:
    role = json.loads((IAM / "azure-custom-role.json").read_text(encoding="utf-8"))
    assert role["Actions"] == sorted({action for each in OPERATIONS for action in each.actions})
    assert role["DataActions"] == sorted({action for each in OPERATIONS for action in each.data_actions})
    assert all(action.endswith("/read") for action in role["Actions"] + role["DataActions"])
    assert role["NotActions"] == role["NotDataActions"] == []


def test_the_built_in_roles_are_those_of_the_table() -> None:
    roles = json.loads((IAM / "azure-roles.json").read_text(encoding="utf-8"))
    named = {(each["role"], each["roleDefinitionId"]) for each in roles}
    assert named == {(each.role.name, each.role.guid) for each in OPERATIONS if each.role}
    assert len(named) == len(roles)


def test_every_operation_needs_some_right_and_all_are_in_the_table() -> None:
    known = [each for each in vars(operations).values() if isinstance(each, Operation)]
    assert known == list(OPERATIONS)
    assert all(each.actions or each.data_actions if each.role else each.billing_role for each in OPERATIONS)
    assert len({each.name for each in OPERATIONS}) == len(OPERATIONS)


def test_the_client_calls_by_the_table_and_uses_all_of_it() -> None:
    """Every call is made inside of `translated(OPERATION, ...)`, or handed to a method that does so."""
    used = set()
    for file in CLIENT.glob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom) and node.module == operations.__name__:
                used |= {alias.name for alias in node.names}
    names = {name for name, each in vars(operations).items() if isinstance(each, Operation)}
    assert used - {"Operation"} == names


def test_the_plan_lists_every_operation_in_some_case_and_no_other() -> None:
    place = "https://contoso.blob.core.windows.net"
    tables = [
        {},
        {"logs": [place], "exports": [f"{place}/costs"], "workspaces": [f"{ID}/workspaces/x"]},
        {"billing_scopes": ["/providers/Microsoft.Billing/billingAccounts/1"], "subscriptions": [SUBSCRIPTION]},
    ]
    planned = {call.operation: call for table in tables for call in plan(read(table), KINDS, WINDOW, NOW)}
    assert set(planned) == {each.name for each in OPERATIONS}
    assert {name: call.permission for name, call in planned.items()} == {
        each.name: each.permission for each in OPERATIONS
    }


def test_the_plan_shows_the_window_of_each_call_or_none() -> None:
    now = datetime(2026, 10, 12, 9, 30, tzinfo=UTC)
    window = Window(datetime(2026, 10, 5, 14, 30, tzinfo=UTC), now)
    place = "https://contoso.blob.core.windows.net/"
    named: dict[str, object] = {"logs": [place], "exports": [f"{place}costs"], "workspaces": [f"{ID}/workspaces/x"]}
    bills = ("2026-09-01 00:00", "2026-10-13 00:00")
    written = ("2026-10-04 14:30", "2026-10-12 10:30")
    days = ("2026-10-05 00:00", "2026-10-13 00:00")
    hours = ("2026-10-05 00:00", "2026-10-12 09:00")

    def windows(table: dict[str, object]) -> dict[tuple[str, str], tuple[str, ...]]:
        return {
            (call.kind, call.operation): tuple(
                f"{end:%Y-%m-%d %H:%M}" for end in (call.window.since, call.window.until)
            )
            for call in plan(read(table), KINDS, window, now)
            if call.window is not None
        }

    asked = {
        ("logs", "List Blobs"): written,
        ("logs", "Get Blob"): written,
        ("logs", operations.LOG_QUERY.name): days,
        ("metrics", operations.METRICS.name): hours,
        ("costs", "Get Blob"): bills,
    }
    assert windows(named) == asked
    assert windows({}) == {**asked, ("costs", operations.COST_QUERY.name): bills}
    scoped = windows({"billing_scopes": ["/providers/Microsoft.Billing/billingAccounts/1"]})
    assert scoped == {**asked, ("costs", operations.COST_REPORT.name): bills}


def test_the_plan_shows_of_metrics_what_is_kept() -> None:
    (call,) = (
        each
        for each in plan(read({}), ["metrics"], Window(NOW - timedelta(days=300), NOW), NOW)
        if each.operation == operations.METRICS.name
    )
    assert call.size.endswith("days: 93")
    assert call.window == Window(datetime(2026, 7, 12, tzinfo=UTC), NOW)


def test_the_plan_lists_no_call_twice_and_only_the_kinds_that_are_asked_for() -> None:
    calls = list(plan(read({}), KINDS, WINDOW, NOW))
    assert len({(each.operation, each.target) for each in calls}) == len(calls)
    assert {each.kind for each in calls} == set(KINDS)
    only = list(plan(read({"subscriptions": [SUBSCRIPTION]}), ("metrics",), WINDOW, NOW))
    assert [(each.operation, each.target, each.size) for each in only] == [
        ("Accounts - List", f"/subscriptions/{SUBSCRIPTION}", "one call"),
        ("Metric Definitions - List", "every account found", "1 an account"),
        ("Metrics - List", "every account found", "3 to 6 an account and day; days: 31"),
    ]


SUBSCRIPTION = "00000000-0000-0000-0000-000000000001"
ID = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/rg/providers/Microsoft.OperationalInsights"
