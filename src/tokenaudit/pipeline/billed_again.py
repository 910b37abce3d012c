"""Lines that several exports of one source tell: a month downloaded twice, or in two formats, is counted twice."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tokenaudit.model.counted import counted
from tokenaudit.model.report import Caveat

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tokenaudit.engines.duck import DuckEngine
    from tokenaudit.ledger.ledger import Ledger
    from tokenaudit.ledger.objects import ReadObject
    from tokenaudit.model.question import Filter


def billed_again(engine: DuckEngine, ledger: Ledger, base: Filter) -> Iterator[Caveat]:
    """Which exports tell the same lines. Without a manifest nothing says which of them is the newer: all count."""
    export_of = {each.uri: _export(each) for each in ledger.objects().values() if each.delivery is not None}
    if len(set(export_of.values())) < 2:
        return
    for exports, lines in engine.bills_told_again(base, export_of):
        names = f"{exports[0]} and {exports[1]}" + (f" and {len(exports) - 2} more" if len(exports) > 2 else "")
        what = f"{counted(lines, 'line')} of bills counted again"
        yield Caveat("billed_again", f"{what}: {names} tell the same; keep the newest alone", lines)


def _export(bill: ReadObject) -> str:
    """What replaces the object: the runs of a manifest's export do, any other file stands for itself."""
    told = bill.delivery
    return bill.uri if told is None or told.billing_period is None else told.export
