"""One account: who it is, in which Regions Bedrock is used, and where its logs go. Each is asked once."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from threading import Lock
from typing import TYPE_CHECKING, Any, TypeVar

from tokenaudit.errors import CredentialsError, ServiceError, TokenauditError
from tokenaudit.providers.aws.client import DeniedError
from tokenaudit.providers.aws.metrics_names import NAMESPACES
from tokenaudit.providers.aws.operations import LIST_METRICS, LOGGING, WHO
from tokenaudit.providers.aws.pull.ahead import answers
from tokenaudit.providers.aws.pull.metric_questions import listed

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from tokenaudit.providers.aws.client import Client
    from tokenaudit.providers.aws.pull.metric_questions import Listed
    from tokenaudit.providers.aws.settings import AwsSettings

T = TypeVar("T")


@dataclass(frozen=True)
class Logging:
    """The logging configuration of a Region. Both destinations are None where logging is off.

    `bucket` and `prefix` are S3's, `group` is CloudWatch's; `text` says whether the log holds bodies of text. `told` is
    the whole of it, as the service said it.
    """

    bucket: str | None = None
    prefix: str = ""
    group: str | None = None
    text: bool = False
    told: Mapping[str, Any] = field(default_factory=dict)

    @property
    def is_on(self) -> bool:
        """Whether anything is logged."""
        return self.bucket is not None or self.group is not None


class Account:
    """An account and its client."""

    def __init__(self, client: Client, settings: AwsSettings) -> None:
        self.client = client
        self.settings = settings
        self._lock = Lock()
        self._surveys: dict[str, dict[str, Any]] = {}
        self._refused: CredentialsError | None = None

    @cached_property
    def id(self) -> str:
        """Its number. Raises CredentialsError where the credentials are none, without asking for them twice."""
        if self._refused is not None:
            raise self._refused
        try:
            found: str | None = self.client.call(WHO).get("Account")
        except CredentialsError as error:
            self._refused = error
            raise
        if not found:
            raise ServiceError("sts GetCallerIdentity: the answer names no account", hint="check AWS_ENDPOINT_URL")
        self.client.name = f"account {found}"
        return found

    @property
    def candidates(self) -> list[str]:
        """The Regions to look at: those of the configuration, else all that have Bedrock."""
        return list(self.settings.regions) or self.client.bedrock_regions()

    def logging(self) -> dict[str, Logging | TokenauditError]:
        """By Region, how its calls are logged, or why that cannot be known."""
        return self._survey("logging", lambda region: _logging(self.client.call(LOGGING, region)))

    def series(self) -> dict[str, list[Listed] | TokenauditError]:
        """By Region, the series of metrics that it lists, or why that cannot be known."""
        return self._survey("series", self._series)

    def in_use(self) -> list[str]:
        """Regions of the configuration; else those in which something is logged or measured."""
        if self.settings.regions:
            return list(self.settings.regions)
        logging, series = self.logging(), self.series()
        logged = {region for region, found in logging.items() if isinstance(found, Logging) and found.is_on}
        measured = {region for region, found in series.items() if isinstance(found, list) and found}
        return [region for region in self.candidates if region in logged | measured]

    def _series(self, region: str) -> list[Listed]:
        pages = (
            page
            for namespace in NAMESPACES
            for page in self.client.pages(LIST_METRICS, region, "", Namespace=namespace)
        )
        return listed(each for page in pages for each in page.get("Metrics", ()))

    def _survey(self, name: str, ask: Callable[[str], T]) -> dict[str, T | TokenauditError]:
        """Raises the error that all Regions have, if all have one: then nothing is known of the account."""
        self.id  # noqa: B018  # credentials that are none are said once, not for each Region
        with self._lock:
            if name not in self._surveys:
                self._surveys[name] = dict(answers(lambda region: _tried(ask, region), self.candidates))
        found = self._surveys[name]
        errors = [each for each in found.values() if isinstance(each, TokenauditError)]
        if found and len(errors) == len(found):
            raise errors[0]
        if self.settings.regions:
            return found
        return {region: each for region, each in found.items() if not _is_closed(each)}


def _tried(ask: Callable[[str], T], region: str) -> T | TokenauditError:
    try:
        return ask(region)
    except TokenauditError as error:
        return error


def _is_closed(found: object) -> bool:
    """A Region that is not switched on for the account, or that its organisation forbids, has no usage."""
    return isinstance(found, DeniedError) and found.closed


def _logging(answer: dict[str, Any]) -> Logging:
    told = answer.get("loggingConfig") or {}
    s3, watch = told.get("s3Config") or {}, told.get("cloudWatchConfig") or {}
    return Logging(
        s3.get("bucketName") or None,
        (s3.get("keyPrefix") or "").strip("/"),
        watch.get("logGroupName") or None,
        told.get("textDataDeliveryEnabled") is True,
        told,
    )
