"""A tokenaudit.toml that is about to be replaced: how the clouds let us in is kept of it, all else is gone."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import msgspec

from tokenaudit.config import Aws, Azure, Config, parse
from tokenaudit.errors import ConfigError

if TYPE_CHECKING:
    from pathlib import Path

_KEPT = {"aws": ("profile", "roles", "external_id"), "azure": ("tenant", "endpoints")}


@dataclass(frozen=True)
class Former:
    """Settings with nothing but the ways in; these by table and key, in the form of TOML; and what else was said."""

    config: Config = field(default_factory=Config)
    kept: dict[str, dict[str, str]] = field(default_factory=dict)
    gone: list[str] = field(default_factory=list)


def former(path: Path) -> Former:
    """What the file at `path` says; nothing where there is none. Of one that no command would take all is gone."""
    try:
        old = parse(path, path.read_text(encoding="utf-8"))
    except OSError:
        return Former()
    except (UnicodeDecodeError, ConfigError):
        return Former(gone=["all of it, as no command would take that file"])
    ways_in = Config(
        aws=Aws(profile=old.aws.profile, roles=old.aws.roles, external_id=old.aws.external_id),
        azure=Azure(tenant=old.azure.tenant, endpoints=old.azure.endpoints),
    )
    kept = {table: {key: _toml(value) for key, value in said.items()} for table, said in _said(ways_in).items()}
    return Former(ways_in, kept, [name for name in _names(old) if name not in _names(ways_in)])


def _said(config: Config) -> dict[str, Any]:
    """What differs from the defaults: of the clouds by key, else by table."""
    usual = msgspec.to_builtins(Config())
    found = {name: value for name, value in msgspec.to_builtins(config).items() if value != usual[name]}
    for table in found.keys() & _KEPT:
        found[table] = {key: value for key, value in found[table].items() if value != usual[table][key]}
    return found


def _names(config: Config) -> list[str]:
    names: list[str] = []
    for table, said in _said(config).items():
        names += [f"{table}.{key}" for key in said] if table in _KEPT else [table]
    return names


def _toml(value: Any) -> str:
    """A text, a list of texts, or a table of texts, on one line."""
    if not isinstance(value, dict):
        return json.dumps(value, ensure_ascii=False)
    return f"{{ {', '.join(f'{key} = {_toml(each)}' for key, each in value.items() if each is not None)} }}"
