"""A first tokenaudit.toml: every key with what it is for, and what the clouds told of themselves filled in."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tokenaudit.config import DEFAULT_LEDGER, parse
from tokenaudit.errors import ConfigError, TokenauditError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

    from tokenaudit.pipeline.pull.clouds import Connected


@dataclass(frozen=True)
class _Key:
    """A key of a table, an example of its value in TOML, and what it is for."""

    name: str
    example: str
    purpose: str


_TABLES: dict[str, tuple[str, tuple[_Key, ...]]] = {
    "aws": (
        "AWS. What is left out is found out with the credentials that the AWS command line would use.",
        (
            _Key("profile", '"audit"', "profile of ~/.aws/config"),
            _Key("regions", '["us-east-1", "eu-west-1"]', "Regions to look at"),
            _Key("roles", '["arn:aws:iam::111122223333:role/tokenaudit"]', "roles to assume: one for each account"),
            _Key("external_id", '"..."', "what those roles ask for beside the credentials"),
            _Key("logs", '["s3://bucket/prefix"]', "where invocation logs lie"),
            _Key("exports", '["s3://bucket/prefix"]', "where cost exports lie"),
            _Key("inference_profiles", "[]", "names that the logs leave opaque: see docs/configuration.md"),
        ),
    ),
    "azure": (
        "Azure. What is left out is found out with the credentials that DefaultAzureCredential finds.",
        (
            _Key("tenant", '"00000000-0000-0000-0000-000000000000"', "tenant to sign in to"),
            _Key("subscriptions", '["00000000-0000-0000-0000-000000000001"]', "subscriptions to look at"),
            _Key("logs", '["https://account.blob.core.windows.net"]', "where diagnostic logs lie"),
            _Key("workspaces", '["00000000-0000-0000-0000-000000000002"]', "Log Analytics workspaces"),
            _Key("exports", '["https://account.blob.core.windows.net/exports"]', "where cost exports lie"),
            _Key("billing_scopes", '["/subscriptions/00000000-0000-0000-0000-000000000001"]', "whose costs to ask for"),
            _Key(
                "endpoints", '{ management = "https://management.chinacloudapi.cn" }', "addresses of a sovereign cloud"
            ),
            _Key("deployments", "[]", "names that the logs leave opaque: see docs/configuration.md"),
        ),
    ),
    "pull": (
        "How `tokenaudit pull` behaves towards services.",
        (
            _Key("first_days", "30", "how far back the first pull goes"),
            _Key("settle_hours", "72", "for so long clouds deliver late: it is asked for again"),
            _Key("concurrency", "16", "requests at the same time"),
            _Key("timeout_s", "60.0", "how long one request may take"),
            _Key("max_api_cost_usd", '"0.10"', "the most that calls which cost money may cost in one run"),
        ),
    ),
}


@dataclass
class Draft:
    """The text of a new tokenaudit.toml, what is in it by cloud, and the clouds that told nothing, with the reason."""

    text: str
    found: dict[str, list[str]]
    silent: dict[str, str]


def draft(
    path: Path,
    clouds: Iterable[Connected],
    ledger: str = DEFAULT_LEDGER,
    kept: Mapping[str, Mapping[str, str]] | None = None,
) -> Draft:
    """Asks the clouds what to write, and writes it down. A cloud that tells nothing is no error.

    `kept` are values of a former file by table and key; what a cloud tells goes before them.

    Raises ConfigError where the file would not be accepted by those who read it.
    """
    values: dict[str, dict[str, str]] = {}
    silent: dict[str, str] = {}
    for connected in clouds:
        try:
            values[connected.provider] = dict(_usable(connected))
        except TokenauditError as error:
            silent[connected.provider] = str(error)
    kept = kept or {}
    written = {table: {**kept.get(table, {}), **values.get(table, {})} for table in _TABLES}
    text = "\n".join(_lines(ledger, written)) + "\n"
    parse(path, text)
    return Draft(text, {name: list(found) for name, found in values.items()}, silent)


def _usable(connected: Connected) -> Iterator[tuple[str, str]]:
    """Suggestions that are just one key of the cloud's table with one value of TOML, whatever names are in it."""
    known = {key.name for key in _TABLES[connected.provider][1]} if connected.provider in _TABLES else set()
    for name, value in connected.cloud.suggest():
        try:
            alone = tomllib.loads(f"{name} = {value}")
        except tomllib.TOMLDecodeError:
            continue
        if name in known and list(alone) == [name]:
            yield name, value


def _lines(ledger: str, values: Mapping[str, Mapping[str, str]]) -> Iterator[str]:
    if any(sign in ledger for sign in "'\n\r") or not ledger.isprintable():
        raise ConfigError(f"the ledger's folder {ledger!r} cannot be written down", hint="choose a plainer name")
    yield "# What tokenaudit works with. Every key is explained in docs/configuration.md; all of them may be left out."
    yield "# No password, key or token belongs here: the clouds' own tools keep them."
    yield ""
    yield f"ledger = '{ledger}'  # where rows are kept, relative to this file"
    for table, (purpose, keys) in _TABLES.items():
        yield ""
        yield f"[{table}]"
        yield f"# {purpose}"
        found = values[table]
        for key in keys:
            if key.name in found:
                yield f"# {key.purpose}:"
                yield f"{key.name} = {found[key.name]}"
            else:
                yield f"# {key.name} = {key.example}  # {key.purpose}"
