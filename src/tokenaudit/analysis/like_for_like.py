"""Latency like for like: sections that hold the sides' means against each other over one mix of requests.

Requests are alike where both were streamed or neither, their prompts and answers were of about the same length, and
they were measured at the same place. Where the sides were measured at different places, or a side's logs do not tell
which requests were streamed, that is not asked of them, and said. Means that a cloud made itself are not standardised.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tokenaudit.analysis.standardise import Standardised, standardise
from tokenaudit.model.report import Field, Section
from tokenaudit.model.timings import TIMED, Spread

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence

    from tokenaudit.analysis.standardise import Mean
    from tokenaudit.model.cells import Group
    from tokenaudit.model.report import Value
    from tokenaudit.model.timings import MeteredCell, Stratum, StratumCell, Timed

REQUESTS, METRICS = "requests", "metrics"
_SECTIONS: dict[Timed, tuple[str, str]] = {
    "latency_ms": ("latency_standardised", "Latency like for like"),
    "first_token_ms": ("first_token_standardised", "Time to first token like for like"),
    "tpot_ms": ("tpot_standardised", "Time per output token like for like"),
}
_OVERALL = ("latency_standardised_overall", "Latency like for like, of all that both sides have")
_COLUMNS = (
    Field("side"),
    Field("basis"),
    Field("vantage"),
    Field("n", "requests"),
    Field("mean_ms", "ms"),
    Field("standardised_mean_ms", "ms"),
    Field("se_ms", "ms"),
    Field("lower_ms", "ms"),
    Field("upper_ms", "ms"),
    Field("covered_ratio", "ratio"),
    Field("reversal"),
)


@dataclass(frozen=True)
class Likeness:
    """What was asked of requests that are held against each other, besides the lengths of prompt and answer."""

    vantage: bool
    streamed: bool

    def of(self, stratum: Stratum) -> Hashable | None:
        """What requests of the stratum are alike in; None where the log does not tell."""
        kind = (
            *((stratum.vantage,) if self.vantage else ()),
            *((stratum.streamed,) if self.streamed else ()),
            stratum.prompt_band,
            stratum.output_band,
        )
        return None if None in kind else kind


@dataclass(frozen=True)
class Compared:
    """One group on both sides: `label` is what its rows are called, `groups` are those of each side."""

    label: Group
    timed: Timed
    sides: tuple[str, str]
    groups: dict[str, tuple[Group, ...]]
    vantages: dict[str, tuple[str, ...]]
    result: Standardised
    likeness: Likeness
    metered: dict[str, MeteredCell]

    @property
    def by_metrics(self) -> bool:
        """Whether a side has no request that tells this duration, only its cloud's mean."""
        return bool(self.metered)

    @property
    def across_vantages(self) -> bool:
        """Whether requests are held against each other that were measured at different places."""
        return self.result.comparable and not self.likeness.vantage and len(set(self.vantages.values())) > 1

    @property
    def streaming_unknown(self) -> bool:
        """Whether streamed requests may be held against others."""
        return self.timed == "latency_ms" and self.result.comparable and not self.likeness.streamed


def compared(
    sides: tuple[str, str],
    keys: Sequence[str],
    cells: Iterable[StratumCell],
    metered: Iterable[MeteredCell] = (),
    matches: Mapping[str, str] | None = None,
) -> list[Compared]:
    """Every group and duration that both sides tell of. `matches` gives models that stand in one row their label."""
    found: dict[Group, dict[str, list[StratumCell]]] = defaultdict(lambda: defaultdict(list))
    means: dict[tuple[Group, str, Timed], list[MeteredCell]] = defaultdict(list)
    for cell in cells:
        found[_label(cell.group, keys, matches)][cell.side].append(cell)
    for mean in metered:
        label = _label(mean.group, keys, matches)
        means[label, mean.side, mean.timed].append(mean)
        found[label]  # a group that only metrics know is one too
    every = []
    for label in sorted(found, key=_sortable):
        for timed in TIMED:
            own = {side: [cell for cell in found[label][side] if _spread(cell, timed).n] for side in sides}
            clouds = {side: means[label, side, timed] for side in sides if not own[side] and means[label, side, timed]}
            if all(own[side] or side in clouds for side in sides):
                every.append(_compared(label, timed, sides, own, clouds))
    return every


def overall(sides: tuple[str, str], cells: Iterable[StratumCell], every: Iterable[Compared]) -> Compared | None:
    """The sides as wholes, over groups that both have; None where they share fewer than two."""
    shared = [each for each in every if each.timed == "latency_ms" and each.result.weights]
    if len(shared) < 2:
        return None
    names = {(side, group): each.label for each in shared for side in sides for group in each.groups[side]}
    own = {side: [cell for cell in cells if cell.side == side and _spread(cell, "latency_ms").n] for side in sides}
    return _compared((), "latency_ms", sides, own, {}, names)


def sections(
    keys: Sequence[str], every: Iterable[Compared], whole: Compared | None, *, matched: bool
) -> Iterator[Section]:
    """A section for each duration of which something can be held against something."""
    every = list(every)
    for timed, (name, title) in _SECTIONS.items():
        mine = [each for each in every if each.timed == timed]
        if any(each.result.weights or each.by_metrics for each in mine):
            columns = (*(Field(key) for key in keys), *((Field("match"),) if matched else ()), *_COLUMNS)
            rows = [row for each in mine for row in _rows(each, keys, matched=matched)]
            yield Section(name, title, columns, tuple(rows))
    if whole is not None:
        yield Section(*_OVERALL, _COLUMNS, tuple(_rows(whole, (), matched=False)))


def _compared(
    label: Group,
    timed: Timed,
    sides: tuple[str, str],
    own: dict[str, list[StratumCell]],
    clouds: Mapping[str, Sequence[MeteredCell]],
    names: Mapping[tuple[str, Group], Group] | None = None,
) -> Compared:
    """The strictest likeness under which enough is covered; if there is none, the one that covers most."""
    tried = []
    for likeness in _likenesses(timed, own):
        left, right = (_by_kind(own[side], timed, likeness, names) for side in sides)
        tried.append((standardise(left[0], right[0], beside=(left[1], right[1])), likeness))
    best = max(tried, key=lambda each: min(each[0].left.covered_ratio, each[0].right.covered_ratio))
    result, likeness = next((each for each in tried if each[0].comparable), best)
    groups = {
        side: {cell.group for cell in own[side]} | {mean.group for mean in clouds.get(side, ())} for side in sides
    }
    return Compared(
        label,
        timed,
        sides,
        {side: tuple(sorted(groups[side], key=_sortable)) for side in sides},
        {side: tuple(sorted({cell.stratum.vantage or "unknown" for cell in own[side]})) for side in sides},
        result,
        likeness,
        {side: _pooled(means) for side, means in clouds.items()},
    )


def _likenesses(timed: Timed, own: Mapping[str, Iterable[StratumCell]]) -> Iterator[Likeness]:
    """From the strictest on. Only streamed requests have a first token: there is nothing to ask of them."""
    tells = all(any(cell.stratum.streamed is not None for cell in cells) for cells in own.values())
    if timed == "latency_ms":
        yield Likeness(vantage=True, streamed=True)
        yield Likeness(vantage=False, streamed=True)
    if timed != "latency_ms" or not tells:
        yield Likeness(vantage=True, streamed=False)
        yield Likeness(vantage=False, streamed=False)


def _by_kind(
    cells: Iterable[StratumCell],
    timed: Timed,
    likeness: Likeness,
    names: Mapping[tuple[str, Group], Group] | None,
) -> tuple[dict[Hashable, Spread], Spread]:
    """Durations by what requests are alike in, and those of requests of which the log does not tell it."""
    kinds: dict[Hashable, Spread] = {}
    beside = Spread()
    for cell in cells:
        kind = likeness.of(cell.stratum)
        group = () if names is None else names.get((cell.side, cell.group))
        if kind is None or group is None:
            beside += _spread(cell, timed)
        else:
            kinds[group, kind] = kinds.get((group, kind), Spread()) + _spread(cell, timed)
    return kinds, beside


def _spread(cell: StratumCell, timed: Timed) -> Spread:
    return cell.spreads[TIMED.index(timed)]


def _pooled(means: Sequence[MeteredCell]) -> MeteredCell:
    """Means of several models that stand in one row, weighted by their counts."""
    first, n = means[0], sum(each.n for each in means)
    return type(first)(first.side, first.group, first.timed, n, sum(each.mean_ms * each.n for each in means) / n)


def _rows(each: Compared, keys: Sequence[str], *, matched: bool) -> Iterator[dict[str, Value]]:
    for side, mean in zip(each.sides, (each.result.left, each.result.right), strict=True):
        row: dict[str, Value] = dict(zip(keys, each.label, strict=True))
        if matched:
            row["match"] = None
            models = [str(group[keys.index("model")]) for group in each.groups[side]] if "model" in keys else []
            if models and models != [row.get("model")]:
                row |= {"match": row["model"], "model": " + ".join(models)}
        cloud = each.metered.get(side)
        yield {
            **row,
            "side": side,
            "basis": METRICS if cloud else REQUESTS,
            "vantage": "provider" if cloud else " + ".join(each.vantages[side]),
            "n": cloud.n if cloud else mean.crude.n,
            "mean_ms": cloud.mean_ms if cloud else mean.crude.mean_ms,
            **_standardised(each, mean),
        }


def _standardised(each: Compared, mean: Mean) -> dict[str, Value]:
    known = each.result.comparable
    lower, upper = (mean.interval_ms if known else None) or (None, None)
    return {
        "standardised_mean_ms": mean.mean_ms if known else None,
        "se_ms": mean.se_ms if known else None,
        "lower_ms": lower,
        "upper_ms": upper,
        "covered_ratio": None if each.by_metrics else mean.covered_ratio,
        "reversal": each.result.reversal if known else None,
    }


def _label(group: Group, keys: Sequence[str], matches: Mapping[str, str] | None) -> Group:
    if not matches:
        return group
    return tuple(
        matches.get(str(value), value) if key == "model" else value for key, value in zip(keys, group, strict=True)
    )


def _sortable(group: Group) -> tuple[tuple[bool, str], ...]:
    return tuple((value is None, str(value)) for value in group)
