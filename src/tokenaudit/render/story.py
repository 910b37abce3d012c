"""What an audit comes to, in sentences: what each side costs, how fast it is, what moved the cost, what the bill says.

Every figure is one of a section; where a section is not there, nothing is said of it, and what is not known is said to
be so.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tokenaudit.model.exchange import USD
from tokenaudit.model.workings import BILLED, CONTRACTED, EFFECTIVE, LIST
from tokenaudit.render.figures import (
    Number,
    change,
    compact,
    counts,
    dollars,
    durations,
    number,
    percent,
    prices,
    signed,
)
from tokenaudit.render.sidebyside import groups_of, key_title, sides_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from tokenaudit.model.report import Report, Value
    from tokenaudit.render.sidebyside import Together

Row = dict[str, "Value"]

_MODELS = 3
"""Of how many models on both sides the sentences tell: the dearest. The tables have all."""
_EFFECTS = 3
_NO_DISCOUNT = 0.0005
_BASIS = {
    LIST: "at list price",
    CONTRACTED: "at the prices of the contract",
    BILLED: "as billed",
    EFFECTIVE: "at effective cost",
}


def story(report: Report) -> Iterator[str]:
    """The sentences in order of what a reader asks first."""
    sides = sides_of(report)
    groups = groups_of(report.section("compare"), sides)
    shared = [each for each in groups if _on_both_sides(each)]
    yield from _price(report, sides)
    absent = [side for side in sides if all(row["side"] != side for row in report.section("compare").rows)]
    what = "models" if report.section("compare").columns[0].name == "model" else "groups"
    alone = sum(len(each.rows) == 1 for each in groups)
    if shared:
        if alone:
            yield f"That is not like for like: {alone} of {len(groups)} {what} are on one side only."
        for together in [each for each in shared if _is_pair(each)][:_MODELS]:
            yield from _same(together)
        yield from _alike(report)
    elif absent:
        yield f"There is no request of {_and(absent)} to compare with."
    elif any(_is_unnamed(row) for row in report.section("compare").rows):
        yield "That is not like for like: no work is known to be on both sides."
    else:
        yield f"That is not like for like: no work is on both sides, {_and(sides)} do different things."
    yield from _silent(report, [side for side in sides if side not in absent])
    yield from _paid(report)
    yield from _moved(report, sides)
    yield from _agreement(report)


def _price(report: Report, sides: Sequence[str]) -> Iterator[str]:
    rows = _rows(report, "totals")
    known = {str(row["side"]): number(row["usd_per_mtok"]) for row in rows}
    told = [side for side in sides if known.get(side) is not None]
    if told:
        costs = [f"${text} on {side}" for side, text in zip(told, prices([known[side] for side in told]), strict=True)]
        basis = _BASIS[str(rows[0].get("cost_basis", LIST))]
        yield f"1M tokens cost {_and(costs)} {basis}{_versus(sides, [known.get(side) for side in sides])}."
    missing = [side for side in sides if side not in told]
    if missing:
        yield f"What 1M tokens cost on {_and(missing)} is not known."
    for row in rows:
        share = number(row["priced_ratio"])
        if share == 0:
            yield f"None of the tokens of {row['side']} has a price."
        elif share is not None and share < 1:
            yield f"Only {percent([share])[0]} of the tokens of {row['side']} have a price: its list cost is too low."


def _paid(report: Report) -> Iterator[str]:
    """What the bills say, and what they say besides that is in no row: what served nobody, and other currencies."""
    yield from _billed(report)
    beside = [row for row in _rows(report, "beside") if row["charge_category"] == "Unallocated"]
    if beside:
        costs = dollars([number(row["billed_cost"]) for row in beside])
        parts = [f"{cost} for {row['side']} ({row['what']})" for cost, row in zip(costs, beside, strict=True)]
        yield f"Beside that they say {_and(parts)}, for no request that the logs know."
    foreign = dict.fromkeys((row["side"], row["currency"]) for row in _rows(report, "bill") if row["currency"] != USD)
    for side, currency in foreign:
        yield f"What the bills say in {currency} for {side} is in no sum."


def _billed(report: Report) -> Iterator[str]:
    rows = [row for row in _rows(report, "totals") if number(row.get("billed_cost_usd")) is not None]
    if not rows:
        return
    billed = dollars([number(row.get("billed_cost_usd")) for row in rows])
    parts = [f"{cost} for {row['side']}{_off_list(row)}" for cost, row in zip(billed, rows, strict=True)]
    yield f"The bills say {_and(parts)}."


def _off_list(row: Row) -> str:
    ratio = number(row.get("discount_ratio"))
    if ratio is None:
        return ""
    share = abs(float(ratio))
    if share < _NO_DISCOUNT:
        return ""
    return f" ({percent([share])[0]} {'off' if ratio > 0 else 'above'} list price)"


def _on_both_sides(together: Together) -> bool:
    """The same on both sides: models that nobody could name may be any."""
    return len(together.rows) > 1 and not any(_is_unnamed(row) for rows in together.rows.values() for row in rows)


def _is_pair(together: Together) -> bool:
    """One row a side: of models that the user paired there may be more."""
    return all(len(rows) == 1 for rows in together.rows.values())


def _is_unnamed(row: Row) -> bool:
    return row.get("match") is None and "model" in row and row["model"] is None


def _same(together: Together) -> Iterator[str]:
    """One group on both sides: its price, its cache hits, its latency."""
    rows = {side: rows[0] for side, rows in together.rows.items()}
    costs = [number(row["usd_per_mtok"]) for row in rows.values()]
    if None not in costs:
        said = [f"${text} on {side}" for side, text in zip(rows, prices(costs), strict=True)]
        hits = [number(row["cache_hit_ratio"]) for row in rows.values()]
        cached = "" if None in hits else f"; {_and(percent(hits))} of its prompt tokens came from a cache"
        yield f"{together.title}: 1M tokens cost {_and(said)}{_versus(tuple(rows), costs)}{cached}."
    yield from _latency(together.title, rows)


def _latency(title: str, rows: dict[str, Row]) -> Iterator[str]:
    halves = [number(row["latency_p50_ms"]) for row in rows.values()]
    if None in halves:
        return
    tails = [number(row["latency_p95_ms"]) for row in rows.values()]
    unit, written = durations([*halves, *tails])
    said = [f"{text} {unit} on {side}" for side, text in zip(rows, written(halves), strict=True)]
    ends = "" if None in tails else f", 95% within {_and([f'{text} {unit}' for text in written(tails)])}"
    measured = _and(counts([number(row["latency_n"]) for row in rows.values()]))
    yield f"{title}: half of the requests are answered within {_and(said)}{ends} ({measured} measured)."


def _alike(report: Report) -> Iterator[str]:
    """The mean latency of what both sides have in common, where that was enough to tell."""
    found: dict[str, list[Row]] = {}
    for row in _rows(report, "latency_standardised"):
        keys = list(row)[: list(row).index("side")]
        if _is_unnamed(row):
            continue
        title = row.get("match") or ", ".join(key_title(key, row[key]) for key in keys if key != "match")
        found.setdefault(str(title or "all"), []).append(row)
    for title, rows in list(found.items())[:_MODELS]:
        means = [number(row["standardised_mean_ms"]) for row in rows]
        if len(rows) != 2 or None in means:
            continue
        unit, written = durations(means)
        sides = [str(row["side"]) for row in rows]
        said = [f"{text} {unit} on {side}" for side, text in zip(sides, written(means), strict=True)]
        places = list(dict.fromkeys(str(row["vantage"]) for row in rows))
        where = "" if len(places) == 1 else f", measured at the {_and(places)}"
        yield f"{title}: on prompts and answers alike, the mean is {_and(said)}{_versus(sides, means)}{where}."


def _silent(report: Report, sides: Sequence[str]) -> Iterator[str]:
    rows = report.section("compare").rows
    for side in sides:
        if all(number(row["latency_p50_ms"]) is None for row in rows if row["side"] == side):
            logged = any(row["requests"] is not None for row in rows if row["side"] == side)
            why = "none of its logs says" if logged else "only its bill is known"
            yield f"How fast {side} answers is not known: {why}."


def _moved(report: Report, sides: Sequence[str]) -> Iterator[str]:
    """What moved the cost from the first side to the second: the largest effects, and the change in all.

    Effects are of priced tokens of logs, at list price or at that of the contract: where there are more, it is said.
    """
    rows = [row for row in _rows(report, "effects") if number(row["usd"]) is not None]
    known = [(str(row["effect"]), float(number(row["usd"]) or 0)) for row in rows]
    if not known:
        return
    moving = [effect for effect in known if effect[1]] or known
    largest = sorted(moving, key=lambda effect: -abs(effect[1]))[:_EFFECTS]
    whole = sum(usd for _, usd in known)
    total, *texts = dollars([abs(whole), *(abs(usd) for _, usd in largest)])
    parts = [
        f"{name.replace('_', ' ')} {'+' if usd >= 0 else '-'}{text}"
        for (name, usd), text in zip(largest, texts, strict=True)
    ]
    largest_of = "the largest effects" if len(moving) > len(largest) else "effects"
    totals = _rows(report, "totals")
    basis = _BASIS[CONTRACTED if any(row.get("cost_basis") == CONTRACTED for row in totals) else LIST]
    compared = f"{sides[-1]} costs {total} {'less' if whole < 0 else 'more'} than {sides[0]} {basis}"
    alone = any(row["requests"] is None for row in report.section("compare").rows)
    partly = alone or any((share := number(row["priced_ratio"])) is not None and share < 1 for row in totals)
    yield f"{'Of what logs tell and has a price, ' if partly else ''}{compared}; {largest_of}: {', '.join(parts)}."


def _agreement(report: Report) -> Iterator[str]:
    """How much of usage and bill agrees, and what the rest is."""
    rows = _rows(report, "reconcile_days")
    judged = [row for row in rows if row["agrees"] is not None]
    if not judged:
        return
    off = [row for row in judged if not row["agrees"]]
    agreed = f"Usage and bill agree for {len(judged) - len(off):,} of {len(judged):,} pairs of a model and a day"
    if not off:
        yield f"{agreed}."
        return
    gaps = sum(gap for row in off if (gap := number(row["gap_tokens"])) is not None)
    named = ", ".join(sorted({str(row["status"]).replace("_", " ") for row in off}))
    yield f"{agreed}; the others are off by {compact([gaps])[0]} tokens ({named})."


def _rows(report: Report, section_id: str) -> tuple[Row, ...]:
    return next((section.rows for section in report.sections if section.id == section_id), ())


def _versus(sides: Sequence[str], values: Sequence[Number | None]) -> str:
    """How much more the last is than the first, in brackets."""
    difference = change(values[0], values[-1]) if len(values) > 1 else None
    return "" if difference is None else f" ({signed(difference, '%')} on {sides[-1]})"


def _and(texts: Sequence[str]) -> str:
    return " and ".join(texts)
