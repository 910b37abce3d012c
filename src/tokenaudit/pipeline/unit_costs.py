"""What things cost by the piece, how sure that is, and what failures and caches make of it: `compare --unit-costs`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tokenaudit.analysis.caching import caching_section
from tokenaudit.analysis.cell_prices import rate_table
from tokenaudit.analysis.unit_costs import failures_section, unit_cost_caveats, unit_costs_section

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tokenaudit.analysis.cell_prices import Pricing
    from tokenaudit.engines.duck import DuckEngine
    from tokenaudit.model.cells import TokenCell
    from tokenaudit.model.question import Question
    from tokenaudit.model.report import Caveat, Section


def unit_costs(
    engine: DuckEngine, question: Question, cells: Sequence[TokenCell], pricing: Pricing, *, strict: bool
) -> tuple[tuple[Section, ...], tuple[Caveat, ...]]:
    """Sections `unit_costs`, `failures` and `caching`, at the prices of `pricing`, and what is to be said of them.

    `cells` are the engine's roll-up of the question.
    """
    sides = [side.label for side in question.sides]
    found = engine.moments(question, rate_table(cells, pricing, strict=strict))
    sections = (
        unit_costs_section(sides, question.by, found),
        failures_section(sides, question.by, found),
        caching_section(sides, question.by, cells, pricing, strict=strict),
    )
    return sections, tuple(unit_cost_caveats(found))
