"""What `tokenaudit init` can put into `[aws]`: what a pull would find out anew each time."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from tokenaudit.errors import TokenauditError
from tokenaudit.providers.aws.pull.exports import declared
from tokenaudit.providers.aws.pull.s3_logs import root_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from tokenaudit.providers.aws.pull.account import Account
    from tokenaudit.providers.aws.settings import AwsSettings


def suggest(accounts: Sequence[Account], settings: AwsSettings) -> Iterator[tuple[str, str]]:
    """Keys and values in the form of TOML. Raises only where nobody is let in.

    Where a list of places is written down, nobody looks elsewhere any more. So one that may not be whole is left out;
    and so are places of several accounts, which a pull enters each with its own role.
    """
    for account in accounts:
        account.id  # noqa: B018  # raises where the credentials are none
    if settings.profile:
        yield "profile", _toml(settings.profile)
    yield from _list("regions", sorted(set(_of_all(accounts, _regions))))
    yield from _list("roles", settings.roles)
    if len(accounts) == 1:
        yield from _list("logs", _of_all(accounts, _logs))
        yield from _list("exports", _of_all(accounts, _exports))


def _of_all(accounts: Sequence[Account], ask: Callable[[Account], list[str] | None]) -> list[str]:
    """What all accounts have; nothing where one of them does not tell all that it has."""
    found: list[str] = []
    for account in accounts:
        try:
            told = ask(account)
        except TokenauditError:
            told = None
        if told is None:
            return []
        found += told
    return found


def _regions(account: Account) -> list[str] | None:
    surveys: tuple[Mapping[str, object], ...] = (account.logging(), account.series())
    failed = any(isinstance(each, TokenauditError) for survey in surveys for each in survey.values())
    return None if failed else account.in_use()


def _logs(account: Account) -> list[str] | None:
    found = []
    for region, each in account.logging().items():
        if isinstance(each, TokenauditError):
            return None
        if each.bucket is not None:
            found.append(f"s3://{each.bucket}/{root_of(each.prefix, account.id, region)}".rstrip("/"))
        elif each.group is not None:
            found.append(f"arn:aws:logs:{region}:{account.id}:log-group:{each.group}")
    return found


def _exports(account: Account) -> list[str]:
    """The one that is read of them."""
    return [each.uri for each in declared(account.client)[:1]]


def _list(key: str, values: Sequence[str]) -> Iterator[tuple[str, str]]:
    if values:
        yield key, f"[{', '.join(map(_toml, values))}]"


def _toml(text: str) -> str:
    """A basic string of TOML, which escapes as JSON does."""
    return json.dumps(text, ensure_ascii=False)
