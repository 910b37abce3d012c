"""Two windows -> a verdict for each figure: worse, better, the same, or not to be told apart.

A figure is a regression where its one-sided bound is beyond the threshold, after Holm's correction within its family of
figures that gate, and the change is more than the floor. It passes where the bound on the bad side is within the
threshold. Everything between is inconclusive, and said so. What only the price list did needs no statistics.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import astuple, dataclass, replace
from decimal import Decimal
from math import isclose
from types import MappingProxyType
from typing import TYPE_CHECKING, Protocol, TypeAlias

from tokenaudit.analysis.gate_effects import Effect, enough, of_pairs, of_quantile, of_ratio, of_share
from tokenaudit.analysis.statistics import benjamini_hochberg, holm
from tokenaudit.model.baseline import EVERYTHING, Quantile, Ratio
from tokenaudit.model.gate_policy import DAYS_PER_MONTH
from tokenaudit.model.gauges import PER_REQUEST, PRICED, USD_PER_REQUEST, USD_PER_SUCCESS
from tokenaudit.model.percentage import percentage

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from tokenaudit.analysis.reprice import Repriced
    from tokenaudit.model.baseline import Baseline, Subject
    from tokenaudit.model.gate_policy import Policy
    from tokenaudit.model.gauges import Gauge
    from tokenaudit.model.moments import Moments

PASS, REGRESSION, IMPROVEMENT, INCONCLUSIVE = "pass", "regression", "improvement", "inconclusive"
INSUFFICIENT, NEW, MISSING = "insufficient-data", "new", "missing"
PRICE = "price"

Reading = Ratio | Quantile
Pairs: TypeAlias = "Sequence[tuple[float, float]]"
"""A figure of each case, before and after."""
_ROUNDING = 1e-9
PAIRS_MIN = 10
"""Fewer cases do not tell how much cases differ."""


class Causes(Protocol):
    """What most of a change in the cost of a request is due to, in words."""

    def __call__(self, subject: Subject, *, rise: bool) -> str:
        """Of a rise or of a fall; empty where nothing did it."""


@dataclass(frozen=True)
class Finding:
    """One figure of one subject, before and after. Figures are in the gauge's unit, None where unknown.

    `change` is from figure to figure, as the user paid them; `usage_change` and its bounds are at equal prices, and
    `price_change` is what the price list alone did. Of shares all of them are differences. `per_month_usd` is the
    change of a cost at the traffic of the window.
    """

    subject: Subject
    gauge: Gauge
    status: str
    n_before: int = 0
    n_after: int = 0
    before: float | None = None
    after: float | None = None
    change: float | None = None
    usage_change: float | None = None
    lower: float | None = None
    upper: float | None = None
    price_change: float | None = None
    per_month_usd: float | None = None
    cause: str = ""

    @property
    def gates(self) -> bool:
        """Whether a bad verdict ends the command with 1."""
        return self.gauge.level == "error"

    @property
    def is_bad(self) -> bool:
        """A regression of a figure that gates."""
        return self.gates and self.status == REGRESSION


@dataclass
class _Judged:
    """A figure on its way to a verdict."""

    finding: Finding
    effect: Effect | None = None
    dearer: bool = False
    cheaper: bool = False
    rejected: bool = False
    scale: float = 1.0
    floor_scale: float = 1.0


def judge(
    before: Baseline,
    after: Baseline,
    policy: Policy,
    repriced: Repriced,
    causes: Causes | None = None,
    pairs: Mapping[tuple[Subject, str], Pairs] = MappingProxyType({}),
) -> tuple[Finding, ...]:
    """Every figure that either window has and the policy does not switch off, in the order of the gauges and models.

    `pairs` are figures of the same cases before and after; where there are some, they are what is judged.
    """
    olds, news = _by_place(before), _by_place(after)
    alone = len({subject for subject, _ in (*olds, *news)} - {EVERYTHING}) < 2
    judged = []
    for metric, gauge in policy.gauges.items():
        if gauge.level == "off":
            continue
        subjects = {subject for subject, name in (*olds, *news) if name == metric}
        for subject in sorted(subjects, key=_order):
            if subject == EVERYTHING and alone:
                continue  # one model is all there is: the same figure twice would only share its chance with itself
            # Where no log tells how requests ended, there is no cost per success, and that per request has to do.
            alone_told = metric == USD_PER_REQUEST and not {*olds, *news} & {(subject, USD_PER_SUCCESS)}
            own = replace(gauge, level=policy.gauges[USD_PER_SUCCESS].level) if alone_told else gauge
            if own.form == "quantile" and own.level == "error" and subject[1] is None:
                own = replace(own, level="warn")  # of models that nobody names, which may be several, fast and slow
            places = olds.get((subject, metric)), news.get((subject, metric))
            cases = pairs.get((subject, metric))
            judged.append(_compared(subject, own, places, after, repriced, policy.confidence, cases))
    _correct(judged, 1 - policy.confidence)
    return tuple(_verdict(each, policy.confidence, causes) for each in judged)


def overall(findings: Iterable[Finding]) -> str:
    """The worst of the figures that gate, in one word."""
    found = {each.status for each in findings if each.gates}
    order = (REGRESSION, INCONCLUSIVE, INSUFFICIENT, MISSING, IMPROVEMENT, NEW)
    return next((status for status in order if status in found), PASS)


def _by_place(window: Baseline) -> dict[tuple[Subject, str], Reading]:
    readings: tuple[Reading, ...] = (*window.ratios, *window.quantiles)
    return {(each.subject, each.metric): each for each in readings}


def _order(subject: Subject) -> tuple[bool, str, str]:
    """Everything together first."""
    return subject != EVERYTHING, subject[0] or "", subject[1] or ""


def _compared(
    subject: Subject,
    gauge: Gauge,
    places: tuple[Reading | None, Reading | None],
    after: Baseline,
    repriced: Repriced,
    confidence: float,
    cases: Pairs | None,
) -> _Judged:
    old, new = places
    finding = Finding(subject, gauge, PASS, _n(old), _n(new), _figure(old), _figure(new))
    if old is None or new is None:
        return _Judged(replace(finding, status=NEW if old is None else MISSING))
    finding = replace(finding, change=_change(gauge, finding.before, finding.after))
    factor = repriced.factor(subject) if gauge.name in PRICED else Decimal(1)
    if cases:
        effect, is_enough = of_pairs([(before * float(factor), now) for before, now in cases]), len(cases) >= PAIRS_MIN
        finding = replace(finding, n_before=len(cases), n_after=len(cases))
    else:
        effect, is_enough = _effect(gauge, old, new, float(factor))
    same = _is_same(old, new, float(factor))
    judged = _Judged(finding, effect if is_enough and not same else None)
    if gauge.name in PER_REQUEST and isinstance(new, Ratio):
        judged.floor_scale = new.moments.sum_x / after.days * DAYS_PER_MONTH
    if gauge.name in PRICED:
        price = float(factor) - 1
        judged.finding = replace(finding, price_change=price)
        moved = (finding.before or 0.0) * price * judged.floor_scale
        beyond = abs(factor - 1) > Decimal(str(gauge.threshold)) and abs(moved) >= gauge.floor
        judged.dearer, judged.cheaper = beyond and price > 0, beyond and price < 0
    if gauge.name in PRICED and (said := _priced_otherwise(subject, gauge, repriced)):
        judged.finding, judged.effect = replace(judged.finding, status=INSUFFICIENT, cause=said), None
        return judged
    if same:
        judged.finding = replace(judged.finding, usage_change=0.0)
        return judged
    if not is_enough:
        cause = f"needs {PAIRS_MIN} cases, has {len(cases)}" if cases else _why_not(gauge, old, new)
        judged.finding = replace(judged.finding, status=INSUFFICIENT, cause=cause)
        return judged
    if effect is None:
        status = PASS if finding.before == finding.after else INCONCLUSIVE
        cause = "" if status == PASS else _why_none(old, new)
        judged.finding = replace(judged.finding, status=status, cause=cause)
        return judged
    judged.scale = (finding.before or 0.0) * float(factor) if effect.relative else 1.0
    judged.finding = replace(
        judged.finding,
        usage_change=effect.change,
        lower=effect.bound(confidence, upper=False),
        upper=effect.bound(confidence, upper=True),
        per_month_usd=_per_month(judged),
    )
    return judged


def _priced_otherwise(subject: Subject, gauge: Gauge, repriced: Repriced) -> str:
    """Why costs are not to be compared, where a price became known or was lost for too many of the tokens."""
    old, new = repriced.priced_shares.get(subject, (1.0, 1.0))
    if abs(new - old) <= gauge.threshold:
        return ""
    return f"{percentage(old)} of its tokens had a price, {percentage(new)} have one now"


def _effect(gauge: Gauge, old: Reading, new: Reading, factor: float) -> tuple[Effect | None, bool]:
    """At equal prices, and whether there is enough of it."""
    if isinstance(old, Quantile) and isinstance(new, Quantile):
        if old.vantage != new.vantage:
            return None, enough(gauge, old, new, ())
        return of_quantile(old, new), enough(gauge, old, new, ())
    if isinstance(old, Ratio) and isinstance(new, Ratio):
        sides = (_at(old.moments, factor), new.moments)
        is_enough = enough(gauge, *sides, [each.clusters for each in sides])
        return (of_share(*sides) if gauge.form == "share" else of_ratio(*sides)), is_enough
    raise TypeError(f"{gauge.name} is a ratio on one side and a quantile on the other")


def _is_same(old: Reading, new: Reading, factor: float) -> bool:
    """Whether both are of the very same requests, prices aside: then nothing has to be guessed from a sample."""
    if isinstance(old, Ratio) and isinstance(new, Ratio):
        return all(
            isclose(one, other, rel_tol=_ROUNDING)
            for one, other in zip(astuple(_at(old.moments, factor)), astuple(new.moments), strict=True)
        )
    return old == new


def _at(moments: Moments, factor: float) -> Moments:
    """The moments with y in other prices. The ratio is exact; its error is, where all prices changed alike."""
    return replace(
        moments,
        sum_y=moments.sum_y * factor,
        sum_yy=moments.sum_yy * factor * factor,
        sum_xy=moments.sum_xy * factor,
    )


def _correct(judged: list[_Judged], alpha: float) -> None:
    """Holm within each family of figures that gate; of the others, which only inform, Benjamini and Hochberg."""
    families: defaultdict[tuple[str, bool], list[_Judged]] = defaultdict(list)
    for each in judged:
        if each.effect is not None:
            families[each.finding.gauge.family, each.finding.gates].append(each)
    for (_, gates), members in families.items():
        p = [
            each.effect.p_beyond(each.finding.gauge.threshold, upwards=each.finding.gauge.higher_is_worse)
            for each in members
            if each.effect is not None
        ]
        for each, rejected in zip(members, (holm if gates else benjamini_hochberg)(p, alpha), strict=True):
            each.rejected = rejected


def _verdict(judged: _Judged, confidence: float, causes: Causes | None) -> Finding:
    finding, effect, gauge = judged.finding, judged.effect, judged.finding.gauge
    usage = ""
    status = finding.status
    if effect is not None:
        status = _of_usage(judged, effect, confidence)
        if causes is not None and gauge.name in PRICED and status in {REGRESSION, IMPROVEMENT}:
            usage = causes(finding.subject, rise=status == REGRESSION)
    if judged.dearer:
        cause = f"{PRICE}, {usage}" if status == REGRESSION and usage else PRICE
        return replace(finding, status=REGRESSION, cause=cause)
    if judged.cheaper and status in {PASS, IMPROVEMENT}:  # what the usage may have done is not made good by a price
        return replace(finding, status=IMPROVEMENT, cause=f"{PRICE}, {usage}" if usage else PRICE)
    return replace(finding, status=status, cause=usage or finding.cause)


def _of_usage(judged: _Judged, effect: Effect, confidence: float) -> str:
    gauge = judged.finding.gauge
    is_worse = (effect.difference > 0) == gauge.higher_is_worse
    moved = abs(effect.change) * judged.scale * judged.floor_scale
    if judged.rejected and moved >= gauge.floor:
        return REGRESSION
    if judged.rejected:
        return PASS  # certain, and too little to matter
    better = effect.p_beyond(gauge.threshold, upwards=not gauge.higher_is_worse)
    if not is_worse and better <= 1 - confidence:
        return IMPROVEMENT if moved >= gauge.floor else PASS
    within = effect.is_within(gauge.threshold, confidence, upwards=gauge.higher_is_worse)
    return PASS if within else INCONCLUSIVE


def _per_month(judged: _Judged) -> float | None:
    """What the change of a cost comes to in a month, prices included."""
    finding = judged.finding
    if finding.gauge.name not in PER_REQUEST or finding.before is None or finding.after is None:
        return None
    return (finding.after - finding.before) * judged.floor_scale


def _why_not(gauge: Gauge, old: Reading, new: Reading) -> str:
    if min(old_n := _n(old), new_n := _n(new)) < gauge.n_min:
        return f"needs {gauge.n_min} requests a side, has {min(old_n, new_n)}"
    return "the requests are of too few callers or sessions"


def _why_none(old: Reading, new: Reading) -> str:
    if isinstance(old, Quantile) and isinstance(new, Quantile) and old.vantage != new.vantage:
        return f"measured at the {old.vantage or '?'}, then at the {new.vantage or '?'}"
    return "there is no relative change from nothing"


def _n(reading: Reading | None) -> int:
    if reading is None:
        return 0
    return reading.n if isinstance(reading, Quantile) else reading.moments.n


def _figure(reading: Reading | None) -> float | None:
    if reading is None:
        return None
    if isinstance(reading, Quantile):
        return reading.value
    return reading.moments.ratio


def _change(gauge: Gauge, before: float | None, after: float | None) -> float | None:
    if before is None or after is None:
        return None
    if gauge.form == "share":
        return after - before
    return after / before - 1 if before else (0.0 if not after else None)
