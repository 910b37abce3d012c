"""Small objects of S3 by the shortest way: one signed GET each, without the rest of what the SDK does for a call.

Of the processor's time that the SDK takes for a small object, the request itself is a third; the rest are hooks, rules
of endpoints, and readers of headers that nobody asks for. The SDK goes first: only where it got an object, the next
come this way, and whatever is no whole object at once is left to it again. It tries again, waits, follows a bucket to
its Region, and its errors are the ones that are told.
"""

from __future__ import annotations

import os
import re
from functools import cached_property
from typing import TYPE_CHECKING, Any

from botocore.auth import S3SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.exceptions import BotoCoreError
from botocore.httpsession import URLLib3Session
from botocore.utils import get_environ_proxies, percent_encode

if TYPE_CHECKING:
    import boto3

_GOOD = 200
_NOT_OURS = frozenset((301, 302, 307, 400, 401, 403))
"""Answers that the next object would get too: another Region, another signature, no right."""
_KEY = "key"
_USUAL = re.compile(r"[a-z0-9][a-z0-9.-]+[a-z0-9]")
_EXPRESS = "--x-s3"


class Quick:
    """The shortest way to the buckets of one account, for many threads."""

    def __init__(self, session: boto3.Session, timeouts_s: tuple[float, float], connections: int) -> None:
        """`timeouts_s` are those of connecting and of reading."""
        self._session = session
        self._timeouts_s = timeouts_s
        self._connections = connections
        self._ways: dict[str, tuple[str, str] | None] = {}

    def learn(self, client: Any, bucket: str) -> None:
        """The SDK's client got an object from there."""
        if bucket not in self._ways:
            self._ways[bucket] = way(client, bucket)

    def get(self, bucket: str, key: str, etag: str) -> bytes | None:
        """The content; None where the SDK has to be asked for it."""
        found, credentials = self._ways.get(bucket), self._session.get_credentials()
        if found is None or credentials is None:
            return None
        base, region = found
        asked = AWSRequest("GET", address(base, key), {"If-Match": etag} if etag else {})
        try:
            S3SigV4Auth(credentials.get_frozen_credentials(), "s3", region).add_auth(asked)
            answer = self._http.send(asked.prepare())
        except BotoCoreError:
            self._ways.pop(bucket, None)
            return None
        if answer.status_code == _GOOD:
            content: bytes = answer.content
            return content
        if answer.status_code in _NOT_OURS:
            self._ways[bucket] = None
        else:
            self._ways.pop(bucket, None)
        return None

    @cached_property
    def _http(self) -> URLLib3Session:
        configured = vars(self._session)["_session"].get_config_variable("ca_bundle")  # boto3 shows no settings
        verify: Any = configured or os.environ.get("REQUESTS_CA_BUNDLE") or True
        timeout: Any = self._timeouts_s
        return URLLib3Session(verify=verify, timeout=timeout, max_pool_connections=self._connections)


def way(client: Any, bucket: str) -> tuple[str, str] | None:
    """Address of a bucket, up to the key, and the Region to sign for; None for buckets with rules of their own.

    The SDK makes the address, of whatever style, partition or endpoint is configured. No call is made.
    """
    if not _USUAL.fullmatch(bucket) or bucket.endswith(_EXPRESS):
        return None
    try:
        signed: str = client.generate_presigned_url("get_object", Params={"Bucket": bucket, "Key": _KEY})
    except BotoCoreError:
        return None
    plain = signed.partition("?")[0]
    if not plain.endswith(f"/{_KEY}") or get_environ_proxies(plain):
        return None
    return plain.removesuffix(_KEY), client.meta.region_name


def address(base: str, key: str) -> str:
    """Of an object, as the SDK writes it and as it is signed."""
    return f"{base}{percent_encode(key, safe='/~')}"
