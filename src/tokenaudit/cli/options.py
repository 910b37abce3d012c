"""Options that every command takes, declared once."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Iterator
from dataclasses import MISSING, Field, dataclass, field, fields, is_dataclass
from enum import StrEnum
from functools import wraps
from pathlib import Path
from typing import Annotated, Any, get_type_hints

import typer


class Color(StrEnum):
    """When to use colour."""

    auto = "auto"
    always = "always"
    never = "never"


class Format(StrEnum):
    """How to show a result."""

    table = "table"
    json = "json"
    jsonl = "jsonl"
    csv = "csv"
    markdown = "markdown"
    html = "html"
    github = "github"
    annotations = "annotations"
    gitlab = "gitlab"
    azure = "azure"
    junit = "junit"


@dataclass(frozen=True)
class Shared:
    """What the shared options say. Lists are empty, and names None, where an option was not given."""

    ledger: Annotated[Path | None, typer.Option(help="Folder of the ledger.", show_default=".tokenaudit/ledger")] = None
    config: Annotated[Path | None, typer.Option(help="Configuration file.", show_default="nearest tokenaudit.toml")] = (
        None
    )
    since: Annotated[str | None, typer.Option(help="From this time on: 2026-10, 2026-10-03, 30d (UTC).")] = None
    until: Annotated[str | None, typer.Option(help="Before this time (UTC, exclusive).")] = None
    provider: Annotated[list[str], typer.Option(help="Only this provider: bedrock or azure.")] = field(
        default_factory=list
    )
    model: Annotated[list[str], typer.Option(help="Only models like this, e.g. 'anthropic/*'.")] = field(
        default_factory=list
    )
    account: Annotated[list[str], typer.Option(help="Only this account or subscription.")] = field(default_factory=list)
    tag: Annotated[list[str], typer.Option(help="Only rows with this tag: NAME=VALUE.")] = field(default_factory=list)
    by: Annotated[
        list[str], typer.Option(help="Group by a ledger column, tag:NAME, day, week or month; several with commas.")
    ] = field(default_factory=list)
    format: Annotated[Format | None, typer.Option(help="Format of the result.", show_default="table")] = None
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="Write the result to this file; the format follows its name.")
    ] = None
    currency: Annotated[str | None, typer.Option(help="Currency of amounts.", show_default="USD")] = None
    color: Annotated[Color, typer.Option(help="Colour on the terminal.")] = Color.auto
    strict: Annotated[
        bool,
        typer.Option(
            "--strict",
            help="Rejected records, unpriced tokens and, but for check, assumed prices are errors (exit 3).",
        ),
    ] = False
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="No progress and no notes on stderr.")] = False
    verbose: Annotated[
        bool, typer.Option("--verbose", "-v", help="Every call to a cloud, and tracebacks of our own mistakes.")
    ] = False


PriceBookOption = Annotated[
    str | None,
    typer.Option(
        "--price-book",
        help="The price book that prices: its date or hash, as a report names it.",
        show_default="shipped",
    ),
]

FILTERS = ("since", "until", "provider", "model", "account", "tag")
_ALWAYS = {"ledger", "config", "format", "output", "color", "strict", "quiet", "verbose"}


def shared(*heeds: str, why: str = "") -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Gives a command the shared options, as its first argument `shared`, and those of every other group that it takes.

    A group is a dataclass whose fields are options: an argument of such a type is made of the options, which typer sees
    one by one. `heeds` names those of the shared ones, beyond the general, that make a difference to the command; the
    others are taken, and said to have none, with the reason `why` where that is not plain. An option that the command
    declares itself is its own: the shared one of that name is left out.
    """

    def decorate(command: Callable[..., None]) -> Callable[..., None]:
        hints = get_type_hints(command, include_extras=True)
        groups: dict[str, Any] = {name: hint for name, hint in hints.items() if is_dataclass(hint)}
        own = [each for each in inspect.signature(command).parameters.values() if each.name not in groups]
        taken = {each.name for each in own}
        members = {
            name: [each for each in fields(group) if not (group is Shared and each.name in taken)]
            for name, group in groups.items()
        }

        @wraps(command)
        def run(**given: Any) -> None:
            made = {
                name: group(**{each.name: given.pop(each.name) for each in members[name]})
                for name, group in groups.items()
            }
            _note_unheeded(made["shared"], _ALWAYS | set(heeds), why)
            command(**made, **given)

        parameters = [each.replace(annotation=hints[each.name], kind=inspect.Parameter.KEYWORD_ONLY) for each in own]
        for name in sorted(groups, key=lambda name: groups[name] is Shared):  # what all commands share comes last
            parameters += _parameters(groups[name], members[name])
        run.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]  # what typer reads
        run.__annotations__ = {each.name: each.annotation for each in parameters}
        return run

    return decorate


def _parameters(group: Any, members: Iterable[Field[Any]]) -> Iterator[inspect.Parameter]:
    """The options of a group as parameters."""
    hints = get_type_hints(group, include_extras=True)
    for each in members:
        default = each.default if each.default_factory is MISSING else each.default_factory()
        yield inspect.Parameter(each.name, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=hints[each.name])


def _note_unheeded(options: Shared, heeded: set[str], why: str) -> None:
    names = [f"--{each.name}" for each in fields(Shared) if each.name not in heeded and getattr(options, each.name)]
    if names and not options.quiet:
        verb = "makes" if len(names) == 1 else "make"
        reason = f": {why}" if why else ""
        typer.echo(f"note: {', '.join(names)} {verb} no difference to this command{reason}", err=True)
