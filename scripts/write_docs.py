#!/usr/bin/env python3
"""Writes the parts of the documents that are made from the code; with --check, only says whether they are up to date.

A generated part stands between two marks, so that what people wrote around it stays theirs:

    <!-- generated: usage -->
    ...
    <!-- end of generated: usage -->
"""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from hashlib import sha256
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer.main
import typer.testing

from tokenaudit.catalogue.shipped import FILE, shipped_rates
from tokenaudit.cli.app import app
from tokenaudit.config import load
from tokenaudit.model.columns import CHARGES, METRICS, USAGE, Column
from tokenaudit.model.expressions import DEFAULT_SIDES, side
from tokenaudit.model.ports import Silent
from tokenaudit.model.question import Filter, Question, Window
from tokenaudit.pipeline.baseline import taken
from tokenaudit.pipeline.check import Checking, check
from tokenaudit.pipeline.compare import Comparison, compare, ledger_of
from tokenaudit.pipeline.reconcile import Reckoning, reconcile
from tokenaudit.pipeline.window import Asked
from tokenaudit.pricing.book import PriceBook
from tokenaudit.render import Terminal, render

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tokenaudit.model.report import Report

ROOT = Path(__file__).resolve().parents[1]
TYPES = {"timestamp": "timestamp[us, UTC]", "map": "map<string, string>", "decimal": "decimal(38, 12)"}
PLAIN = {"COLUMNS": "100", "TERMINAL_WIDTH": "100", "NO_COLOR": "1", "TERM": "dumb"}


def column_table(columns: tuple[Column, ...]) -> str:
    """A Markdown table: name, type (with `?` where it may be null), meaning."""
    lines = ["| column | type | meaning |", "|---|---|---|"]
    for column in columns:
        kind = TYPES.get(column.kind, column.kind) + ("?" if column.nullable else "")
        lines.append(f"| `{column.name}` | {kind} | {column.doc} |")
    return "\n".join(lines)


def commands(command: object, words: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """The words after `tokenaudit` of every command that is not hidden, in the order of the help."""
    children: dict[str, Any] | None = getattr(command, "commands", None)
    if children is None:
        yield words
        return
    for name, child in children.items():
        if not child.hidden:
            yield from commands(child, (*words, name))


def command_pages() -> str:
    """What `--help` says, for the program and for every command."""
    runner = typer.testing.CliRunner()
    pages = []
    for words in [(), *commands(typer.main.get_command(app))]:
        done = runner.invoke(app, [*words, "--help"], env=PLAIN, prog_name="tokenaudit")
        text = "\n".join(line.rstrip() for line in done.stdout.strip().splitlines())
        pages.append(f"## `{' '.join(('tokenaudit', *words))}`\n\n```text\n{text}\n```")
    return "\n\n".join(pages)


def shown(report: Report) -> str:
    """A report as the terminal shows it, in a window of 100 columns."""
    text = render(report, "table", terminal=Terminal(width=100))
    return "```text\n" + "\n".join(line.rstrip() for line in text.strip().splitlines()) + "\n```"


def example() -> tuple[str, str]:
    """What `tokenaudit compare` and `tokenaudit reconcile` say of the shipped example."""
    folders = [ROOT / "examples" / "two-clouds" / name for name in ("logs", "bills", "metrics")]
    loaded = load(near=folders[0])
    question = Question(tuple(side(text, datetime.now(UTC)) for text in DEFAULT_SIDES))
    with ledger_of(folders, ROOT, 1, Silent()) as (ledger, said):
        return (
            shown(compare(ledger, loaded, Comparison(question), said)),
            shown(reconcile(ledger, loaded, Reckoning(Filter(), worst=8), said)),
        )


COMPARISON, RECONCILIATION = example()


def gate() -> str:
    """The comment on a pull request that the second week of the example gets, checked against the first."""
    second = ROOT / "examples" / "second-week"
    loaded = load(near=second)
    with ledger_of([ROOT / "examples" / "two-clouds" / "logs" / "bedrock", second / "logs"], ROOT, 1, Silent()) as (
        ledger,
        said,
    ):
        monday = datetime(2026, 10, 12, tzinfo=UTC)
        before, _ = taken(ledger, loaded, Asked(Filter(window=Window(until=monday))), monday)
        after = Asked(Filter(window=Window(since=monday)))
        report = check(ledger, loaded, Checking(after, loaded.config.check.policy(), before), said)
    return below_headings(render(report, "github"))


def below_headings(comment: str) -> str:
    """A comment as a part of a document: without its mark, its headings two levels down, and what folds left out."""
    lines = comment.partition("<details>")[0].strip().splitlines()[1:]
    return "\n".join(f"##{line}" if line.startswith("#") else line for line in lines)


def price_table() -> str:
    """How many prices the shipped book has, of which model and source, and which book it is."""
    rates = shipped_rates()
    book = PriceBook(rates)
    lines = ["| provider | source | read until | models | prices |", "|---|---|---|---|---|"]
    for provider, source in sorted({(rate.provider, rate.source) for rate in rates}):
        same = [rate for rate in rates if (rate.provider, rate.source) == (provider, source)]
        read, models = max(rate.source_date for rate in same), len({rate.model for rate in same})
        lines.append(f"| `{provider}` | `{source}` | {read} | {models} | {len(same):,} |")
    digest = sha256(resources.files("tokenaudit.catalogue").joinpath(FILE).read_bytes()).hexdigest()
    named = f"The book of {book.date}: {len(rates):,} prices, which reports name `{book.date} {book.sha256[:12]}`."
    return "\n".join([*lines, "", f"{named} SHA-256 of the file: `{digest}`."])


# The document, the name of its mark, and what makes the part between the marks.
PARTS = (
    ("docs/ledger.md", "usage", column_table(USAGE)),
    ("docs/ledger.md", "charges", column_table(CHARGES)),
    ("docs/ledger.md", "metrics", column_table(METRICS)),
    ("docs/commands.md", "commands", command_pages()),
    ("README.md", "comparison", COMPARISON),
    ("README.md", "reconciliation", RECONCILIATION),
    ("README.md", "gate", gate()),
    ("docs/prices.md", "prices", price_table()),
)


def replaced(text: str, name: str, part: str) -> str:
    """`text` with a new part between the marks of `name`. Raises ValueError when the marks are not there."""
    begin, end = f"<!-- generated: {name} -->\n", f"\n<!-- end of generated: {name} -->"
    before, found, rest = text.partition(begin)
    _, closed, after = rest.partition(end)
    if not found or not closed:
        raise ValueError(f"no marks for {name!r}")
    return before + begin + part + end + after


def stale() -> dict[Path, str]:
    """The documents that have to change, and what they should say."""
    changes: dict[Path, str] = {}
    for document, name, part in PARTS:
        path = ROOT / document
        changes[path] = replaced(changes.get(path) or path.read_text(encoding="utf-8"), name, part)
    return {path: text for path, text in changes.items() if text != path.read_text(encoding="utf-8")}


def main() -> int:
    """Exit code 1 when `--check` finds a document out of date."""
    check = "--check" in sys.argv[1:]
    changes = stale()
    for path, text in changes.items():
        if check:
            sys.stderr.write(f"{path.relative_to(ROOT)} is out of date: run `make docs`\n")
        else:
            path.write_text(text, encoding="utf-8")
    return 1 if changes and check else 0


if __name__ == "__main__":
    sys.exit(main())
