"""What the tokens of each side are: fresh, from a cache, into a cache, answers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tokenaudit.model.columns import PRICED_TOKENS
from tokenaudit.model.report import Field, Section, Value

if TYPE_CHECKING:
    from collections.abc import Sequence


def token_mix(sides: Sequence[str], compared: Section) -> Section:
    """One row per side and kind of token, summed over the rows of section `compare`; `tokens` is None where none tells.

    `share_ratio` is of the known tokens of the side. A kind that no side tells of, or has any of, is left out.
    """
    sums = {(side, kind): _sum(compared, side, kind) for side in sides for kind in PRICED_TOKENS}
    kinds = [kind for kind in PRICED_TOKENS if any(sums[side, kind] for side in sides)]
    rows: list[dict[str, Value]] = []
    for side in sides:
        whole = sum(sums[side, kind] or 0 for kind in PRICED_TOKENS)
        for kind in kinds:
            tokens = sums[side, kind]
            share = None if tokens is None or not whole else tokens / whole
            rows.append(
                {"side": side, "token_kind": kind.removesuffix("_tokens"), "tokens": tokens, "share_ratio": share}
            )
    columns = (Field("side"), Field("token_kind"), Field("tokens", "tokens"), Field("share_ratio", "ratio"))
    return Section("token_mix", "Token mix", columns, tuple(rows))


def _sum(compared: Section, side: str, kind: str) -> int | None:
    known = [value for row in compared.rows if row["side"] == side and isinstance(value := row[kind], int)]
    return sum(known) if known else None
