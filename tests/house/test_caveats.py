"""Every code of a caveat is explained in `docs/caveats.md`, and no other."""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

# Codes that are put together, or looked up, where the caveat is made. A module that begins to do so names them here.
MADE = {
    "tokenaudit.analysis.partial_costs": {"partial_billed_cost", "partial_effective_cost"},
    "tokenaudit.analysis.price_caveats": {
        "assumed_date",
        "assumed_region",
        "assumed_scope",
        "bill_price",
        "catalogue_price",
        "contract_price",
    },
    "tokenaudit.analysis.reconcile_caveats": {"no_bill", "no_usage"},
}


def codes(module: ast.Module) -> Iterator[str | None]:
    """The code of each caveat that the module makes; None where it is neither written out nor a constant of it."""
    constants = {
        target.id: node.value.value
        for node in module.body
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant)
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    for node in ast.walk(module):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "Caveat":
            match node.args[0]:
                case ast.Constant(value=str(code)):
                    yield code
                case ast.Name(id=name) if name in constants:
                    yield str(constants[name])
                case _:
                    yield None


def test_every_code_of_a_caveat_is_explained_once(root: Path, modules: dict[str, ast.Module]) -> None:
    found = {name: set(codes(module)) for name, module in modules.items()}
    assert {name for name, of_module in found.items() if None in of_module} == set(MADE)
    known = {code for of_module in found.values() for code in of_module if code is not None}.union(*MADE.values())
    page = (root / "docs" / "caveats.md").read_text(encoding="utf-8")
    listed = [
        code for cell in re.findall(r"^\| (`[^|]+) \|", page, re.MULTILINE) for code in re.findall(r"`(\w+)`", cell)
    ]
    assert sorted(listed) == sorted(known)
