"""Gaps that explain each other: on the next day, in another kind of tokens or region, by another name."""

from __future__ import annotations

from collections import defaultdict
from datetime import date, timedelta
from itertools import combinations
from typing import TYPE_CHECKING, NamedTuple

from tokenaudit.analysis.cell_keys import TOGETHER, CellKey
from tokenaudit.model.measured import PROMPT

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from collections.abc import Set as AbstractSet

    from tokenaudit.analysis.tolerance import Tolerance

_Day = tuple[date, str, str | None]
_Models = tuple[str | None, ...]
_UNNAMED = "a model without a name"


class Gap(NamedTuple):
    """A settled cell of which both sides are known."""

    key: CellKey
    used: int
    billed: int

    @property
    def tokens(self) -> int:
        """Billed tokens less used ones."""
        return self.billed - self.used


def days_shifted(gaps: Iterable[Gap], unexplained: AbstractSet[CellKey], tolerance: Tolerance) -> dict[CellKey, str]:
    """Those of the unexplained cells whose gap is the opposite of that of the next or the last day, with that day."""
    at = {gap.key: gap for gap in gaps}
    found: dict[CellKey, str] = {}
    taken: set[CellKey] = set()
    for key in sorted(unexplained, key=lambda key: key.sortable):
        for other in (key._replace(day=key.day + timedelta(days=1)), key._replace(day=key.day - timedelta(days=1))):
            if key in taken or other in taken or other not in at or not _cancel((at[key], at[other]), tolerance):
                continue
            taken.update((key, other))
            found[key] = other.day.isoformat()
            if other in unexplained:
                found[other] = key.day.isoformat()
    return found


def kinds_shifted(gaps: Iterable[Gap], unexplained: AbstractSet[CellKey], tolerance: Tolerance) -> dict[CellKey, str]:
    """Those whose gap is the opposite of that of other kinds of tokens in the same cell, with these kinds."""
    cells: dict[CellKey, list[Gap]] = defaultdict(list)
    for gap in gaps:
        cells[gap.key._replace(kind="")].append(gap)
    found: dict[CellKey, str] = {}
    for together in cells.values():
        # One kind of prompt tokens may be counted as several.
        prompt = tuple(gap for gap in together if gap.key.kind in TOGETHER[PROMPT])
        found.update(_shifted(together, prompt, "kind", unexplained, tolerance))
    return found


def regions_shifted(gaps: Iterable[Gap], unexplained: AbstractSet[CellKey], tolerance: Tolerance) -> dict[CellKey, str]:
    """Those whose gap is the opposite of that of the same cell in other regions, with these regions.

    A request that is called in one region may run in several: a log has the one, and a bill perhaps the others.
    """
    cells: dict[CellKey, list[Gap]] = defaultdict(list)
    for gap in gaps:
        if gap.key in unexplained:
            cells[gap.key._replace(region=None)].append(gap)
    found: dict[CellKey, str] = {}
    for together in cells.values():
        found.update(_shifted(together, tuple(together), "region", unexplained, tolerance))
    return found


def _shifted(
    together: Sequence[Gap], whole: Sequence[Gap], name: str, unexplained: AbstractSet[CellKey], tolerance: Tolerance
) -> Iterator[tuple[CellKey, str]]:
    """The unexplained gaps that cancel in pairs, or as a `whole`, each with the `name` of the others."""
    if not any(gap.key in unexplained for gap in together):
        return
    for shifted in _shifts(together, whole, tolerance):
        for gap in shifted:
            others = [str(getattr(other.key, name)) for other in shifted if other.tokens * gap.tokens < 0]
            if gap.key in unexplained and others:
                yield gap.key, ", ".join(others)


def _shifts(together: Sequence[Gap], whole: Sequence[Gap], tolerance: Tolerance) -> list[Sequence[Gap]]:
    """Pairs that cancel, or the whole: what leaves the least first."""
    candidates = [some for some in (whole, *combinations(together, 2)) if _cancel(some, tolerance)]
    chosen: list[Sequence[Gap]] = []
    taken: set[CellKey] = set()
    for some in sorted(candidates, key=lambda some: abs(sum(gap.tokens for gap in some))):
        if not taken & {gap.key for gap in some}:
            chosen.append(some)
            taken.update(gap.key for gap in some)
    return chosen


def _cancel(gaps: Sequence[Gap], tolerance: Tolerance) -> bool:
    return tolerance.cancels([gap.tokens for gap in gaps], sum(gap.billed for gap in gaps))


def models_renamed(gaps: Iterable[Gap], unexplained: AbstractSet[CellKey], tolerance: Tolerance) -> dict[CellKey, str]:
    """Those of models that only one side knows on that day, where another model that only the other side knows agrees.

    Each kind of tokens has to agree, over all regions and tiers. Names are paired one to one as they fit best; where
    that leaves some on both sides and all of these agree together (two deployments of one model), they are one.
    """
    days: dict[_Day, dict[str | None, list[Gap]]] = defaultdict(lambda: defaultdict(list))
    for gap in gaps:
        days[gap.key.day, gap.key.provider, gap.key.account][gap.key.model].append(gap)
    found: dict[CellKey, str] = {}
    for models in days.values():
        used = [name for name, cells in models.items() if _only(cells, used=True)]
        billed = [name for name, cells in models.items() if _only(cells, used=False)]
        for ours, theirs in _paired(models, used, billed, tolerance):
            for these, others in ((ours, theirs), (theirs, ours)):
                label = ", ".join(name or _UNNAMED for name in others)
                keys = [gap.key for name in these for gap in models[name]]
                found.update({key: label for key in keys if key in unexplained})
    return found


def _only(cells: Iterable[Gap], *, used: bool) -> bool:
    total_used = total_billed = 0
    for gap in cells:
        total_used += gap.used
        total_billed += gap.billed
    ours, theirs = (total_used, total_billed) if used else (total_billed, total_used)
    return ours > 0 and theirs == 0


def _paired(
    models: Mapping[str | None, Sequence[Gap]],
    used: Sequence[str | None],
    billed: Sequence[str | None],
    tolerance: Tolerance,
) -> list[tuple[_Models, _Models]]:
    fits: list[tuple[int, str, str, str | None, str | None]] = []
    for ours in used:
        for theirs in billed:
            apart = _apart([*models[ours], *models[theirs]], tolerance)
            if apart is not None:
                fits.append((apart, ours or "", theirs or "", ours, theirs))
    pairs: list[tuple[_Models, _Models]] = []
    free_used, free_billed = dict.fromkeys(used), dict.fromkeys(billed)
    for *_, ours, theirs in sorted(fits, key=lambda fit: fit[:3]):
        if ours in free_used and theirs in free_billed:
            pairs.append(((ours,), (theirs,)))
            del free_used[ours], free_billed[theirs]
    rest = [gap for name in (*free_used, *free_billed) for gap in models[name]]
    if free_used and free_billed and _apart(rest, tolerance) is not None:
        pairs.append((tuple(free_used), tuple(free_billed)))
    return pairs


def _apart(cells: Sequence[Gap], tolerance: Tolerance) -> int | None:
    """By how many tokens these differ when they are taken as one model's; None where a kind is out of tolerance."""
    whole = any(gap.key.kind == PROMPT for gap in cells)
    kinds: dict[str, list[Gap]] = defaultdict(list)
    for gap in cells:
        kinds[PROMPT if whole and gap.key.kind in TOGETHER[PROMPT] else gap.key.kind].append(gap)
    left = 0
    for same in kinds.values():
        apart = sum(gap.tokens for gap in same)
        if not tolerance.allows(apart, sum(gap.billed for gap in same)):
            return None
        left += abs(apart)
    return left
