"""What `tokenaudit init` can put into `[aws]`: what a pull would find out anew each time."""

from __future__ import annotations

import json
from functools import partial
from typing import TYPE_CHECKING

from tokenaudit.errors import TokenauditError
from tokenaudit.providers.aws.pull.account import Logging
from tokenaudit.providers.aws.pull.exports import declared
from tokenaudit.providers.aws.pull.s3_logs import root_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from tokenaudit.providers.aws.pull.account import Account
    from tokenaudit.providers.aws.settings import AwsSettings


def suggest(accounts: Sequence[Account], settings: AwsSettings) -> Iterator[tuple[str, str]]:
    """Keys and values in the form of TOML. What may not be asked is left out; raises only where nobody is let in."""
    for account in accounts:
        account.id  # noqa: B018  # raises where the credentials are none
    if settings.profile:
        yield "profile", _toml(settings.profile)
    regions = {region for account in accounts for region in _tried(account.in_use)}
    yield from _list("regions", sorted(regions))
    yield from _list("roles", settings.roles)
    yield from _list("logs", [place for account in accounts for place in _tried(partial(_logs, account))])
    yield from _list("exports", [uri for account in accounts for uri in _tried(partial(_exports, account))])


def _logs(account: Account) -> list[str]:
    found = []
    for region, each in account.logging().items():
        if isinstance(each, Logging) and each.bucket is not None:
            found.append(f"s3://{each.bucket}/{root_of(each.prefix, account.id, region)}".rstrip("/"))
        elif isinstance(each, Logging) and each.group is not None:
            found.append(f"arn:aws:logs:{region}:{account.id}:log-group:{each.group}")
    return found


def _exports(account: Account) -> list[str]:
    return [each.uri for each in declared(account.client)[:1]]


def _tried(ask: Callable[[], Iterable[str]]) -> list[str]:
    try:
        return list(ask())
    except TokenauditError:
        return []


def _list(key: str, values: Sequence[str]) -> Iterator[tuple[str, str]]:
    if values:
        yield key, f"[{', '.join(map(_toml, values))}]"


def _toml(text: str) -> str:
    """A basic string of TOML, which escapes as JSON does."""
    return json.dumps(text, ensure_ascii=False)
