"""From which length of prompt on a billed meter applies: those of long prompts have a price of their own."""

from __future__ import annotations

from functools import lru_cache

from tokenaudit.model.columns import AZURE
from tokenaudit.model.meters import aws_usage_types, azure_meters


@lru_cache(maxsize=1024)
def prompt_band(provider: str, meter: str | None, model: str | None) -> int:
    """One of `model.rates.PROMPT_BANDS`. `model` is what the bill's line is for: Marketplace meters name none."""
    if meter is None:
        return 0
    if provider == AZURE:
        return azure_meters.read(meter).prompt_band
    return aws_usage_types.band_of(model) if aws_usage_types.read(meter).prompt_band else 0
