"""The table `[aws]` of tokenaudit.toml, as a pull understands it.

profile = "audit"                                  # of ~/.aws/config; else the default chain
regions = ["eu-west-1"]                            # else every Region that has logging or metrics
roles = ["arn:aws:iam::111122223333:role/audit"]   # one for each account to be read
external_id = "..."                                # that the roles ask for
logs = ["s3://bucket/prefix", "arn:aws:logs:eu-west-1:111122223333:log-group:bedrock"]
exports = ["s3://bucket/prefix"]                   # or ["cost-explorer"]
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tokenaudit.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Mapping

COST_EXPLORER = "cost-explorer"

_BUCKET = re.compile(r"s3://([a-z0-9][a-z0-9._-]{1,61}[a-z0-9])(?:/(.*))?")
_LOG_GROUP = re.compile(r"arn:aws[a-z-]*:logs:([a-z0-9-]+):(\d{12}):log-group:([^:*]+)(?::\*)?")
_ROLE = re.compile(r"arn:aws[a-z-]*:iam::(\d{12}):role/.+")
_REGION = re.compile(r"[a-z]{2,}(-[a-z]+)+-\d")


@dataclass(frozen=True)
class BucketPlace:
    """A place in S3. `prefix` has no slash at either end and may be empty."""

    bucket: str
    prefix: str

    def __str__(self) -> str:
        return f"s3://{self.bucket}/{self.prefix}".rstrip("/")


@dataclass(frozen=True)
class LogGroupPlace:
    """A log group of CloudWatch Logs."""

    region: str
    account: str
    name: str

    def __str__(self) -> str:
        return f"cloudwatch-logs://{self.account}/{self.region}/{self.name}"


@dataclass(frozen=True)
class AwsSettings:
    """What the table says; empty is: find out."""

    profile: str | None = None
    regions: tuple[str, ...] = ()
    roles: tuple[str, ...] = ()
    external_id: str | None = None
    logs: tuple[BucketPlace | LogGroupPlace, ...] = ()
    exports: tuple[BucketPlace, ...] = ()
    cost_explorer: bool = False
    """Ask Cost Explorer and look for no export."""


def settings_of(table: Mapping[str, object]) -> AwsSettings:
    """The typed form. Raises ConfigError for a value that cannot be meant."""
    exports = _texts(table, "exports")
    if COST_EXPLORER in exports and len(exports) > 1:
        raise ConfigError(
            "aws.exports names cost-explorer beside an export: the same cost would come twice",
            hint='keep one: exports = ["cost-explorer"], or the places of the exports',
        )
    return AwsSettings(
        profile=_text(table, "profile"),
        regions=tuple(_region(each) for each in _texts(table, "regions")),
        roles=tuple(_role(each) for each in _texts(table, "roles")),
        external_id=_text(table, "external_id"),
        logs=tuple(_logs(each) for each in _texts(table, "logs")),
        exports=tuple(_bucket(each, "exports") for each in exports if each != COST_EXPLORER),
        cost_explorer=COST_EXPLORER in exports,
    )


def _text(table: Mapping[str, object], name: str) -> str | None:
    value = table.get(name)
    if value is not None and not isinstance(value, str):
        raise ConfigError(f"aws.{name} is no text", hint="see docs/configuration.md for the keys and their types")
    return value or None


def _texts(table: Mapping[str, object], name: str) -> tuple[str, ...]:
    value = table.get(name, ())
    if not isinstance(value, list | tuple) or not all(isinstance(each, str) for each in value):
        raise ConfigError(
            f"aws.{name} is no list of texts", hint="see docs/configuration.md for the keys and their types"
        )
    return tuple(dict.fromkeys(value))


def _region(text: str) -> str:
    if not _REGION.fullmatch(text):
        raise ConfigError(f"aws.regions: {text!r} is no Region", hint="as AWS writes it, e.g. eu-west-1")
    return text


def _role(text: str) -> str:
    if not _ROLE.fullmatch(text):
        raise ConfigError(
            f"aws.roles: {text!r} is no ARN of a role", hint="e.g. arn:aws:iam::111122223333:role/tokenaudit"
        )
    return text


def _logs(text: str) -> BucketPlace | LogGroupPlace:
    found = _LOG_GROUP.fullmatch(text)
    return LogGroupPlace(*found.groups()) if found else _bucket(text, "logs")


def _bucket(text: str, key: str) -> BucketPlace:
    found = _BUCKET.fullmatch(text)
    if found is None:
        other = {
            "logs": "or the ARN of a log group: arn:aws:logs:REGION:ACCOUNT:log-group:NAME",
            "exports": f"or {COST_EXPLORER}",
        }
        raise ConfigError(f"aws.{key}: {text!r} is no place", hint=f"s3://BUCKET/PREFIX, {other[key]}")
    return BucketPlace(found.group(1), (found.group(2) or "").strip("/"))
