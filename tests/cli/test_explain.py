"""`explain` says the figure that `compare` says, and what is in none of its sums."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.cli.focus_lines import charge, export

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.cli.conftest import Done


def test_a_billed_cost_is_that_of_compare_and_says_what_it_leaves_out(
    inside: Callable[..., Done], tmp_path: Path
) -> None:
    """A session of a code interpreter is no cost of a token, and euros are no dollars."""
    tokens = "gpt-4.1-mini Inp glbl Tokens"
    bill = export(
        tmp_path / "bill.csv",
        charge("0.36", "USD", tokens),
        charge("0.31", "EUR", tokens),
        charge("7.00", "USD", "Code-Interpreter-Session"),
    )
    ledger = ("--ledger", tmp_path / "ledger", "--format", "json")
    assert inside("ingest", bill, *ledger).code == 0
    (compared,) = inside("compare", *ledger).rows()
    done = inside("explain", "billed_cost_usd", *ledger)
    steps = [row["value"] for row in done.rows("explain")]
    assert (steps[0], compared["billed_cost_usd"]) == (0.36, 0.36)
    assert sorted(steps[2:]) == [0.31, 0.36]
    assert done.caveats["other_currency"].startswith("1 line billed in EUR shown apart and in no sum")
    assert "other_currency" not in inside("explain", "usd_per_mtok", *ledger).caveats
