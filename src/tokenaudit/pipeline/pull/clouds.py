"""The clouds that can be pulled from: the installed providers that have a connector, with their tables of the file."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tokenaudit import registry
from tokenaudit.errors import UsageError
from tokenaudit.model.columns import PROVIDER_ALIASES

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from tokenaudit.config import Loaded
    from tokenaudit.model.ports import Provider
    from tokenaudit.model.pulling import Cloud, Manners

ALL = "all"


@dataclass(frozen=True)
class Connected:
    """A cloud and the provider that connected it. `named`: the user, or the file, says that it is in use."""

    provider: str
    cloud: Cloud
    named: bool


def providers_of(target: str) -> list[Provider]:
    """`all`, or one by the name that the command line has for it. Raises UsageError where nothing answers to it."""
    able = [each for each in registry.providers() if each.connector is not None]
    if target == ALL:
        return able
    name = PROVIDER_ALIASES.get(target.lower(), target.lower()).partition(".")[0]
    found = [each for each in able if each.name == name]
    if not found:
        known = [short_name(each.name) for each in able]
        raise UsageError(
            f"there is no cloud called {target!r} to pull from", hint=f"one of: {', '.join([*known, ALL])}"
        )
    return found


def short_name(provider: str) -> str:
    """What the command line calls a provider: the first of the names that lead to it, or its own."""
    return next((name for name, full in PROVIDER_ALIASES.items() if full.partition(".")[0] == provider), provider)


def connect(providers: Iterable[Provider], loaded: Loaded, manners: Manners, *, named: bool) -> Iterator[Connected]:
    """The clouds, without a call to any of them. Raises ConfigError for settings that are wrong."""
    for each in providers:
        if each.connector is not None:
            settings, said = loaded.config.table(each.name)
            yield Connected(each.name, each.connector.connect(settings, manners), named or said)
