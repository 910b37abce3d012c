"""Which lines of Azure sell language models: what the readers of both kinds of bill ask."""

from __future__ import annotations

import pytest

from tokenaudit.model.meters import Meter
from tokenaudit.model.meters.azure_sales import COGNITIVE, Line, sells_language

NOTHING = Line("", "", "", "", "", "", is_marketplace=False, is_capacity=False)
TOKENS, IMAGES, OTHER = Meter("token"), Meter("image"), Meter("other")
TRAINING = Meter("training")
MARKETPLACE = NOTHING._replace(category="saas", is_marketplace=True)
PARTNER = "/providers/microsoft.saas/resources/claude-sonnet-4-5-0f1e2d3c-0000-4000-8000-000000000000"


@pytest.mark.parametrize(
    ("line", "meter", "ours"),
    [
        (NOTHING._replace(category="foundry models"), OTHER, True),
        (NOTHING._replace(category="azure openai service"), OTHER, True),
        (NOTHING._replace(category="azure openai"), IMAGES, False),
        (NOTHING._replace(category="virtual machines"), TOKENS, False),
        (NOTHING._replace(category="virtual machines", is_capacity=True), OTHER, True),
        (NOTHING._replace(category="cognitive services", meter="gpt input tokens"), TOKENS, True),
        (NOTHING._replace(category="cognitive services", meter="image in"), TOKENS, False),
        (NOTHING._replace(category="cognitive services", sub_category="azure openai gpt5"), OTHER, True),
        (NOTHING._replace(category="cognitive services", sub_category="speech", meter="ft training"), TRAINING, False),
        (NOTHING._replace(category="cognitive services", meter="gpt-4o-ft-training"), TRAINING, True),
        (NOTHING._replace(category="cognitive services", meter="speech training"), TRAINING, False),
        (NOTHING._replace(category="x", provider=COGNITIVE, meter="input tokens"), TOKENS, True),
        (NOTHING._replace(meter="input tokens"), TOKENS, True),
        (MARKETPLACE, OTHER, False),
        (MARKETPLACE, Meter("consumption_unit"), True),
        (MARKETPLACE._replace(meter="output tokens"), TOKENS, True),
        (MARKETPLACE._replace(resource=PARTNER), OTHER, True),
        (MARKETPLACE._replace(publisher="meta platforms, inc."), OTHER, True),
        (MARKETPLACE._replace(publisher="metabase"), OTHER, False),
    ],
)
def test_what_sells_language_models(line: Line, meter: Meter, ours: bool) -> None:  # noqa: FBT001
    assert sells_language(line, meter) is ours
