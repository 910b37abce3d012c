"""Credentials: the SDK's default chain, a profile, and roles in other accounts. Nothing here makes a call."""

from __future__ import annotations

import logging
import os
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING

import boto3
import botocore.session
from botocore.credentials import AssumeRoleCredentialFetcher, DeferredRefreshableCredentials
from botocore.exceptions import BotoCoreError, ProfileNotFound
from botocore.utils import parse_timestamp

from tokenaudit.errors import ConfigError, CredentialsError
from tokenaudit.providers.aws.client.certificates import share_contexts
from tokenaudit.providers.aws.client.endpoints import check, check_environment

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from tokenaudit.providers.aws.settings import AwsSettings

_SESSION_NAME = "tokenaudit"


def sessions(settings: AwsSettings) -> list[tuple[str, boto3.Session]]:
    """A session for each account, and what to call it in messages until its number is known: the role, or the profile.

    Raises ConfigError for a profile that is not there, and for custom endpoints that are not safe.
    """
    check_environment(os.environ)
    share_contexts()
    for name in ("boto3", "botocore"):
        logging.getLogger(name).setLevel(logging.WARNING)  # its debug log holds whole requests, session tokens included
    try:
        base = botocore.session.Session(profile=settings.profile)
        base.get_scoped_config()
    except ProfileNotFound:
        raise ConfigError(
            f"aws.profile: {settings.profile!r} is in no configuration of AWS", hint="see: aws configure list-profiles"
        ) from None
    except BotoCoreError as error:
        raise ConfigError(
            f"the configuration of AWS cannot be read ({type(error).__name__})", hint="mend ~/.aws/config"
        ) from None
    if not settings.roles:
        return [(f"profile {settings.profile}" if settings.profile else "default credentials", _session(base))]
    return [(role, _assumed(base, role, settings)) for role in settings.roles]


def _session(core: botocore.session.Session) -> boto3.Session:
    """With a quick reader of times: the SDK's own takes a fifth of the time of a listing."""
    core.get_component("response_parser_factory").set_parser_defaults(timestamp_parser=moment)
    return boto3.Session(botocore_session=core)


def moment(value: str | float) -> datetime:
    """A time as services write it; in the forms of S3's listings and of HTTP headers it is read at once."""
    if isinstance(value, str):
        try:
            at = datetime.fromisoformat(value) if value[10:11] == "T" else parsedate_to_datetime(value)
        except ValueError:
            pass
        else:
            return at.replace(tzinfo=UTC) if at.tzinfo is None else at
    found: datetime = parse_timestamp(value)  # type: ignore[arg-type]  # its own annotation knows texts only
    return found


def _assumed(base: botocore.session.Session, role: str, settings: AwsSettings) -> boto3.Session:
    """Credentials of the role are asked for when the first call needs them, and again before they expire."""
    session = botocore.session.Session(profile=settings.profile)
    asked = {"RoleSessionName": _SESSION_NAME}
    if settings.external_id:
        asked["ExternalId"] = settings.external_id
    region = session.get_config_variable("region") or next(iter(settings.regions), "us-east-1")

    def refreshed() -> dict[str, Any]:
        source = base.get_credentials()
        if source is None:
            raise CredentialsError(
                f"no credentials for AWS to assume {role} with", hint="try: aws sts get-caller-identity"
            )
        fetcher = AssumeRoleCredentialFetcher(_creator(base, region), source, role, asked)
        found: dict[str, Any] = fetcher.fetch_credentials()
        return found

    # The SDK's own way is a profile in a file. `set_credentials` sets this attribute, for keys that do not expire.
    vars(session)["_credentials"] = DeferredRefreshableCredentials(refreshed, "assume-role")
    return _session(session)


def _creator(base: botocore.session.Session, region: str) -> Callable[..., Any]:
    def create(service: str, **credentials: Any) -> Any:
        client = base.create_client(service, region_name=region, **credentials)
        check(client.meta.endpoint_url, "the endpoint of sts")
        return client

    return create
