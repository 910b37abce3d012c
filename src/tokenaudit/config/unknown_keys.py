"""What to do about a key that tokenaudit.toml does not know: where it belongs, or which one was meant."""

from __future__ import annotations

import difflib
import re
from typing import TYPE_CHECKING

from msgspec.inspect import DictType, ListType, StructType, UnionType, type_info

if TYPE_CHECKING:
    from collections.abc import Iterator

    from msgspec.inspect import Type


def hint(root: type, place: str, key: str) -> str:
    """A key of the very table that is all but this one, else the table that this one belongs in, else any like it.

    `place` is the table as msgspec writes it, without `$.`: `azure.deployments[0]`, empty for the top of the file.
    """
    tables = list(_tables(type_info(root), "", ""))
    at = re.sub(r"\[\d+\]", "[...]", place)
    own = [name for path, _, names in tables if path == at for name in names]
    known = sorted({name for _, _, names in tables for name in names})
    homes = [shown for _, shown, names in tables if key in names]
    near = difflib.get_close_matches(key, own, n=1, cutoff=0.8)
    if homes and not near:
        return f"{key!r} belongs {' or '.join(homes)}"
    near = near or difflib.get_close_matches(key, known, n=1, cutoff=0.8)
    return f"did you mean {near[0]!r}?" if near else "known keys: " + ", ".join(known)


def _tables(kind: Type, path: str, shown: str) -> Iterator[tuple[str, str, list[str]]]:
    """Each table below: its path as msgspec writes it, how a reader finds it in the file, and its keys."""
    if isinstance(kind, StructType):
        yield path, f"in {shown}" if shown else "at the top level", [each.encode_name for each in kind.fields]
        for each in kind.fields:
            below = f"{path}.{each.encode_name}".lstrip(".")
            yield from _tables(each.type, below, f"[{below.replace('[...]', '')}]")
    elif isinstance(kind, ListType):
        yield from _tables(kind.item_type, f"{path}[...]", f"[{shown}]")
    elif isinstance(kind, DictType):
        yield from _tables(kind.value_type, f"{path}[...]", shown.replace("]", ".NAME]"))
    elif isinstance(kind, UnionType):
        for member in kind.types:
            yield from _tables(member, path, shown)
