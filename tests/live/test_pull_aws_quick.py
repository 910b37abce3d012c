"""The shortest way to small objects: it gives the same bytes, and leaves what goes wrong to the SDK."""

from __future__ import annotations

import contextlib
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from botocore.awsrequest import AWSResponse
from botocore.compat import HTTPHeaders
from tests.live.aws_service import cut_off, s3_refusal
from tests.live.aws_world import BUCKET, REGION, feeds, nothing, record, window

from tokenaudit.errors import ServiceError
from tokenaudit.providers.aws.client.quick import address, way

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.live.aws_world import World
    from werkzeug import Response

    from tokenaudit.model.pulling import RemoteObject

DAY = window("2026-11-20", "2026-11-21")
COUNT = 6


@pytest.fixture
def items(aws: World) -> list[RemoteObject]:
    """Objects of one hour."""
    aws.log_to(s3=True)
    for number in range(COUNT):
        aws.deliver(aws.now - timedelta(days=1), record(f"r{number}"), number=number)
    (feed,) = feeds(aws.cloud(), "logs", DAY)
    return list(feed.objects(DAY, nothing))


def agents(aws: World) -> list[bool]:
    """For each object that was asked for, whether the SDK asked."""
    return [b"Boto3" in each for each in aws.service.agents]


def contents(aws: World, items: list[RemoteObject]) -> list[bytes]:
    return [aws.fetched(each) for each in items]


def stored(aws: World, items: list[RemoteObject]) -> list[bytes]:
    client = aws.client("s3")
    keys = [each.uri.removeprefix(f"s3://{BUCKET}/") for each in items]
    return [client.get_object(Bucket=BUCKET, Key=key)["Body"].read() for key in keys]


def test_the_sdk_goes_first_and_the_others_follow_the_shortest_way(aws: World, items: list[RemoteObject]) -> None:
    assert contents(aws, items) == stored(aws, items)
    assert agents(aws) == [True] + [False] * (COUNT - 1)


@pytest.mark.parametrize(
    ("odd", "again"),
    [
        (lambda: s3_refusal("SlowDown", 503), 1),
        (lambda: s3_refusal("InternalError", 500), 1),
        (cut_off, 1),
        (lambda: s3_refusal("AuthorizationHeaderMalformed", 400), 0),
        (lambda: s3_refusal("SignatureDoesNotMatch", 403), 0),
        (lambda: s3_refusal("PermanentRedirect", 301), 0),
    ],
    ids=["busy", "broken", "cut", "malformed", "signature", "redirect"],
)
def test_what_goes_wrong_there_is_left_to_the_sdk(
    aws: World, items: list[RemoteObject], odd: Callable[[], Response], again: int
) -> None:
    first = contents(aws, items[:2])
    aws.service.odd["GetObject"] = [odd]
    assert first + contents(aws, items[2:]) == stored(aws, items)
    rest = [False] * (COUNT - 3) if again else [True] * (COUNT - 3)
    assert agents(aws) == [True, False, False, True, *rest]


def test_an_object_that_changed_since_it_was_listed_is_not_taken(aws: World, items: list[RemoteObject]) -> None:
    contents(aws, items[:2])
    aws.put(items[2].uri.removeprefix(f"s3://{BUCKET}/"), b"x" * items[2].size_bytes)
    with pytest.raises(ServiceError):
        aws.fetched(items[2])


@pytest.mark.parametrize("name", ["plain", "a b+c~d", "\u00e9 \u00fc", "x=1&y=%2F", "(1)*'!"])
def test_a_key_with_odd_signs_has_the_address_that_the_sdk_gives_it(aws: World, name: str) -> None:
    client = boto3.client("s3", region_name=REGION)
    sent: list[Any] = []

    def noted(request: Any, **_: Any) -> AWSResponse:
        sent.append(request)
        return AWSResponse(request.url, 200, HTTPHeaders(), None)

    client.meta.events.register("before-send.s3.GetObject", noted)
    with contextlib.suppress(Exception):  # that answer is none
        client.get_object(Bucket=BUCKET, Key=f"logs/{name}.json.gz")
    del aws
    found = way(client, BUCKET)
    assert found is not None
    assert sent[0].url == address(found[0], f"logs/{name}.json.gz")
    assert f"/{found[1]}/s3/aws4_request" in sent[0].headers["Authorization"].decode()


@pytest.mark.parametrize("bucket", ["fast--use1-az4--x-s3", "arn:aws:s3:us-east-1:123456789012:accesspoint/audit"])
def test_buckets_with_rules_of_their_own_are_left_to_the_sdk(aws: World, bucket: str) -> None:
    del aws
    assert way(boto3.client("s3", region_name=REGION), bucket) is None


def test_where_a_proxy_stands_between_the_sdk_goes(aws: World, monkeypatch: pytest.MonkeyPatch) -> None:
    del aws
    monkeypatch.delenv("NO_PROXY")
    monkeypatch.setenv("HTTPS_PROXY", "http://proxy.example:3128")
    monkeypatch.setenv("AWS_ENDPOINT_URL", "https://s3.us-east-1.amazonaws.com")
    assert way(boto3.client("s3", region_name=REGION), BUCKET) is None
