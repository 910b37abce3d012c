"""The import rules that an import linter cannot say: allow-lists, purity, and what a command imports at its top."""

from __future__ import annotations

import ast
import re
import sys
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

GROUND = ("tokenaudit.model", "tokenaudit.errors")
PURE = ("numpy", "pandas", "tokenaudit.schema", *GROUND)

# A room, and what it may import beside the standard library and itself.
MAY_IMPORT: dict[str, tuple[str, ...]] = {
    "tokenaudit.errors": (),
    "tokenaudit.model": ("tokenaudit.errors",),
    "tokenaudit.schema": ("pandas", "pyarrow", *GROUND),
    "tokenaudit.pricing": PURE,
    "tokenaudit.analysis": PURE,
}

# Modules through which a program learns the time or reaches out, and the calls that do so without one of them.
# fmt: off
OUTSIDE = frozenset((
    "asyncio", "ftplib", "glob", "http", "io", "multiprocessing", "os", "pathlib", "platform", "shutil", "socket",
    "sqlite3", "ssl", "subprocess", "sys", "tempfile", "threading", "time", "urllib", "zoneinfo",
))
# fmt: on
OUTSIDE_CALLS = frozenset(("open", "print", "input", "now", "utcnow", "today"))

TOP_OF_A_COMMAND = ("typer", "tokenaudit.cli", "tokenaudit.__version__", *GROUND)


def imported(tree: ast.AST) -> Iterator[str]:
    """Every dotted name that is imported, also inside functions; a relative import starts with a dot."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            module = "." * node.level + (node.module or "")
            yield from (f"{module}.{alias.name}" for alias in node.names)


def imported_at_the_top(tree: ast.Module) -> Iterator[str]:
    """Names imported when the module is, which `if TYPE_CHECKING:` is not."""
    for statement in tree.body:
        if isinstance(statement, (ast.Import, ast.ImportFrom)):
            yield from imported(statement)


def within(name: str, places: tuple[str, ...]) -> bool:
    return any(name == place or name.startswith(place + ".") for place in places)


def is_stdlib(name: str) -> bool:
    return name.partition(".")[0] in sys.stdlib_module_names


def called(tree: ast.Module) -> Iterator[str]:
    """The last part of every called name: `now` for `datetime.now()`."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            if isinstance(node.func, ast.Name):
                yield node.func.id
            elif isinstance(node.func, ast.Attribute):
                yield node.func.attr


@pytest.mark.parametrize("room", MAY_IMPORT)
def test_a_room_imports_what_it_may(room: str, modules: dict[str, ast.Module]) -> None:
    allowed = (room, *MAY_IMPORT[room])
    inside = {name: tree for name, tree in modules.items() if within(name, (room,))}
    assert inside
    assert [
        f"{module} imports {name}"
        for module, tree in inside.items()
        for name in imported(tree)
        if not is_stdlib(name) and not within(name, allowed)
    ] == []


@pytest.mark.parametrize("room", ["tokenaudit.pricing", "tokenaudit.analysis"])
def test_a_pure_room_neither_reads_a_file_nor_asks_for_the_time(room: str, modules: dict[str, ast.Module]) -> None:
    inside = {name: tree for name, tree in modules.items() if within(name, (room,))}
    reaches = [
        f"{module} imports {name}"
        for module, tree in inside.items()
        for name in imported(tree)
        if name.split(".")[0] in OUTSIDE
    ]
    calls = [
        f"{module} calls {name}()"
        for module, tree in inside.items()
        for name in called(tree)
        if name in OUTSIDE_CALLS or name.startswith("read_")
    ]
    assert reaches + calls == []


def test_a_command_imports_typer_at_the_top_and_everything_else_inside(modules: dict[str, ast.Module]) -> None:
    commands = {
        name: tree
        for name, tree in modules.items()
        if within(name, ("tokenaudit.cli",)) and "typer" in imported_at_the_top(tree)
    }
    assert commands
    assert [
        f"{module} imports {name}"
        for module, tree in commands.items()
        for name in imported_at_the_top(tree)
        if not is_stdlib(name) and not within(name, TOP_OF_A_COMMAND)
    ] == []


def test_nobody_imports_a_provider(modules: dict[str, ast.Module]) -> None:
    """Providers are found through their entry points, and do not know each other. A provider is a folder; files beside
    the folders serve all of them."""
    providers = {".".join(name.split(".")[:3]) for name in modules if re.match(r"tokenaudit\.providers\.\w+\.", name)}
    assert providers
    assert [
        f"{module} imports {name}"
        for module, tree in modules.items()
        for name in imported(tree)
        for provider in providers
        if within(name, (provider,)) and not within(module, (provider,))
    ] == []


def test_a_computed_import_stays_in_its_own_room(modules: dict[str, ast.Module]) -> None:
    """`import_module(f"{__name__}.{name}")` loads one of several siblings late; other forms would escape the linter."""
    computed = [
        (module, node)
        for module, tree in modules.items()
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and ast.unparse(node.func).split(".")[-1] in {"import_module", "__import__"}
    ]
    allowed = re.compile(r"""import_module\(f(['"])\{__(name|package)__\}\.""")
    assert [
        f"{module}: {ast.unparse(node)}" for module, node in computed if not allowed.search(ast.unparse(node))
    ] == []


def test_imports_are_absolute(modules: dict[str, ast.Module]) -> None:
    assert [
        f"{module} imports {name}" for module, tree in modules.items() for name in imported(tree) if name[0] == "."
    ] == []
