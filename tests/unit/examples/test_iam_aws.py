"""The policies in examples/iam: exactly the rights that the code can need, and none to write."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import botocore.session
import pytest
from botocore import xform_name

from tokenaudit.providers.aws.operations import DECRYPT, OPERATIONS, Operation

FOLDER = Path(__file__).resolve().parents[3] / "examples" / "iam"
READING = ("Get", "List", "Describe", "Filter", "Decrypt", "AssumeRole")


def statements(name: str) -> list[dict[str, Any]]:
    document = json.loads((FOLDER / name).read_text(encoding="utf-8"))
    assert document["Version"] == "2012-10-17"
    found: list[dict[str, Any]] = document["Statement"]
    return found


def actions(effect: str) -> list[str]:
    return [
        action
        for each in statements("aws-policy.json")
        if each["Effect"] == effect
        for action in ([each["Action"]] if isinstance(each["Action"], str) else each["Action"])
    ]


def test_the_policy_allows_what_the_table_of_operations_needs_and_nothing_else() -> None:
    allowed = actions("Allow")
    assert len(allowed) == len(set(allowed))
    assert set(allowed) == {each.action for each in OPERATIONS if each.action} | {DECRYPT}


def test_the_policy_only_reads() -> None:
    assert [each for each in actions("Allow") if not each.partition(":")[2].startswith(READING)] == []
    assert not any("*" in each for each in actions("Allow"))


def test_bodies_of_requests_are_denied() -> None:
    assert actions("Deny") == ["s3:GetObject"]


def test_objects_and_roles_are_named() -> None:
    named = {"s3:GetObject", "s3:ListBucket", "sts:AssumeRole", "logs:FilterLogEvents", DECRYPT}
    everywhere = [each for each in statements("aws-policy.json") if each["Resource"] == "*"]
    assert not named & {str(action) for each in everywhere for action in each["Action"]}


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda each: f"{each.service} {each.name}")
def test_the_sdk_knows_each_operation_and_its_pages(operation: Operation) -> None:
    model = botocore.session.get_session().get_service_model(operation.service)
    found = model.operation_model(operation.name)
    assert xform_name(operation.name)
    if operation.token is not None:
        sent, received = operation.token
        assert found.input_shape is not None
        assert found.output_shape is not None
        assert sent in found.input_shape.members
        assert received in found.output_shape.members
    if operation.action and operation.name != "ListObjectsV2":
        assert operation.action.partition(":")[2] == operation.name


def test_roles_are_trusted_under_a_condition() -> None:
    for name in ("aws-trust-github-oidc.json", "aws-trust-account.json"):
        for each in statements(name):
            assert each["Condition"]["StringEquals"]
            assert "*" not in json.dumps(each)
