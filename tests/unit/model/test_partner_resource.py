"""Partners' models on Azure are known by their resource alone: `[model]-[GUID]`."""

from __future__ import annotations

import pytest

from tokenaudit.model.models import from_partner_resource

GUID = "0a1b2c3d-1111-2222-3333-0123456789ab"


@pytest.mark.parametrize(
    ("name", "model"),
    [
        (
            f"/subscriptions/s/providers/Microsoft.SaaS/resources/Claude-Sonnet-4-6-{GUID}",
            "anthropic/claude-sonnet-4-6",
        ),
        (f"claude-{GUID}", None),
        (f"nova-{GUID}", None),
        (f"nova-pro-{GUID}", None),
        (f"titan-{GUID}", None),
        (f"backup-{GUID}", None),
        ("claude-sonnet-4-6", None),
        ("", None),
    ],
)
def test_a_partners_resource_names_its_model(name: str, model: str | None) -> None:
    assert from_partner_resource(name) == model
