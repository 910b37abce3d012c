"""The configuration: defaults, then tokenaudit.toml, then TOKENAUDIT_* of the environment, then the command's options.

The whole file is checked whatever the command needs of it; an unknown key is an error that names the nearest known one.
It knows no provider: what it says about names becomes `model.question.Alias`.
"""

from __future__ import annotations

import os
import re
import tomllib
from datetime import date  # msgspec reads it  # noqa: TC003
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import msgspec

from tokenaudit.config.check import Check, FilePath, check_gate
from tokenaudit.config.unknown_keys import hint
from tokenaudit.errors import ConfigError
from tokenaudit.model.columns import AZURE, BEDROCK, PROVIDER_ALIASES, SCOPES, TIERS
from tokenaudit.model.discounts import Discount as PriceDiscount
from tokenaudit.model.endpoints import fault
from tokenaudit.model.exchange import USD, ExchangeRate
from tokenaudit.model.models import from_plain_name
from tokenaudit.model.question import Alias
from tokenaudit.model.secrets import scrub

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

FILE_NAME = "tokenaudit.toml"
DEFAULT_LEDGER = ".tokenaudit/ledger"
_ENDLESS = 1_000_000


class _Table(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """Base of the file's tables."""


class InferenceProfile(_Table):
    """`[[aws.inference_profiles]]`: what the log shows only as an opaque ARN."""

    arn: Annotated[str, msgspec.Meta(pattern="^arn:")]
    model: str
    scope: str | None = None
    tier: str | None = None


class Deployment(_Table):
    """`[[azure.deployments]]`: what the log shows only as a deployment name."""

    name: str
    model: str
    resource: Annotated[str, msgspec.Meta(pattern="^/[sS]ubscriptions/")] | None = None
    version: str | None = None
    scope: str | None = None
    tier: str | None = None


class Aws(_Table):
    """`[aws]`. Everything but the profiles is for `tokenaudit pull`, which finds out what is left out."""

    inference_profiles: list[InferenceProfile] = []
    profile: str | None = None
    regions: list[str] = []
    roles: list[str] = []
    external_id: str | None = None
    logs: list[str] = []
    exports: list[str] = []


class AzureEndpoints(_Table):
    """`[azure.endpoints]`: the addresses of a sovereign cloud. Only https."""

    management: str | None = None
    authority: str | None = None
    log_analytics: str | None = None


class Azure(_Table):
    """`[azure]`. Everything but the deployments is for `tokenaudit pull`, which finds out what is left out."""

    deployments: list[Deployment] = []
    tenant: str | None = None
    subscriptions: list[str] = []
    logs: list[str] = []
    workspaces: list[str] = []
    exports: list[str] = []
    billing_scopes: list[str] = []
    endpoints: AzureEndpoints = msgspec.field(default_factory=AzureEndpoints)


class Pull(_Table):
    """`[pull]`: how `tokenaudit pull` behaves towards services."""

    first_days: int = 30
    settle_hours: int = 72
    concurrency: int = 16
    timeout_s: float = 60.0
    max_api_cost_usd: Decimal = Decimal("0.10")


class Discount(_Table):
    """`[[prices.discounts]]`: a contract discount off list, in percent."""

    provider: str
    percent: float
    valid_from: date
    model: str = "*"
    meter: str | None = None
    valid_until: date | None = None


class Prices(_Table):
    """`[prices]`."""

    overrides: FilePath | None = None
    snapshots: FilePath | None = None
    discounts: list[Discount] = []


class Exchange(_Table):
    """`[[exchange]]`: US dollars for one unit of a currency. More than 15 digits have to be written as text."""

    currency: str
    usd: Decimal
    valid_from: date
    valid_until: date | None = None
    source: str | None = None


class Config(_Table):
    """Everything that tokenaudit.toml may say. `path` is the file that said it, None for the defaults."""

    ledger: FilePath = DEFAULT_LEDGER
    jobs: int | None = None
    aws: Aws = msgspec.field(default_factory=Aws)
    azure: Azure = msgspec.field(default_factory=Azure)
    pull: Pull = msgspec.field(default_factory=Pull)
    prices: Prices = msgspec.field(default_factory=Prices)
    exchange: list[Exchange] = []
    models: dict[str, str] = {}
    check: Check = msgspec.field(default_factory=Check)

    def aliases(self) -> tuple[Alias, ...]:
        """What the file says about names that logs leave opaque."""
        return tuple(self._aliases())

    def exchange_rates(self) -> tuple[ExchangeRate, ...]:
        """The user's own exchange rates; they win over published ones wherever both hold."""
        return tuple(
            ExchangeRate(each.currency, each.usd, each.valid_from, each.source or FILE_NAME, each.valid_until)
            for each in self.exchange
        )

    def discounts(self) -> tuple[PriceDiscount, ...]:
        """The discounts of the user's contract, in the order of the file."""
        return tuple(
            PriceDiscount(
                PROVIDER_ALIASES.get(each.provider.lower(), each.provider),
                Decimal(str(each.percent)),  # as it was written: the shortest text that gives this number
                each.valid_from,
                each.model,
                each.meter,
                each.valid_until,
            )
            for each in self.prices.discounts
        )

    def table(self, provider: str) -> tuple[dict[str, object], bool]:
        """The table of this name as plain values, and whether the file says anything in it; empty where there is none.

        The provider reads it: this module checks only its form.
        """
        table = getattr(self, provider, None) if provider in ("aws", "azure") else None
        if table is None:
            return {}, False
        return msgspec.to_builtins(table), table != type(table)()

    def _aliases(self) -> Iterator[Alias]:
        for profile in self.aws.inference_profiles:
            model, version = _model(profile.model, f"aws.inference_profiles {profile.arn}")
            yield Alias("resource", profile.arn, model, BEDROCK, None, version, profile.scope, profile.tier)
        for each in self.azure.deployments:
            model, version = _model(each.model, f"azure.deployments {each.name}")
            yield Alias(
                "deployment", each.name, model, AZURE, each.resource, each.version or version, each.scope, each.tier
            )
        for name, target in self.models.items():
            model, version = _model(target, f"models {name}")
            yield Alias("model_ref", name, model, version=version)


class Loaded(msgspec.Struct):
    """A configuration and the folder that its relative paths start from."""

    config: Config
    folder: Path
    path: Path | None

    def resolve(self, path: str) -> Path:
        """A path of the file, relative to the file."""
        return (self.folder / Path(path).expanduser()).absolute()

    def price_snapshots(self, environ: Mapping[str, str] | None = None) -> Path:
        """The folder of price lists as they were: the file's, else one among the user's data."""
        if self.config.prices.snapshots:
            return self.resolve(self.config.prices.snapshots)
        environ = os.environ if environ is None else environ
        data = Path(environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share")
        return data / "tokenaudit" / "prices"


def load(explicit: Path | None = None, near: Path | None = None, environ: Mapping[str, str] | None = None) -> Loaded:
    """The configuration in force.

    `explicit`, else TOKENAUDIT_CONFIG, else the nearest tokenaudit.toml at or above `near` (default: the working
    directory), else the user's. Raises ConfigError for a file that is missing, unreadable or wrong.
    """
    environ = os.environ if environ is None else environ
    named = explicit or (Path(environ["TOKENAUDIT_CONFIG"]) if environ.get("TOKENAUDIT_CONFIG") else None)
    path = named or _find(near) or _users(environ)
    config = Config() if path is None else _read(path)
    folder = Path.cwd() if path is None else path.absolute().parent
    if environ.get("TOKENAUDIT_LEDGER"):
        named_ledger = environ["TOKENAUDIT_LEDGER"]
        config.ledger = named_ledger if "://" in named_ledger else str(Path(named_ledger).absolute())
    if environ.get("TOKENAUDIT_PRICES"):
        config.prices.snapshots = str(Path(environ["TOKENAUDIT_PRICES"]).absolute())
    if environ.get("TOKENAUDIT_JOBS"):
        config.jobs = _positive(environ["TOKENAUDIT_JOBS"])
    return Loaded(config, folder, path)


def _find(near: Path | None) -> Path | None:
    start = (near or Path.cwd()).absolute()
    for folder in (start, *start.parents):
        if folder.is_dir() and (folder / FILE_NAME).is_file():
            return folder / FILE_NAME
    return None


def _users(environ: Mapping[str, str]) -> Path | None:
    base = Path(environ.get("XDG_CONFIG_HOME") or Path.home() / ".config")
    path = base / "tokenaudit" / FILE_NAME
    return path if path.is_file() else None


def _read(path: Path) -> Config:
    try:
        raw = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigError(
            f"{path} cannot be read: {error.strerror}", hint="check the path and its permissions"
        ) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(
            f"{path} is not valid TOML: {error}", hint="mend the file; see docs/configuration.md"
        ) from error
    return _checked(path, raw)


def parse(path: Path, text: str) -> Config:
    """The configuration that this text would be in a file at `path`. Raises ConfigError as `load` does."""
    try:
        raw = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{path} would not be valid TOML: {error}", hint="see docs/configuration.md") from error
    return _checked(path, raw)


def _checked(path: Path, raw: dict[str, Any]) -> Config:
    try:
        config = msgspec.convert(raw, Config)
    except msgspec.ValidationError as error:
        raise _explained(path, str(error)) from error
    _check(path, config)
    config.aliases()
    return config


def _explained(path: Path, message: str) -> ConfigError:
    """The library's message, with what to do about a key that is unknown."""
    unknown = re.search(r"unknown field `(.+?)`", message)
    if unknown is None:
        return ConfigError(f"{path}: {message}", hint="see docs/configuration.md for the keys and their types")
    place = re.search(r"at `\$\.?(.*)`", message)
    key = unknown.group(1)
    table = place.group(1) if place else ""
    where = f" in [{table}]" if table else ""
    return ConfigError(f"{path}: unknown key {key!r}{where}", hint=hint(Config, table, key))


def _check(path: Path, config: Config) -> None:
    named: list[InferenceProfile | Deployment] = [*config.aws.inference_profiles, *config.azure.deployments]
    for entry in named:
        for name, value, known in (("scope", entry.scope, SCOPES), ("tier", entry.tier, TIERS)):
            if value is not None and value not in known:
                raise ConfigError(f"{path}: {name} {value!r} is not known", hint=f"one of: {', '.join(known)}")
    if config.jobs is not None and config.jobs < 1:
        raise ConfigError(f"{path}: jobs must be at least 1", hint="leave it out to let tokenaudit choose")
    for discount in config.prices.discounts:
        if not 0 <= discount.percent <= 100:
            raise ConfigError(
                f"{path}: a discount of {discount.percent} percent", hint="write 12 for 12 percent off list"
            )
        if discount.valid_until is not None and discount.valid_until <= discount.valid_from:
            raise ConfigError(
                f"{path}: a discount of {discount.provider} from {discount.valid_from} ends on {discount.valid_until}, "
                "before it begins",
                hint="`valid_until` is the first day on which the discount no longer holds",
            )
        if discount.provider.lower() not in {*PROVIDER_ALIASES, *PROVIDER_ALIASES.values()}:
            raise ConfigError(
                f"{path}: a discount of provider {discount.provider!r}, which is not known",
                hint="one of: " + ", ".join(PROVIDER_ALIASES),
            )
    _check_exchange(path, config.exchange)
    _check_pull(path, config)
    check_gate(path, config.check)


def _check_pull(path: Path, config: Config) -> None:
    pull = config.pull
    for name, value, least in (
        ("first_days", pull.first_days, 1),
        ("settle_hours", pull.settle_hours, 0),
        ("concurrency", pull.concurrency, 1),
        ("timeout_s", pull.timeout_s, 1),
        ("max_api_cost_usd", pull.max_api_cost_usd, 0),
    ):
        if not Decimal(value).is_finite() or not least <= value < _ENDLESS:
            raise ConfigError(f"{path}: pull.{name} is {value}", hint=f"a number from {least} on")
    endpoints = config.azure.endpoints
    for key, addresses in (
        ("azure.logs", config.azure.logs),
        ("azure.exports", config.azure.exports),
        *((f"azure.endpoints.{name}", [value]) for name, value in msgspec.structs.asdict(endpoints).items() if value),
    ):
        for address in addresses:
            wrong = fault(address)
            if wrong is not None:
                shown = scrub(address.partition("?")[0])
                raise ConfigError(f"{path}: {key} {shown!r} {wrong}", hint="write https://host/path, and nothing else")


def _check_exchange(path: Path, entries: list[Exchange]) -> None:
    begun: set[tuple[str, date]] = set()
    for each in entries:
        where = f"{path}: exchange {each.currency} from {each.valid_from}"
        if not re.fullmatch(r"[A-Z]{3}", each.currency):
            raise ConfigError(f"{where}: not a currency's code", hint="three capital letters of ISO 4217, e.g. EUR")
        if each.currency == USD:
            raise ConfigError(f"{where}: amounts are converted to USD", hint="name another currency, or drop the entry")
        if not each.usd.is_finite() or each.usd <= 0:
            raise ConfigError(f"{where}: {each.usd} is no rate", hint="`usd` is US dollars for one unit, e.g. 1.0842")
        if each.valid_until is not None and each.valid_until <= each.valid_from:
            raise ConfigError(
                f"{where}: it ends on {each.valid_until}, before it begins",
                hint="`valid_until` is the first day on which the rate no longer holds",
            )
        if (each.currency, each.valid_from) in begun:
            raise ConfigError(f"{where}: two rates begin on one day", hint="keep one of them")
        begun.add((each.currency, each.valid_from))


def _model(name: str, where: str) -> tuple[str, str | None]:
    """A canonical name, and the version that was written with it. A bare name will do where its vendor is plain."""
    found = from_plain_name(name)
    if found.model is None:
        raise ConfigError(
            f"{where}: {name!r} names no known vendor's model",
            hint="write it as vendor/model, e.g. openai/gpt-4.1-mini",
        )
    return found.model, found.version


def _positive(text: str) -> int:
    if not (text.isascii() and text.isdigit()) or int(text) < 1:
        raise ConfigError(f"TOKENAUDIT_JOBS is {text!r}", hint="a whole number of worker processes, at least 1")
    return int(text)
