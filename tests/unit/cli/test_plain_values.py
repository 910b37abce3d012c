"""Options are read as typer reads them, without what typer imports for it."""

from __future__ import annotations

import os
import subprocess
import sys
from enum import StrEnum
from pathlib import Path  # typer reads it at run time  # noqa: TC003
from typing import Annotated, Any

import pytest
import typer
from typer.exceptions import TyperException

from tokenaudit.cli.plain_values import read_plainly


class Fruit(StrEnum):
    """A choice."""

    apple = "apple"
    pear = "pear"


def _run(arguments: list[str], *, plainly: bool) -> Any:
    app = typer.Typer(add_completion=False)
    seen: list[Any] = []

    @app.command()
    def eat(  # as our commands declare them
        paths: list[Path],
        name: str | None = None,
        tag: Annotated[list[str] | None, typer.Option()] = None,
        place: Path | None = None,
        fruit: Fruit = Fruit.pear,
        count: int = 1,
        peeled: Annotated[bool, typer.Option("--peeled")] = False,  # typer's form  # noqa: FBT002
    ) -> None:
        seen.append((paths, name, tag, place, fruit, count, peeled))

    command = typer.main.get_command(app)
    if plainly:
        read_plainly(command)
    try:
        command.main(arguments, standalone_mode=False)
    except TyperException as error:
        return error.format_message()
    return seen


@pytest.mark.parametrize(
    "arguments",
    [
        ["a"],
        ["a", "b/c", "--name", "x", "--tag", "t=1", "--tag", "t=2", "--place", "d", "--fruit", "apple", "--peeled"],
        ["a", "--name", "", "--count", "3"],
        [],
        ["a", "--fruit", "plum"],
        ["a", "--fruit"],
        ["a", "--count", "many"],
        ["a", "--peeled=yes"],
        ["a", "--unknown"],
    ],
)
def test_every_command_line_is_read_as_typer_reads_it(arguments: list[str]) -> None:
    assert _run(arguments, plainly=True) == _run(arguments, plainly=False)


def test_a_path_that_may_not_be_read_is_refused_as_typer_refuses_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "access", lambda _path, mode: mode == os.F_OK)
    refused = _run([str(tmp_path)], plainly=True)
    assert refused == _run([str(tmp_path)], plainly=False)
    assert "not readable" in refused


def test_reading_a_command_line_does_not_import_pydantic(tmp_path: Path) -> None:
    script = (
        "import sys; from tokenaudit.cli.app import main\n"
        "try: main()\n"
        "except SystemExit as end: print(end.code, 'pydantic' in sys.modules)"
    )
    arguments = ["ledger", "info", "--ledger", str(tmp_path), "--format", "json", "--quiet"]
    done = subprocess.run([sys.executable, "-c", script, *arguments], check=True, capture_output=True, text=True)
    assert done.stdout.splitlines()[-1].endswith(" False"), done
