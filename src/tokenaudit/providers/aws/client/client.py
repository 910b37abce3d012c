"""Calls to one account: by the table of operations, patiently, and with errors of our own."""

from __future__ import annotations

import logging
from threading import Lock
from typing import TYPE_CHECKING, Any

from botocore import xform_name
from botocore.config import Config

from tokenaudit.errors import ConfigError, ServiceError
from tokenaudit.providers.aws.client.downloads import Downloads
from tokenaudit.providers.aws.client.endpoints import check
from tokenaudit.providers.aws.client.failures import RAISED, What, translated
from tokenaudit.providers.aws.client.listing import Listed, listed
from tokenaudit.providers.aws.client.quick import Quick
from tokenaudit.providers.aws.operations import GET_OBJECT, LIST_OBJECTS

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import boto3

    from tokenaudit.model.pulling import Manners
    from tokenaudit.providers.aws.operations import Operation

_LOG = logging.getLogger(__name__)
_CONNECT_TIMEOUT_S = 10.0
EVERYWHERE = "us-east-1"
"""The Region that every account has."""

# Throttling is part of the day there; adaptive retries slow down all calls of a client after the first refusal.
_BUSY_SERVICES = frozenset(("cloudwatch", "logs"))
_HOME_OF_BILLS = {"aws": "us-east-1", "aws-cn": "cn-northwest-1", "aws-us-gov": "us-gov-west-1"}


class Client:
    """One account. It may be used by many threads at once."""

    def __init__(self, session: boto3.Session, name: str, home: str, manners: Manners) -> None:
        """`home` is the Region to ask where none is meant; it tells the partition too."""
        self._session = session
        self._manners = manners
        self._clients: dict[tuple[str, str], Any] = {}
        self._lock = Lock()
        timeouts_s = (min(_CONNECT_TIMEOUT_S, manners.timeout_s), manners.timeout_s)
        quick = Quick(session, timeouts_s, 2 * manners.concurrency)
        self._downloads = Downloads(manners.attempts, manners.concurrency, quick)
        self.name = name
        self.home = home

    @property
    def bills_region(self) -> str:
        """Where the services of billing are asked, by partition."""
        return _HOME_OF_BILLS.get(self._partition(), EVERYWHERE)

    def bedrock_regions(self) -> list[str]:
        """Every Region that the SDK knows Bedrock in."""
        return list(self._session.get_available_regions("bedrock", partition_name=self._partition()))

    def call(self, operation: Operation, region: str | None = None, target: str = "", **asked: Any) -> dict[str, Any]:
        """The answer. Raises CredentialsError or ServiceError, after patient attempts; ConfigError for an endpoint."""
        what = self._what(operation, region, target)
        try:
            client = self._client(operation.service, region or self.home)
            answer: dict[str, Any] = getattr(client, xform_name(operation.name))(**asked)
        except RAISED as error:
            raise translated(error, what) from None
        _LOG.debug("%s", what)
        answer.pop("ResponseMetadata", None)
        return answer

    def pages(
        self, operation: Operation, region: str | None = None, target: str = "", **asked: Any
    ) -> Iterator[dict[str, Any]]:
        """All pages of an answer. Raises what `call` does, and ServiceError for a page that comes again."""
        if operation.token is None:
            raise AssertionError(operation)
        sent, received = operation.token
        seen: set[str] = set()
        while True:
            answer = self.call(operation, region, target, **asked)
            yield answer
            mark = answer.get(received)
            if not mark:
                return
            if mark in seen:
                what = self._what(operation, region, target)
                raise ServiceError(f"{what}: the same page came again", hint="the answer has no end; try again later")
            seen.add(mark)
            asked[sent] = mark

    def listing(self, bucket: str, prefix: str, region: str | None = None, *, deep: bool = False) -> Iterator[Listed]:
        """Objects and folders below a prefix; with `deep`, all objects and no folders."""
        asked = {"Bucket": bucket, "Prefix": prefix} | ({} if deep else {"Delimiter": "/"})
        for page in self.pages(LIST_OBJECTS, region, bucket, **asked):
            yield from listed(page)

    def read(self, bucket: str, key: str, region: str | None = None) -> bytes:
        """The content of a small object."""
        what = self._what(GET_OBJECT, region, bucket)
        try:
            return self._downloads.read(self._client("s3", region or self.home), bucket, key)
        except RAISED as error:
            raise translated(error, what) from None

    def try_reading(self, bucket: str, key: str, region: str | None = None) -> None:
        """Asks for the first byte of an object. Raises CredentialsError where no more than listing is permitted."""
        answer = self.call(GET_OBJECT, region, bucket, Bucket=bucket, Key=key, Range="bytes=0-0")
        answer["Body"].close()

    def download(self, bucket: str, found: Listed, region: str | None, path: Path) -> None:
        """The object into a file, whole or not at all, as it was when it was listed."""
        what = self._what(GET_OBJECT, region, bucket)
        try:
            self._downloads.fetch(self._client("s3", region or self.home), bucket, found, path)
        except RAISED as error:
            raise translated(error, what) from None
        except OSError as error:
            raise ServiceError(
                f"{what}: cannot be written ({error.strerror})", hint="is there room on the disk?"
            ) from error

    def _what(self, operation: Operation, region: str | None, target: str) -> What:
        return What(operation, region, self.name, self._manners.attempts, target)

    def _partition(self) -> str:
        try:
            found: str = self._session.get_partition_for_region(self.home)
        except RAISED:
            return "aws"
        return found

    def _client(self, service: str, region: str) -> Any:
        """Made once: making one is slow, and not safe among threads."""
        key = (service, region)
        client = self._clients.get(key)
        if client is not None:
            return client
        with self._lock:
            if key not in self._clients:
                try:
                    made = self._session.client(service, region_name=region, config=self._config(service))  # type: ignore[call-overload]
                except ValueError:
                    # The SDK quotes the address that it cannot read, and there may be a password in it.
                    raise ConfigError(
                        f"the endpoint of {service} is no address", hint="check AWS_ENDPOINT_URL and ~/.aws/config"
                    ) from None
                check(made.meta.endpoint_url, f"the endpoint of {service}")
                self._clients[key] = made
            return self._clients[key]

    def _config(self, service: str) -> Config:
        # A fifth of an object's time: keys need no checks that S3 itself listed, and contents have TLS, their length
        # and the checksum of gzip.
        quick = {"parameter_validation": False, "response_checksum_validation": "when_required"}
        return Config(
            connect_timeout=min(_CONNECT_TIMEOUT_S, self._manners.timeout_s),
            read_timeout=self._manners.timeout_s,
            max_pool_connections=2 * self._manners.concurrency,  # one for each object, one for each part of a large one
            retries={
                "mode": "adaptive" if service in _BUSY_SERVICES else "standard",
                "total_max_attempts": self._manners.attempts,
            },
            user_agent_extra="tokenaudit",
            **(quick if service == "s3" else {}),  # type: ignore[arg-type]
        )
