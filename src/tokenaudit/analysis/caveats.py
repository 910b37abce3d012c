"""What a reader has to know to read a comparison right. Each function says one thing, or nothing."""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import TYPE_CHECKING

from tokenaudit.analysis.billing import may_be
from tokenaudit.model.columns import BEDROCK, PRICED_TOKENS
from tokenaudit.model.counted import counted
from tokenaudit.model.report import Caveat
from tokenaudit.model.workings import LIST

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from tokenaudit.model.cells import Group, LatencyCell, TokenCell
    from tokenaudit.model.report import Section, Value

_NAMED = 10
"""At most so many names in one caveat; the rest are counted."""

# Requests that a finite 95 % interval of a percentile needs (order statistics; Woodruff).
_ENOUGH = (("p95", 72), ("p99", 368))


def unresolved(cells: Iterable[TokenCell]) -> Iterator[Caveat]:
    """Models that only the configuration can name, and capacity that no token price covers."""
    requests: Counter[tuple[str, str]] = Counter()
    for cell in cells:
        if cell.model is None and cell.name is not None:
            requests[cell.name, _remedy(cell.provider, cell.name, cell.tier)] += cell.requests
    for (name, remedy), count in requests.most_common(_NAMED):
        text = f"{name}: {counted(count, 'request')} of an unknown model; {remedy}"
        yield Caveat("unresolved_model", text, count)
    rest = requests.most_common()[_NAMED:]
    if rest:
        left = sum(count for _, count in rest)
        yield Caveat("unresolved_model", f"{len(rest)} more names: {left:,} requests of unknown models", left)


def _remedy(provider: str, name: str, tier: str | None) -> str:
    if tier == "provisioned" or ":provisioned-model/" in name:
        return "provisioned throughput is billed by model unit and hour, not by token"
    if provider == BEDROCK and ":application-inference-profile/" in name:
        return "name its model in tokenaudit.toml: [[aws.inference_profiles]] with this arn"
    if provider == BEDROCK and name.startswith("arn:"):
        return "a custom or imported model, which is on no token price list"
    if provider == BEDROCK:
        return "name it in tokenaudit.toml under [models]"
    return "name its model in tokenaudit.toml: [[azure.deployments]] with this name"


def tokenless(cells: Iterable[TokenCell]) -> Iterator[Caveat]:
    """Requests that were answered, but whose log tells no tokens: they are in the counts and in no cost."""
    counts: Counter[tuple[str, str]] = Counter()
    totals: Counter[str] = Counter()
    for cell in cells:
        counts[cell.side, cell.source] += cell.tokenless_count
        totals[cell.side] += cell.requests
    for (side, source), count in sorted(counts.items()):
        if count:
            which = f"{side}: {count:,} of {totals[side]:,} requests"
            text = f"{which} have no token counts in their log ({source}); no cost includes them"
            yield Caveat("unknown_tokens", text, count)


def estimated(cells: Iterable[TokenCell]) -> Iterator[Caveat]:
    """Requests that stand for others, because spans were sampled."""
    count = sum(cell.estimated_count for cell in cells)
    if count:
        yield Caveat(
            "estimated", f"{counted(count, 'request')} extrapolated from sampled spans: an estimate, not a count", count
        )


def unjoined(cells: Iterable[TokenCell]) -> Iterator[Caveat]:
    """RequestResponse records beside gateway records: calls that passed the gateway by, or the same calls unjoined."""
    by_source: dict[str, int] = defaultdict(int)
    for cell in cells:
        by_source[cell.source] += cell.requests
    alone = by_source.get("azure.request_logs", 0)
    if alone and by_source.get("azure.gateway_logs"):
        text = (
            f"{counted(alone, 'request')} of Azure request logs without a gateway record of the same correlation id: "
            "calls that passed the gateway by, or the same calls counted twice"
        )
        yield Caveat("unjoined_logs", text, alone)


def vantages(latencies: Iterable[LatencyCell]) -> Iterator[Caveat]:
    """Latency measured at different places is not the same quantity."""
    seen: dict[str, set[str]] = defaultdict(set)
    for cell in latencies:
        seen[cell.side].update(cell.vantages)
    places = {place for found in seen.values() for place in found}
    if len(places) > 1:
        told = "; ".join(
            f"{side} at the {' and the '.join(sorted(found))}" for side, found in sorted(seen.items()) if found
        )
        yield Caveat(
            "mixed_vantage", f"latency is measured at different places ({told}): the way between them is in the figures"
        )


def streaming(sides: Sequence[str], latencies: Iterable[LatencyCell]) -> Iterator[Caveat]:
    """A side with latencies but without a single time to first token."""
    timed: Counter[str] = Counter()
    first: Counter[str] = Counter()
    for cell in latencies:
        timed[cell.side] += cell.latency_n
        first[cell.side] += cell.first_token_n
    for side in sides:
        if timed[side] and not first[side]:
            yield Caveat(
                "no_first_token",
                f"{side}: its logs hold no time to first token, so no TTFT, TPOT and tokens per second",
            )


def small_samples(latencies: Iterable[LatencyCell]) -> Iterator[Caveat]:
    """Percentiles that rest on too few requests to have a finite interval."""
    cells = [cell for cell in latencies if cell.latency_n]
    for name, enough in _ENOUGH:
        few = sum(cell.latency_n < enough for cell in cells)
        if few:
            text = f"{name} of latency rests on fewer than {enough} requests in {few} of {len(cells)} rows: only a hint"
            yield Caveat("small_sample", text, few)


def empty_sides(sides: Sequence[str], section: Section) -> Iterator[Caveat]:
    """A side that holds no request at all, and no line of a bill either."""
    seen = {row["side"] for row in section.rows}
    for side in sides:
        if side not in seen:
            yield Caveat(
                "empty_side", f"{side}: no requests in this window; check --left, --right, --since and --until", 0
            )


def billed_only(section: Section) -> Iterator[Caveat]:
    """Groups that no log knows of: their tokens are those of the bill."""
    count = sum(row["requests"] is None for row in section.rows)
    if count:
        text = f"{count} of {len(section.rows)} rows are known from bills alone: their tokens are the billed ones"
        if count < len(section.rows):
            text += ", and they are in no cost by day, no effect, no unit cost with interval and at no contract price"
        yield Caveat("billed_only", text, count)
    yield from _perhaps_logged(section)


def _perhaps_logged(section: Section) -> Iterator[Caveat]:
    """Groups of the bill that are perhaps requests without a name: added to those, they would be counted twice."""
    names = [field.name for field in section.columns]
    keys = [name for name in names[: names.index("side")] if name != "match"]
    logged: dict[Value, list[Group]] = defaultdict(list)
    for row in section.rows:
        if row["requests"] is not None and any(row[name] for name in PRICED_TOKENS):
            logged[row["side"]].append(tuple(row[key] for key in keys))
    alone = [row for row in section.rows if row["requests"] is None]
    count = sum(may_be(tuple(row[key] for key in keys), logged[row["side"]]) for row in alone)
    if count:
        text = f"{counted(count, 'row')} known from bills alone may be requests whose name no log tells"
        yield Caveat("perhaps_logged", f"{text}: the totals hold these alone; say the names in tokenaudit.toml", count)


def cost_basis(cost: str) -> Iterator[Caveat]:
    """Which cost unit prices are made of, where it is not list cost."""
    if cost != LIST:
        yield Caveat("cost_basis", f"prices by the token and the request are of {cost} cost, not of list cost")


def metered(cells: Iterable[TokenCell]) -> Iterator[Caveat]:
    """Token counts that come from metrics, where no log tells any."""
    days = {(cell.provider, cell.model, cell.day) for cell in cells if cell.source.endswith(".metrics")}
    if days:
        text = (
            f"tokens of {len(days)} model-days come from the cloud's metrics, because no log tells them: no latency "
            "percentiles, no callers, and cached prompt tokens of OpenAI models on Azure count as uncached"
        )
        yield Caveat("from_metrics", text, len(days))
