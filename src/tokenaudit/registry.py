"""Providers, by name, loaded when asked for: found through the entry-point group `tokenaudit.providers`, ours too."""

from __future__ import annotations

from functools import cache
from importlib.metadata import entry_points
from typing import TYPE_CHECKING

from tokenaudit.errors import ConfigError

if TYPE_CHECKING:
    from tokenaudit.model.ports import Provider, Source

GROUP = "tokenaudit.providers"


@cache
def providers() -> tuple[Provider, ...]:
    """Every installed provider, in order of name. Raises ConfigError when one cannot be loaded."""
    found = []
    for entry in sorted(entry_points(group=GROUP), key=lambda each: each.name):
        try:
            found.append(entry.load())
        except (ImportError, AttributeError) as error:
            raise ConfigError(
                f"provider {entry.name!r} cannot be loaded: {error}",
                hint=f"reinstall the package that declares {entry.value!r}",
            ) from error
    return tuple(found)


@cache
def sources() -> tuple[Source, ...]:
    """Every source of every provider, in order of name."""
    return tuple(
        sorted((source for provider in providers() for source in provider.sources), key=lambda each: each.name)
    )


def source(name: str) -> Source:
    """The source with this name. Raises ConfigError when no installed provider has it."""
    for each in sources():
        if each.name == name:
            return each
    raise ConfigError(f"no source is called {name!r}", hint="known sources: " + ", ".join(s.name for s in sources()))
