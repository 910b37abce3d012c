"""Meters of long prompts, as bills name them."""

from __future__ import annotations

import pytest

from tokenaudit.model.columns import AZURE, BEDROCK
from tokenaudit.model.meters.long_prompts import prompt_band


@pytest.mark.parametrize(
    ("provider", "meter", "model", "band"),
    [
        (BEDROCK, "UGW1-openai.gpt-5.6-terra-mantle-input-tokens-long-ctx-standard", "openai/gpt-5.6-terra", 272_000),
        (BEDROCK, "USW2-MP:USW2_input_tokens_long_ctx_global_standard-Units", "anthropic/claude-haiku-5-5", 100_000),
        (BEDROCK, "USE1-openai.gpt-5.6-terra-mantle-input-tokens-standard", "openai/gpt-5.6-terra", 0),
        (AZURE, "5.4 longco batch inp Dz 1M Tokens", "openai/gpt-5.4", 272_000),
        (AZURE, "5.4 inp Dz 1M Tokens", "openai/gpt-5.4", 0),
        (AZURE, None, "openai/gpt-5.4", 0),
    ],
)
def test_from_which_length_of_prompt_on_a_meter_applies(
    provider: str, meter: str | None, model: str, band: int
) -> None:
    assert prompt_band(provider, meter, model) == band
