"""Which line of the totals a cell of a reconciliation is a part of, where a cloud bills in two currencies."""

from __future__ import annotations

from decimal import Decimal

from tests.unit.analysis.measures import OTHER_ACCOUNT, measured

from tokenaudit.analysis.reconcile import reconcile
from tokenaudit.analysis.reconcile_sections import sections
from tokenaudit.export.workbook.reconcile import with_lines
from tokenaudit.model.report import Provenance, Report
from tokenaudit.model.workings import Workings


def test_tokens_that_only_the_logs_tell_are_in_no_line_of_a_currency() -> None:
    """Their list price is in dollars, and so is one of the bills: the sums over cells have to be the totals."""
    rows = [
        measured("bill", 5, billed_cost="4", currency="EUR"),
        measured("bill", 7, billed_cost="3", account=OTHER_ACCOUNT),
        measured("logs", 9, 2, list_cost="2"),
    ]
    found = sections(reconcile(rows))
    report = Report("reconcile", found, Provenance("0", None, None, 1))
    cells = with_lines(report, Workings()).rows
    for number, total in enumerate(report.section("totals").rows, 1):
        for name in ("logs_tokens", "bill_tokens", "billed_cost"):
            known = [row[name] for row in cells if row["line"] == number and row[name] is not None]
            assert sum(map(Decimal, map(str, known))) == (total[name] or 0), (number, name)
