"""The commands by name, each loaded when it is asked for: who runs one should not wait for all the others."""

from __future__ import annotations

from collections.abc import MutableMapping
from importlib import import_module
from typing import TYPE_CHECKING, Any

import typer
from typer.core import TyperGroup

from tokenaudit.cli.plain_values import read_options_plainly, read_plainly

if TYPE_CHECKING:
    from collections.abc import Iterator

    from typer.core import TyperCommand

    Command = TyperCommand | TyperGroup

# A function is a command, an `app` a group of them. In the order in which `--help` lists them.
_PLACES = {
    "ingest": "ingest.ingest",
    "pull": "pull.pull",
    "compare": "compare.compare",
    "reconcile": "reconcile.reconcile",
    "check": "check.check",
    "explain": "explain.explain",
    "report": "report.report",
    "init": "init.init",
    "doctor": "doctor.doctor",
    "baseline": "baseline.app",
    "export": "export.app",
    "ledger": "ledger.app",
    "prices": "prices.app",
}


class Commands(TyperGroup):
    """The program: a group whose commands are those of `_PLACES`."""

    def __init__(self, **settings: Any) -> None:  # typer's own
        super().__init__(**settings)
        self.commands = _Loading()
        read_options_plainly(self)


class _Loading(MutableMapping[str, Any]):
    """Commands by name; each is made at the first look."""

    def __init__(self) -> None:
        self._made: dict[str, Command | None] = dict.fromkeys(_PLACES)

    def __getitem__(self, name: str) -> Command:
        made = self._made[name]
        if made is None:
            made = self._made[name] = _made(name)
        return made

    def __setitem__(self, name: str, command: Command) -> None:
        self._made[name] = command

    def __delitem__(self, name: str) -> None:
        del self._made[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._made)

    def __len__(self) -> int:
        return len(self._made)


def _made(name: str) -> Command:
    module, _, attribute = _PLACES[name].partition(".")
    found = getattr(import_module(f"{__package__}.{module}"), attribute)
    around = typer.Typer(rich_markup_mode=None)
    if isinstance(found, typer.Typer):
        around.add_typer(found, name=name)
    else:
        around.command(name)(found)
    command: Command = typer.main.get_group(around).commands[name]  # type: ignore[assignment]  # typer says less than it knows
    read_plainly(command)
    return command
