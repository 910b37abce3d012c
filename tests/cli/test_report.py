"""`tokenaudit report`: one page, whole or not at all, from files or from a ledger."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from tests.cli.conftest import DAY
from tests.properties import ledgers

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.cli.conftest import Done

EXAMPLE = Path(__file__).parents[2] / "examples" / "two-clouds"
WEEK = tuple(EXAMPLE / name for name in ("logs", "bills", "metrics"))


@pytest.mark.parametrize(("name", "begins"), [("audit.html", "<!doctype html>"), ("audit.md", "## Audit: bedrock and")])
def test_the_name_says_what_page_it_is(
    inside: Callable[..., Done], ledger: Path, here: Path, name: str, begins: str
) -> None:
    done = inside("report", "--ledger", ledger, "-o", name)
    assert (done.code, done.out, done.err) == (0, "", "")
    assert (here / name).read_text(encoding="utf-8").startswith(begins)
    assert [path.name for path in here.iterdir()] == [name]


def test_a_page_that_exists_is_replaced_only_when_told_so(
    inside: Callable[..., Done], ledger: Path, here: Path
) -> None:
    page = here / "audit.html"
    page.write_text("mine", encoding="utf-8")
    message, hint = inside("report", "--ledger", ledger, "-o", page).refused(2)
    assert "exists" in message
    assert "--force" in hint
    assert page.read_text(encoding="utf-8") == "mine"
    assert inside("report", "--ledger", ledger, "-o", page, "--force").code == 0
    assert page.read_text(encoding="utf-8") != "mine"


@pytest.mark.parametrize(
    "options",
    [
        (),
        ("-o", "audit.json"),
        ("-o", "audit.csv"),
        ("-o", "audit"),
        ("-o", "a.html", "--format", "table"),
        ("-o", "-"),
    ],
)
def test_what_is_no_page_is_refused(inside: Callable[..., Done], ledger: Path, here: Path, options: tuple[str]) -> None:
    _, hint = inside("report", "--ledger", ledger, *options).refused(2)
    assert (".html" in hint, ".json" in hint) == (True, False)
    assert list(here.iterdir()) == []


def test_a_folder_that_is_not_there(inside: Callable[..., Done], ledger: Path, here: Path) -> None:
    message, _ = inside("report", "--ledger", ledger, "-o", here / "none" / "audit.html").refused(2)
    assert "cannot be written" in message


def test_a_format_with_stdout(inside: Callable[..., Done], ledger: Path) -> None:
    done = inside("report", "--ledger", ledger, "-o", "-", "--format", "markdown")
    assert done.code == 0
    assert done.out.startswith("## Audit: bedrock and azure\n")


def test_nothing_in_the_window_writes_no_page(inside: Callable[..., Done], ledger: Path, here: Path) -> None:
    message, _ = inside("report", "--ledger", ledger, "-o", here / "audit.html", "--since", "2030-01").refused(3)
    assert "no requests" in message
    assert list(here.iterdir()) == []


def test_without_a_bill_nothing_is_reconciled_and_the_page_says_so(
    inside: Callable[..., Done], ledger: Path, here: Path
) -> None:
    assert inside("report", "--ledger", ledger, "-o", here / "audit.md", "--since", DAY).code == 0
    text = (here / "audit.md").read_text(encoding="utf-8")
    assert "whether they agree is not known" in text
    assert "not_reconciled" in text
    assert "Usage and bill" not in text


def test_a_page_of_bills_alone_has_their_costs_and_no_reason_for_a_change(
    inside: Callable[..., Done], here: Path
) -> None:
    """No log tells a request: what both sides cost is known all the same, and why it changed is not."""
    assert inside("report", EXAMPLE / "bills", "-o", here / "audit.md").code == 0
    text = (here / "audit.md").read_text(encoding="utf-8")
    assert "1M tokens cost $1.94 on bedrock and $1.52 on azure at list price" in text
    assert "The bills say $17.16 for bedrock (12.0% off list price) and $1.10 for azure." in text
    assert "Beside that they say $5.43 for azure (Claude Consumption Unit), for no request that the logs know." in text
    assert "How fast azure answers is not known: only its bill is known." in text
    assert "Why list cost changed" not in text
    assert "List cost by day" not in text
    assert "\nnone\n" not in text
    assert "why the cost changed is not known: no log of bedrock and azure tells" in text
    assert "$0.00" not in text


def test_a_page_of_one_side_says_that_there_is_nothing_to_compare_with(inside: Callable[..., Done], here: Path) -> None:
    assert inside("report", EXAMPLE / "logs" / "bedrock", "-o", here / "audit.md").code == 0
    text = (here / "audit.md").read_text(encoding="utf-8")
    assert "There is no request of azure to compare with." in text
    assert "do different things" not in text
    assert "effects_unknown" in text
    assert "$0.00" not in text


@pytest.mark.parametrize(("cost", "said"), [("billed", "as billed"), ("effective", "at effective cost")])
def test_the_page_says_which_cost_its_prices_are_of(
    inside: Callable[..., Done], here: Path, cost: str, said: str
) -> None:
    assert inside("report", *WEEK, "--cost", cost, "-o", here / "audit.md").code == 0
    text = (here / "audit.md").read_text(encoding="utf-8")
    assert re.search(rf"1M tokens cost .* {said}", text)
    assert not re.search(r"1M tokens cost .* at list price", text)
    assert f"prices by the token and the request are of {cost} cost" in text


def test_two_months_of_one_cloud_are_two_sides(inside: Callable[..., Done], ledger: Path, here: Path) -> None:
    days = ("--left", "provider=bedrock,2026-10-01", "--right", "provider=bedrock,2026-10-02")
    assert inside("report", "--ledger", ledger, "-o", here / "audit.md", *days).code == 0
    assert "Why list cost changed" in (here / "audit.md").read_text(encoding="utf-8")


def test_the_week_of_the_example_on_a_page(
    inside: Callable[..., Done], here: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """The line of the README: every section, and figures that the other commands tell too."""
    done = inside("report", *WEEK, "-o", "audit.html", "--quiet")
    assert (done.code, done.out, done.err) == (0, "", "")
    page = (here / "audit.html").read_text(encoding="utf-8")
    pictures = re.findall(r'<svg [^>]*aria-labelledby="([\w-]+)-title ', page)
    assert pictures == ["compare", "cost_by_day", "token_mix", "effects", "latency_histogram", "reconcile_days"]
    headings = re.findall(r'<h2 id="part-\d+-title">(.*?)</h2>', page)
    for heading in ("Cost", "Latency", "Token mix", "What was billed", "Usage against the bill, by day", "Worst cells"):
        assert heading in headings
    ledger = ledgers.taken(tmp_path_factory.mktemp("week") / "ledger", WEEK)
    taken = ("--ledger", ledger, "--config", EXAMPLE / "tokenaudit.toml")
    compared = inside("compare", *taken, "--format", "json", "--quiet")
    for side in compared.rows("totals"):
        assert f'<dd class="plain">{side["list_cost_usd"]:.2f}</dd>' in page
    reconciled = inside("reconcile", *taken, "--format", "json", "--quiet")
    gap = sum(row["gap_tokens"] for row in reconciled.rows("worst"))
    assert f"are off by {gap / 1000:.0f}k tokens" in page
    for code in {*compared.caveats, *reconciled.caveats}:
        assert f"({code}" in page


@pytest.mark.parametrize("command", [("compare",), ("ledger", "info")])
def test_every_report_can_be_a_page(inside: Callable[..., Done], ledger: Path, command: tuple[str, ...]) -> None:
    done = inside(*command, "--ledger", ledger, "--format", "html")
    assert done.code == 0
    assert done.out.startswith("<!doctype html>")
    assert done.out.endswith("</html>\n")


def test_help_tells_of_the_page(inside: Callable[..., Done]) -> None:
    assert "-o FILE.html" in inside("report", "--help").out
