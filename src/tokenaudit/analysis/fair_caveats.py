"""What has to be said of means that are held against each other like for like. Each function says one thing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tokenaudit.analysis.standardise import LEAST
from tokenaudit.model.report import Caveat

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from tokenaudit.analysis.like_for_like import Compared
    from tokenaudit.model.timings import Timed

_NAMED = 3
_WORDS: dict[Timed, str] = {
    "latency_ms": "latency",
    "first_token_ms": "time to first token",
    "tpot_ms": "time per output token",
}


def fair_caveats(every: Sequence[Compared], whole: Compared | None, *, matched: bool) -> Iterator[Caveat]:
    """Everything that is to be said, the most important first."""
    told = [*every, *([whole] if whole is not None else [])]
    yield from reversals(told)
    yield from not_comparable(every)
    yield from by_metrics(every)
    yield from across_vantages(every)
    yield from streaming_unknown(every)
    if matched:
        yield from own_tokens(every)


def reversals(every: Iterable[Compared]) -> Iterator[Caveat]:
    """Where the means of all requests and the means like for like name different sides as the faster one."""
    turned = [each for each in every if each.result.comparable and each.result.reversal]
    clear = [each for each in turned if not each.result.is_within_error]
    for each in clear[:_NAMED]:
        faster, slower = each.sides if (each.result.difference_ms or 0.0) > 0 else each.sides[::-1]
        yield Caveat(
            "reversal",
            f"{_name(each)}: the mean {_WORDS[each.timed]} of all requests is lower for {slower}, but like for like "
            f"{faster} is the faster one: the sides answer other kinds of requests",
        )
    if len(clear) > _NAMED:
        more = len(clear) - _NAMED
        yield Caveat("reversal", f"like for like, {more} more means name the other side as the faster one", more)
    doubtful = [each for each in turned if each.result.is_within_error]
    if doubtful:
        text = f"{_words(doubtful)} of {_names(doubtful)} names the other side as the faster one like for like, but by "
        yield Caveat("reversal", f"{text}no more than chance allows", len(doubtful))


def not_comparable(every: Iterable[Compared]) -> Iterator[Caveat]:
    """Groups on both sides of which too few requests have a counterpart."""
    found = [
        each for each in every if each.timed == "latency_ms" and not each.by_metrics and not each.result.comparable
    ]
    if found:
        yield Caveat(
            "not_comparable",
            f"latency of {_names(found)} is not comparable: less than half of a side's requests are of a kind "
            f"(streamed or not, length of prompt and answer) that has {LEAST} requests on both sides",
            len(found),
        )


def by_metrics(every: Iterable[Compared]) -> Iterator[Caveat]:
    """Means that a cloud made, where no log tells durations."""
    found = [each for each in every if each.by_metrics]
    if found:
        which = sorted({side for each in found for side in each.metered})
        yield Caveat(
            "mean_from_metrics",
            f"{' and '.join(which)}: no log tells the {_words(found)} of {_names(found)}: the means are the cloud's "
            "own, weighted by its counts, not standardised and without percentiles",
            len(found),
        )


def across_vantages(every: Iterable[Compared]) -> Iterator[Caveat]:
    """Requests that are alike, but were measured at different places."""
    found = [each for each in every if each.across_vantages]
    if found:
        text = f"even like for like, {_words(found)} of {_names(found)} is measured at a different place on each side"
        yield Caveat("vantages_differ", text, len(found))


def streaming_unknown(every: Iterable[Compared]) -> Iterator[Caveat]:
    """Requests that are alike in length, where a side does not tell which were streamed."""
    found = [each for each in every if each.streaming_unknown]
    if found:
        text = (
            f"a side's logs do not tell which requests of {_names(found)} were streamed: like for like by length only"
        )
        yield Caveat("streaming_unknown", text, len(found))


def own_tokens(every: Iterable[Compared]) -> Iterator[Caveat]:
    """Two models in one row: their tokens are not of one size."""
    found = [each for each in every if each.result.weights and len(set(each.groups.values())) > 1]
    if found:
        text = "requests of two models count as alike by each model's own tokens: the same text is longer in some"
        yield Caveat("own_tokens", text, len({each.label for each in found}))


def _name(each: Compared) -> str:
    return ", ".join("not known" if value is None else str(value) for value in each.label) or "all"


def _names(found: Iterable[Compared]) -> str:
    names = list(dict.fromkeys(_name(each) for each in found))
    more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    return ", ".join(names[:_NAMED]) + more


def _words(found: Iterable[Compared]) -> str:
    return " and ".join(dict.fromkeys(_WORDS[each.timed] for each in found))
