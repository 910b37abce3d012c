"""The user's own prices: a CSV that `[prices] overrides` of tokenaudit.toml names (columns: docs/prices.md)."""

from __future__ import annotations

import csv
from difflib import get_close_matches
from typing import TYPE_CHECKING

from tokenaudit.catalogue.rows import COLUMNS, MORE_COLUMNS, Line, RowError, rates
from tokenaudit.errors import ConfigError
from tokenaudit.model.columns import PROVIDER_ALIASES
from tokenaudit.model.models import from_plain_name

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from tokenaudit.model.rates import Rate

REQUIRED = ("provider", "model", "scope", "tier", "token_kind", "usd_per_mtok", "valid_from")
# Where a rate came from is known: this file. The two columns may stand in it when somebody copied a line of the book.
_IGNORED = frozenset({"source", "source_date"})
_COLUMNS = COLUMNS + MORE_COLUMNS
_PROVIDERS = {**PROVIDER_ALIASES, **{name: name for name in PROVIDER_ALIASES.values()}}


def read_overrides(path: Path, shipped: Iterable[Rate]) -> tuple[Rate, ...]:
    """The rates of the file; `Rate.source` is its name and the line. `shipped` says which models a bare name may mean.

    Raises ConfigError for a file that cannot be read, a missing or unknown column, or a wrong line.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "not UTF-8 text"
        raise ConfigError(
            f"price overrides {path}: {reason}", hint="correct `overrides` under [prices] of tokenaudit.toml"
        ) from error
    models: dict[str, set[str]] = {}
    for rate in shipped:
        models.setdefault(rate.provider, set()).add(rate.model)
    found: list[Rate] = []
    reader = csv.reader(text.splitlines(keepends=True))
    try:
        header = _header(next(reader, []))
        for cells in reader:
            if any(cell.strip() for cell in cells):
                found += _rates(header, cells, f"{path.name} line {reader.line_num}", models)
    except (RowError, csv.Error) as error:
        hint = error.hint if isinstance(error, RowError) else "the file has to be comma-separated text"
        raise ConfigError(f"{path} line {max(reader.line_num, 1)}: {error}", hint=hint) from error
    return tuple(found)


def _header(cells: list[str]) -> tuple[str, ...]:
    header = tuple(cell.strip() for cell in cells)
    hint = (
        "columns: "
        + ", ".join(REQUIRED)
        + "; may be added: "
        + ", ".join(column for column in _COLUMNS if column not in REQUIRED and column not in _IGNORED)
    )
    for column in header:
        if column not in _COLUMNS:
            near = get_close_matches(column, _COLUMNS, 1)
            raise RowError(f"unknown column {column!r}" + (f" (did you mean {near[0]!r}?)" if near else ""), hint)
    missing = [column for column in REQUIRED if column not in header]
    if missing:
        raise RowError("missing column " + ", ".join(missing), hint)
    if len(set(header)) < len(header):
        raise RowError("a column stands there twice", hint)
    return header


def _rates(header: tuple[str, ...], cells: list[str], source: str, models: dict[str, set[str]]) -> Iterator[Rate]:
    if len(cells) != len(header):
        raise RowError(f"{len(cells)} cells for {len(header)} columns", "a text with a comma in it has to be quoted")
    given = dict.fromkeys(_COLUMNS, "") | {name: cell.strip() for name, cell in zip(header, cells, strict=True)}
    provider = _PROVIDERS.get(given["provider"].lower())
    if provider is None:
        raise RowError(f"provider {given['provider']!r} is not known", "one of " + ", ".join(_PROVIDERS))
    given |= {
        "provider": provider,
        "model": _model(given["model"], models.get(provider, set())),
        "model_version": given["model_version"] or from_plain_name(given["model"]).version or "",
        "region": given["region"].lower(),
        "source": source,
        "source_date": given["valid_from"],
    }
    return rates(Line(**given))


def _model(name: str, known: set[str]) -> str:
    """The canonical name. A full `vendor/model` may be one that the book has never heard of; a bare name may not."""
    canonical = from_plain_name(name).model if name else None
    if canonical and ("/" in name or canonical in known):
        return canonical
    same = sorted(model for model in known if model.rpartition("/")[2] == name.lower())
    if len(same) == 1:
        return same[0]
    if same:
        raise RowError(f"model {name!r} is ambiguous", "write one of " + ", ".join(same))
    near = get_close_matches(f"{canonical or name}".lower(), known, 3, 0.4)
    raise RowError(
        f"model {name!r} is not known" if name else "model is empty",
        "write vendor/model" + (f"; near: {', '.join(near)}" if near else ""),
    )
