"""Tokens that metrics of several files tell: counted once where it is plain which holds which, and said where not."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from tokenaudit.ledger.choose import METRICS
from tokenaudit.ledger.choose_buckets import Bucket, Doubled, told_again
from tokenaudit.model.counted import counted
from tokenaudit.model.report import Caveat

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tokenaudit.engines.duck import DuckEngine
    from tokenaudit.ledger.ledger import Ledger
    from tokenaudit.model.question import Filter

# As the providers make it of `providers.buckets.identity`.
_IDENTITY = re.compile(
    r"(?P<owner>.+?)/(?P<start>\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ)/(?P<period>\d+)/"
    r"(?:(?P<endpoint>ModelId|Model)/(?P<tier>[^/]+)|(?P<by>deployment|model))/(?P<name>.+)/(?P<count>\w+)"
)


def metered_once(engine: DuckEngine, ledger: Ledger, base: Filter) -> tuple[Caveat, ...]:
    """Leaves out of the engine's answers buckets that tell others again; returns what is to be said of the window."""
    found = _doubled(engine, ledger, base)
    engine.leave_out_buckets(each.usage_id for each in found.left_out)
    return tuple(_said(found, base))


def metered_in_rows(engine: DuckEngine, ledger: Ledger, base: Filter) -> Iterator[Caveat]:
    """What is to be said where rows are written as they are."""
    found = _doubled(engine, ledger, base)
    count = sum(_is_in(each, base) for each in (*found.left_out, *(other for _, other in found.undecided)))
    if count:
        what = f"{counted(count, 'bucket')} of metrics that others in the file tell in other periods or splits"
        yield Caveat("told_twice", f"{what}: a sum over all rows counts them twice", count)


def _doubled(engine: DuckEngine, ledger: Ledger, base: Filter) -> Doubled:
    """Which buckets tell the same tokens, whatever the window."""
    if METRICS.isdisjoint(each.source for each in ledger.objects().values()):
        return Doubled()
    return told_again(_buckets(engine, base))


def _buckets(engine: DuckEngine, base: Filter) -> Iterator[Bucket]:
    for usage_id, model, tokens, object_uri in engine.buckets(base):
        told = _IDENTITY.fullmatch(usage_id)
        if told is None:
            continue
        start = datetime.fromisoformat(told["start"]).astimezone(UTC)
        end = start + timedelta(seconds=int(told["period"]))
        endpoint, tier = told["endpoint"] or "", told["tier"]
        place = (told["owner"], endpoint, told["count"])
        tier = None if tier == "-" else tier
        yield Bucket(usage_id, place, told["by"] or endpoint, told["name"], model, tier, start, end, tokens, object_uri)


def _said(found: Doubled, base: Filter) -> Iterator[Caveat]:
    left_out = [each for each in found.left_out if _is_in(each, base)]
    if left_out:
        what = f"{counted(len(left_out), 'bucket')} of metrics left out"
        text = f"{what}: others tell the same tokens in other periods or splits"
        yield Caveat("bucket_choice", text, len(left_out))
    pairs = [pair for pair in found.undecided if any(_is_in(each, base) for each in pair)]
    if pairs:
        count = len({other.usage_id for _, other in pairs})
        one, other = sorted(each.object_uri for each in pairs[0])
        what = f"{counted(count, 'bucket')} of metrics may be counted again"
        text = f"{what}: {one} and {other} tell the same time in other periods or splits; keep one of them alone"
        yield Caveat("metered_again", text, count)


def _is_in(bucket: Bucket, base: Filter) -> bool:
    since, until = base.window.since, base.window.until
    return (since is None or bucket.start >= since) and (until is None or bucket.start < until)
