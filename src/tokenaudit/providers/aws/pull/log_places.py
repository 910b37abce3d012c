"""Where an account's invocation logs are: told by Bedrock's configuration, or by ours."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from tokenaudit.errors import DataError, TokenauditError
from tokenaudit.model.pulling import Failure
from tokenaudit.providers.aws.pull.log_groups import LogGroupFeed
from tokenaudit.providers.aws.pull.places import folder
from tokenaudit.providers.aws.pull.s3_logs import LOGS_FOLDER, S3LogFeed, root_of
from tokenaudit.providers.aws.settings import BucketPlace

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from tokenaudit.model.pulling import Manners
    from tokenaudit.providers.aws.client import Client
    from tokenaudit.providers.aws.pull.account import Account
    from tokenaudit.providers.aws.settings import AwsSettings, LogGroupPlace

LogFeed = S3LogFeed | LogGroupFeed

NAME = "aws.invocation_logs"
_BELOW = re.compile(rf"^(?:(.*)/)?AWSLogs(?:/(\d{{12}})(?:/{LOGS_FOLDER}(?:/([a-z0-9-]+))?)?)?(?:/.*)?$")
_ACCOUNT = re.compile(r"\d{12}")


def discovered(account: Account, manners: Manners) -> Iterator[LogFeed | Failure]:
    """The logs of every Region that logs: S3 where it goes there, else CloudWatch Logs. Never both: they are copies."""
    for region, found in account.logging().items():
        if isinstance(found, TokenauditError):
            yield Failure(f"{NAME} {account.id}/{region}", "logs", found)
        elif found.bucket is not None:
            yield S3LogFeed(account.client, found.bucket, root_of(found.prefix, account.id, region), region, manners)
        elif found.group is not None:
            yield LogGroupFeed(account.client, account.id, region, found.group, manners)


def configured(settings: AwsSettings, accounts: Sequence[Account], manners: Manners) -> Iterator[LogFeed | Failure]:
    """The logs at the places that tokenaudit.toml names, and no others."""
    for place in settings.logs:
        try:
            if isinstance(place, BucketPlace):
                yield from _in_bucket(accounts[0].client, place, settings, manners)
            else:
                yield _in_group(place, accounts, manners)
        except TokenauditError as error:
            yield Failure(f"{NAME} {place}", "logs", error)


def _in_group(place: LogGroupPlace, accounts: Sequence[Account], manners: Manners) -> LogFeed:
    """With the credentials of the group's own account, where a role is in it."""
    client = next((each.client for each in accounts if each.id == place.account), accounts[0].client)
    return LogGroupFeed(client, place.account, place.region, place.name, manners)


def _in_bucket(client: Client, place: BucketPlace, settings: AwsSettings, manners: Manners) -> Iterator[LogFeed]:
    """Every account and Region that has logs there. The place may lead to one of them already."""
    found = _BELOW.match(place.prefix)
    prefix, account, region = (found.group(1) or "", *found.groups()[1:]) if found else (place.prefix, None, None)
    count = 0
    for one in [account] if account else _folders(client, place.bucket, folder(prefix, "AWSLogs")):
        if not _ACCOUNT.fullmatch(one):
            continue
        logs = root_of(prefix, one, "")
        for each in [region] if region else _folders(client, place.bucket, logs):
            if not settings.regions or each in settings.regions:
                count += 1
                yield S3LogFeed(client, place.bucket, f"{logs}{each}/", each, manners)
    if not count:
        raise DataError(
            f"{place} holds no invocation logs",
            hint=f"the place is what comes before AWSLogs/<account>/{LOGS_FOLDER}; see: tokenaudit doctor",
        )


def _folders(client: Client, bucket: str, prefix: str) -> list[str]:
    return [each.name for each in client.listing(bucket, prefix) if each.is_folder]
