"""What prompt caching saved, net of what writing to the cache cost."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING

from tokenaudit.analysis.cell_prices import CellPrices
from tokenaudit.model.columns import PROMPT_TOKENS
from tokenaudit.model.report import Field, Section, Value

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from tokenaudit.analysis.cell_prices import Pricing
    from tokenaudit.model.cells import Group, TokenCell

READ, UNCACHED = "cache_read_tokens", "input_tokens"
WRITES = ("cache_write_tokens", "cache_write_1h_tokens")
_MILLION = 1_000_000


@dataclass
class Caching:
    """What one side of one group read from caches and wrote to them, against the same tokens uncached.

    `tokens` holds prompt tokens by the columns that are told; savings are over those of which both prices are known.
    """

    tokens: Counter[str] = field(default_factory=Counter)
    judged: Counter[str] = field(default_factory=Counter)
    read_saving_usd: Decimal = Decimal(0)
    write_premium_usd: Decimal = Decimal(0)

    @property
    def written(self) -> int | None:
        """Tokens written to a cache, of whatever life; None where no log tells."""
        told = [self.tokens[kind] for kind in WRITES if kind in self.tokens]
        return sum(told) if told else None

    @property
    def net_saving_usd(self) -> Decimal | None:
        """None where no price is known."""
        return self.read_saving_usd - self.write_premium_usd if self.judged else None

    @property
    def break_even(self) -> Decimal | None:
        """How often a written token has to be read for the write to pay, at these prices; None without both."""
        reads, writes = self.judged[READ], sum(self.judged[kind] for kind in WRITES)
        if not writes or self.read_saving_usd <= 0:
            return None
        return (self.write_premium_usd / writes) / (self.read_saving_usd / reads)

    def add(self, cell: TokenCell, prices: CellPrices) -> None:
        """Adds a cell, at its own prices."""
        told = ((kind, cell.tokens.get(kind)) for kind in PROMPT_TOKENS)
        self.tokens.update({kind: count for kind, count in told if count is not None})
        if cell.model is None:
            return
        of_kind = prices.of(cell)
        for kind in (READ, *WRITES):
            count, cached, uncached = cell.tokens.get(kind) or 0, of_kind(kind).rate, of_kind(UNCACHED).rate
            if not count or cached is None or uncached is None:
                continue
            self.judged[kind] += count
            dearer = count * (cached.usd_per_mtok - uncached.usd_per_mtok) / _MILLION
            if kind == READ:
                self.read_saving_usd -= dearer
            else:
                self.write_premium_usd += dearer


def caching_section(
    sides: Sequence[str], keys: Sequence[str], cells: Iterable[TokenCell], pricing: Pricing, *, strict: bool = False
) -> Section:
    """One row per group and side that read from a cache or wrote to one.

    `reads_per_write` is above `break_even_reads_per_write` where caching pays; both are None where nothing was written.
    """
    prices = CellPrices(pricing, strict=strict)
    found: defaultdict[tuple[Group, str], Caching] = defaultdict(Caching)
    for cell in cells:
        found[cell.group, cell.side].add(cell, prices)
    order = {side: number for number, side in enumerate(sides)}
    rows: list[dict[str, Value]] = []
    for group, side in sorted(found, key=lambda each: (*_sortable(each[0]), (False, str(order[each[1]])))):
        caching = found[group, side]
        read, written = caching.tokens[READ], caching.written
        if not read and not written:
            continue
        row: dict[str, Value] = dict(zip(keys, group, strict=True))
        row |= {"side": side, "cache_read_tokens": read, "written_tokens": written}
        row |= {"cache_hit_ratio": read / caching.tokens.total()}
        row |= {"read_saving_usd": caching.read_saving_usd if caching.judged else None}
        row |= {"write_premium_usd": caching.write_premium_usd if caching.judged and written is not None else None}
        row |= {"net_saving_usd": caching.net_saving_usd, "reads_per_write": read / written if written else None}
        row |= {"break_even_reads_per_write": caching.break_even}
        rows.append(row)
    columns = (
        *(Field(key) for key in keys),
        Field("side"),
        Field("cache_read_tokens", "tokens"),
        Field("written_tokens", "tokens"),
        Field("cache_hit_ratio", "ratio"),
        *(Field(name, "USD") for name in ("read_saving_usd", "write_premium_usd", "net_saving_usd")),
        Field("reads_per_write"),
        Field("break_even_reads_per_write"),
    )
    return Section("caching", "What caching saved", columns, tuple(rows))


def _sortable(group: Group) -> tuple[tuple[bool, str], ...]:
    return tuple((value is None, str(value)) for value in group)
