"""What the lines of a bill call the things they sell: AWS usage types and Azure meters, read into the ledger's words.

One file a vocabulary, each a table that a person can read. The readers of both clouds' own exports and of FOCUS files
share them.
"""

from __future__ import annotations

from dataclasses import dataclass

TOKEN = "token"  # noqa: S105 - a kind of unit, no secret


@dataclass(frozen=True)
class Meter:
    """What the name of a meter says. None is "the name does not say"; for what is no token, only `unit_kind` counts.

    `unit_kind` is `token` or what else is sold: `ptu_hour`, `ptu_month`, `model_unit_hour`, `reserved_tpm`,
    `consumption_unit`, `training`, `hosting_hour`, `storage`, `guardrail`, `search_unit`, `image`, `second`, `page`,
    `session`, `call`, `character`, `other`. `token_kind` is a token column's name without `_tokens`; None on a token
    meter means a direction that the name does not tell. `scope` and `tier` are the ledger's words, `prompt_band` is
    the prompt size above which the meter applies (`model.rates.PROMPT_BANDS`). `block_tokens` is how many tokens one
    unit is, where the name tells.
    """

    unit_kind: str
    model: str | None = None
    model_version: str | None = None
    token_kind: str | None = None
    scope: str | None = None
    tier: str | None = None
    region: str | None = None
    prompt_band: int = 0
    block_tokens: int | None = None

    @property
    def is_token(self) -> bool:
        """Whether tokens are sold."""
        return self.unit_kind == TOKEN
