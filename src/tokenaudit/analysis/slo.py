"""Service level objectives: how many attempts met them, how many good answers a second, and what a good one costs.

A failed attempt is never good. One of which the log does not tell what the objective needs, or how it ended, is not
good either, as AIPerf has it, but it makes the verdict open: only what is known to be missed counts as missed. Where
nothing at all can be judged, nothing is said. An answer of a single token has no time per token, and is not held to
one.
"""

from __future__ import annotations

from decimal import Decimal
from math import sqrt
from typing import TYPE_CHECKING

from tokenaudit.analysis.standardise import Z95
from tokenaudit.model.report import Caveat, Field, Section

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Iterator, Sequence

    from tokenaudit.model.cells import Group
    from tokenaudit.model.report import Value
    from tokenaudit.model.slo import Slo
    from tokenaudit.model.timings import SloCell

_COLUMNS = (
    Field("side"),
    Field("attempts", "requests"),
    Field("ok", "requests"),
    Field("applicable", "requests"),
    Field("good", "requests"),
    Field("attainment_ratio", "ratio"),
    Field("lower_ratio", "ratio"),
    Field("upper_ratio", "ratio"),
    Field("goodput_per_s", "requests/s"),
    Field("usd_per_good_request", "USD/request"),
    Field("meets"),
    Field("cheapest"),
)


def slo_section(
    compared: Section,
    keys: Sequence[str],
    cells: Iterable[SloCell],
    slo: Slo,
    target: Decimal,
    partly_priced: Container[tuple[str, Group]] = (),
) -> Section:
    """One row per group and side of section `compare`, whose cost per request is the one that is shared out.

    `attainment_ratio` is over all attempts, failed ones included, and `lower_ratio` to `upper_ratio` is its 95 %
    interval (Wilson). `meets` says whether it reaches `target`; None where that hangs on what the log does not tell.
    `cheapest` marks the row that meets it at the least cost for each good request, of those whose model writes answers
    and whose tokens all have a price: the sides and groups in `partly_priced` cost more than their figure says.
    """
    found = {(cell.side, cell.group): cell for cell in cells}
    rows: list[dict[str, Value]] = []
    answering = set()
    for row in compared.rows:
        cell = found.get((str(row["side"]), tuple(row[key] for key in keys)))
        if cell is not None:
            rows.append({**{key: row[key] for key in keys}, **_figures(cell, row["usd_per_request"], target)})
            # An embedding model answers nothing that a reader waits for.
            if row["output_tokens"] and (cell.side, cell.group) not in partly_priced:
                answering.add(id(rows[-1]))
    meeting = [row for row in rows if row["meets"] and isinstance(row["usd_per_good_request"], Decimal)]
    best = min((row for row in meeting if id(row) in answering), key=_cost, default=None)
    for row in rows:
        row["cheapest"] = row is best if best is not None else None
    title = f"Service level {slo}, wanted for {_percent(target)} of all attempts"
    return Section("slo", title, (*(Field(key) for key in keys), *_COLUMNS), tuple(rows))


def slo_caveats(section: Section, keys: Sequence[str], cells: Iterable[SloCell], target: Decimal) -> Iterator[Caveat]:
    """Which row meets the objective at the least cost, and what the log leaves open."""
    best = next((row for row in section.rows if row["cheapest"]), None)
    if best is not None:
        cost = _cost(best)
        named = " ".join([str(best["side"]), *(str(best[key]) for key in keys if best[key] is not None)])
        text = f"the cheapest that meets the service level is {named}, at ${cost:.3g} for each good request"
        yield Caveat("slo_cheapest", text)
    elif any(row["meets"] for row in section.rows):
        text = "of what meets the service level none writes answers and has a price for all of its tokens"
        yield Caveat("slo_cost_unknown", f"{text}: the cheapest is not known")
    elif section.rows:
        yield Caveat("slo_unmet", f"nothing is known to meet the service level for {_percent(target)} of its attempts")
    cells = tuple(cells)
    unjudged = sum(map(_unjudged, cells))
    if unjudged:
        left = f"{unjudged:,} of {sum(cell.ok + cell.untold for cell in cells):,} answers"
        text = f"the logs of {left} do not tell what the service level needs: they do not count as good"
        yield Caveat("slo_unjudged", text, unjudged)
    narrow = [row for row in section.rows if _is_open(row, target)]
    if narrow:
        text = (
            f"{len(narrow)} of {len(section.rows)} rows are too near the service level for so few attempts: only a hint"
        )
        yield Caveat("small_sample", text, len(narrow))


def _figures(cell: SloCell, usd_per_request: Value, target: Decimal) -> dict[str, Value]:
    told = cell.judged > 0 or not _unjudged(cell)
    lower, upper = wilson(cell.good, cell.attempts) if told and cell.attempts else (None, None)
    per_good = (
        usd_per_request * cell.attempts / cell.good if isinstance(usd_per_request, Decimal) and cell.good else None
    )
    return {
        "side": cell.side,
        "attempts": cell.attempts,
        "ok": cell.ok,
        "applicable": cell.judged,
        "good": cell.good if told else None,
        "attainment_ratio": cell.good / cell.attempts if told and cell.attempts else None,
        "lower_ratio": lower,
        "upper_ratio": upper,
        "goodput_per_s": cell.good / cell.window_s if told and cell.window_s > 0 else None,
        "usd_per_good_request": per_good,
        "meets": _meets(cell, target),
    }


def _meets(cell: SloCell, target: Decimal) -> bool | None:
    """Whether the target is reached, whatever became of the answers that cannot be judged."""
    if cell.attempts and cell.good >= target * cell.attempts and (cell.good or cell.judged):
        return True
    return False if cell.good + _unjudged(cell) < target * cell.attempts else None


def _unjudged(cell: SloCell) -> int:
    """Attempts that may have been good, for all that is known."""
    return cell.ok - cell.judged + cell.untold


def wilson(successes: int, n: int) -> tuple[float, float]:
    """The 95 % interval of a share (E. B. Wilson, 1927): inside [0, 1], and of some width even where all succeed."""
    share = successes / n
    middle, spread = share + Z95**2 / (2 * n), Z95 * sqrt(share * (1 - share) / n + Z95**2 / (4 * n**2))
    whole = 1 + Z95**2 / n
    return max(0.0, (middle - spread) / whole), min(1.0, (middle + spread) / whole)


def _is_open(row: dict[str, Value], target: Decimal) -> bool:
    lower, upper = row["lower_ratio"], row["upper_ratio"]
    return isinstance(lower, float) and isinstance(upper, float) and lower < target <= upper


def _cost(row: dict[str, Value]) -> Decimal:
    return Decimal(str(row["usd_per_good_request"]))


def _percent(target: Decimal) -> str:
    return f"{(target * 100).normalize():f} %"
