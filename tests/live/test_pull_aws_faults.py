"""When services misbehave: what passes is waited out, what does not is an error that names no secret."""

from __future__ import annotations

import logging
import re
import ssl
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
from tests.live.aws_service import cut_off, refusal, s3_refusal
from tests.live.aws_world import GROUP, NOVA, feeds, nothing, record, window
from werkzeug import Response

from tokenaudit.errors import ConfigError, CredentialsError, ServiceError, TokenauditError
from tokenaudit.model.pulling import Failure
from tokenaudit.providers.aws.client import downloads

if TYPE_CHECKING:
    from pathlib import Path

    from tests.live.aws_world import World

    from tokenaudit.model.pulling import RemoteObject

TEN = datetime(2026, 11, 20, 10, tzinfo=UTC)
DAY = window("2026-11-20", "2026-11-21")
SECRETS = ("wJalrXUtnFEMI-K7MDENG-planted", "planted-session-token", "planted-external-id", "planted-password")


@pytest.fixture(autouse=True)
def short_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(downloads, "FIRST_WAIT_S", 0.01)


def only_object(aws: World, **settings: Any) -> RemoteObject:
    aws.log_to(s3=True)
    aws.deliver(TEN, record("one"))
    (feed,) = feeds(aws.cloud(**settings), "logs", DAY)
    (item,) = feed.objects(DAY, nothing)
    return item


def left(aws: World) -> list[Path]:
    return [path for path in aws.folder.rglob("*") if path.is_file()]


@pytest.mark.parametrize(
    "odd",
    [
        lambda: s3_refusal("SlowDown", 503),
        lambda: s3_refusal("InternalError", 500),
        lambda: Response("<html>bad gateway</html>", 502),
        cut_off,
    ],
    ids=["throttled", "failed", "gateway", "cut off"],
)
def test_what_passes_is_waited_out(aws: World, odd: Any) -> None:
    item = only_object(aws)
    aws.service.odd["GetObject"] = [odd]
    content = aws.fetched(item)
    assert len(content) == item.size_bytes
    assert len(aws.service.calls("GetObject")) == 2


@pytest.mark.parametrize(
    ("odd", "said"),
    [
        (lambda: s3_refusal("SlowDown", 503), "throttled (SlowDown, 2 attempts)"),
        (lambda: s3_refusal("InternalError", 500), "the service failed (InternalError, 2 attempts)"),
        (cut_off, "the answer was cut off (2 attempts)"),
        (lambda: Response(b"short"), "the answer was cut off (2 attempts)"),
        (lambda: s3_refusal("PreconditionFailed", 412), "the object changed while it was fetched"),
        (lambda: s3_refusal("NoSuchKey", 404), "not there (NoSuchKey)"),
    ],
)
@pytest.mark.parametrize("small_bytes", [1000, 1], ids=["in memory", "in chunks"])
def test_what_does_not_pass_leaves_no_file(
    aws: World, odd: Any, said: str, small_bytes: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(downloads, "SMALL_BYTES", small_bytes)
    item = only_object(aws, attempts=2)
    aws.service.always["GetObject"] = odd
    with pytest.raises(ServiceError, match=re.escape(said)):
        aws.fetched(item)
    assert left(aws) == []
    assert len(aws.service.calls("GetObject")) <= 2


@pytest.mark.parametrize("body", [b"\xe9 the proxy is not amused", b"<html>"])
def test_an_answer_of_something_in_between_is_no_bug_of_ours(aws: World, body: bytes) -> None:
    aws.service.always["ListExports"] = lambda: Response(body, 502)
    (failure,) = aws.cloud(attempts=1).feeds(["costs"], DAY)
    assert isinstance(failure, Failure)
    assert isinstance(failure.error, ServiceError)


@pytest.mark.parametrize("code", ["ExpiredToken", "InvalidAccessKeyId", "AccessDenied"])
def test_refused_credentials_are_not_tried_again(aws: World, code: str) -> None:
    item = only_object(aws)
    aws.service.always["GetObject"] = lambda: s3_refusal(code, 403)
    with pytest.raises(CredentialsError, match=code) as failed:
        aws.fetched(item)
    assert failed.value.exit_code == 4
    assert len(aws.service.calls("GetObject")) == 1
    if code == "AccessDenied":
        assert "s3:GetObject" in failed.value.hint
        assert "kms:Decrypt" in failed.value.hint


def test_an_object_that_changes_before_it_is_fetched_is_not_taken(aws: World) -> None:
    item = only_object(aws)
    aws.deliver(TEN, record("another"))
    with pytest.raises(ServiceError, match="changed"):
        aws.fetched(item)
    assert left(aws) == []


def test_a_large_object_comes_in_parts_and_a_broken_part_comes_again(
    aws: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(downloads, "SMALL_BYTES", 50)
    monkeypatch.setattr(downloads, "PART_BYTES", 100)
    aws.log_to(s3=True)
    aws.deliver(TEN, *(record(f"{number * 7919}") for number in range(300)))
    (feed,) = feeds(aws.cloud(), "logs", DAY)
    (item,) = feed.objects(DAY, nothing)
    aws.service.odd["GetObject"] = [lambda: cut_off(100)]
    content = aws.fetched(item)
    assert (
        content
        == aws.client("s3").get_object(Bucket="audit-logs", Key=item.uri[len("s3://audit-logs/") :])["Body"].read()
    )
    assert len(aws.service.calls("GetObject")) == -(-item.size_bytes // 100) + 1


def test_first_connections_at_once_load_certificates_one_after_the_other(
    aws: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else the list of where they come from is spoilt now and then, and the process ends when it is freed."""
    load, loads = ssl.SSLContext.load_verify_locations, list[ssl.SSLContext]()
    at_work, at_once = set[ssl.SSLContext](), set[ssl.SSLContext]()

    def slow(context: ssl.SSLContext, *arguments: Any) -> None:
        loads.append(context)
        if context in at_work:
            at_once.add(context)
        at_work.add(context)
        time.sleep(0.05)
        load(context, *arguments)
        at_work.discard(context)

    monkeypatch.setattr(ssl.SSLContext, "load_verify_locations", slow)
    aws.log_to(s3=True)
    for number in range(8):
        aws.deliver(TEN, record(f"r{number}"), number=number)
    (feed,) = feeds(aws.cloud(), "logs", DAY)
    items = list(feed.objects(DAY, nothing))
    aws.fetched(items[0])  # the rest goes by the shortest way, over connections of its own
    with ThreadPoolExecutor(8) as threads:
        assert len(list(threads.map(aws.fetched, items))) == 8
    assert not at_once
    assert set(Counter(loads).values()) == {1}


def test_a_slow_service_is_given_up(aws: World) -> None:
    item = only_object(aws, attempts=2, timeout_s=0.3)

    def slow() -> Response:
        aws.service.over.wait(5)
        return Response(b"")

    aws.service.always["GetObject"] = slow
    with pytest.raises(ServiceError, match=r"no answer in time \(2 attempts\)"):
        aws.fetched(item)
    assert len(aws.service.calls("GetObject")) == 2


def test_a_page_that_comes_again_ends(aws: World) -> None:
    aws.log_to(group=True)
    (feed,) = feeds(aws.cloud(), "logs", DAY)
    (item,) = feed.objects(DAY, nothing)
    aws.service.handlers["logs", "FilterLogEvents"] = lambda _region, _asked: {"events": [], "nextToken": "again"}
    with pytest.raises(ServiceError, match=rf"FilterLogEvents of {GROUP} .*: the same page came again"):
        aws.fetched(item)
    assert len(aws.service.calls("FilterLogEvents")) == 2
    assert left(aws) == []


def test_empty_pages_are_no_end(aws: World) -> None:
    aws.log_to(group=True)
    (feed,) = feeds(aws.cloud(), "logs", DAY)
    (item,) = feed.objects(DAY, nothing)
    at = round(TEN.timestamp() * 1000)
    pages: dict[str | None, dict[str, Any]] = {
        None: {"events": [], "nextToken": "a"},
        "a": {"events": [{"timestamp": at, "message": "{}"}], "nextToken": "b"},
        "b": {"events": [], "nextToken": "c"},
        "c": {"events": [{"timestamp": at, "message": '{"a":1}'}]},
    }
    aws.service.handlers["logs", "FilterLogEvents"] = lambda _region, asked: pages[asked.get("nextToken")]
    assert aws.fetched(item) == b'{}\n{"a":1}\n'


def test_throttled_questions_are_asked_again(aws: World) -> None:
    aws.metrics.put("us-east-1", "Invocations", TEN, 1, ModelId=NOVA)
    aws.service.odd["ListMetrics"] = [lambda: refusal("ThrottlingException")]
    aws.service.odd["ListExports"] = [lambda: refusal("ThrottlingException", 400)] * 2
    found = list(aws.cloud().feeds(["metrics", "costs"], DAY))
    assert [each.kind for each in found if not isinstance(each, Failure)] == ["metrics", "costs"]
    assert len(aws.service.calls("ListExports")) == 3


def test_one_source_that_fails_does_not_stop_the_others(aws: World) -> None:
    aws.log_to(s3=True)
    aws.service.always["ListExports"] = lambda: refusal("AccessDeniedException")
    aws.service.always["ListMetrics"] = lambda: refusal("InternalFailure", 500)
    found = list(aws.cloud(attempts=1).feeds(["logs", "metrics", "costs"], DAY))
    failures = [each for each in found if isinstance(each, Failure)]
    assert [(each.kind, type(each.error)) for each in failures] == [
        ("metrics", ServiceError),
        ("costs", failures[1].error.__class__),
    ]
    assert isinstance(failures[1].error, CredentialsError)
    assert "bcm-data-exports:ListExports" in failures[1].error.hint
    assert aws.service.calls("GetCostAndUsage") == []
    assert len(found) == 3


def test_a_region_that_is_closed_is_passed_over_unless_it_was_named(aws: World) -> None:
    aws.log_to(s3=True)
    closed = "eu-south-1"
    aws.service.closed.add(closed)
    aws.service.handlers["bedrock", "GetModelInvocationLoggingConfiguration"] = lambda _region, _asked: {
        "loggingConfig": {"s3Config": {"bucketName": "audit-logs", "keyPrefix": "bl"}}
    }
    assert len(feeds(aws.cloud(regions=[]), "logs", DAY)) == 32
    found = list(aws.cloud(regions=["us-east-1", closed]).feeds(["logs"], DAY))
    (failure,) = [each for each in found if isinstance(each, Failure)]
    assert failure.name.endswith(f"/{closed}")
    assert isinstance(failure.error, CredentialsError)


@pytest.mark.parametrize("code", ["ExpiredToken", "InvalidClientTokenId"])
def test_expired_credentials_end_the_pull(aws: World, code: str) -> None:
    body = f"<ErrorResponse><Error><Type>Sender</Type><Code>{code}</Code><Message>no</Message></Error></ErrorResponse>"
    aws.service.always["GetCallerIdentity"] = lambda: Response(body, 403, content_type="text/xml")
    with pytest.raises(CredentialsError) as failed:
        list(aws.cloud(regions=[]).feeds(["logs", "costs"], DAY))
    assert failed.value.exit_code == 4
    assert [each.operation for each in aws.service.called] == ["GetCallerIdentity"]


def test_no_credentials_at_all(aws: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    with pytest.raises(CredentialsError, match="no credentials"):
        list(aws.cloud().feeds(["logs"], DAY))


@pytest.mark.parametrize(
    ("variable", "url"),
    [
        ("AWS_ENDPOINT_URL", "http://aws.example:8080"),
        ("AWS_ENDPOINT_URL_S3", "http://10.0.0.1"),
        ("AWS_ENDPOINT_URL_LOGS", "https://user:planted-password@aws.example"),
        ("AWS_ENDPOINT_URL_STS", "planted-password"),
    ],
)
def test_an_endpoint_without_encryption_is_refused(
    aws: World, monkeypatch: pytest.MonkeyPatch, variable: str, url: str
) -> None:
    monkeypatch.setenv(variable, url)
    with pytest.raises(ConfigError, match=variable) as failed:
        aws.cloud()
    assert "planted-password" not in str(failed.value) + failed.value.hint


def test_an_endpoint_of_a_profile_is_refused_too(aws: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AWS_ENDPOINT_URL")
    config = aws.folder.parent / "config"
    config.write_text("[profile audit]\nregion = us-east-1\nendpoint_url = http://aws.example\n")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(config))
    with pytest.raises(ConfigError, match="endpoint of sts"):
        list(aws.cloud(profile="audit").feeds(["logs"], DAY))
    with pytest.raises(ConfigError, match="no-such-profile"):
        aws.cloud(profile="no-such-profile")


def test_nothing_secret_is_said(aws: World, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", SECRETS[0])
    monkeypatch.setenv("AWS_SESSION_TOKEN", SECRETS[1])
    cloud = aws.cloud(attempts=1, external_id=SECRETS[2], roles=["arn:aws:iam::123456789012:role/audit"])
    text = f"the request with {SECRETS[0]} and {SECRETS[1]}"
    said = []
    aws.log_to(s3=True)
    aws.service.always["ListExports"] = lambda: refusal(f"Odd {SECRETS[3]}", 400, text)
    aws.service.always["ListObjectsV2"] = lambda: s3_refusal(text, 400)
    with caplog.at_level(logging.DEBUG):
        for each in cloud.feeds(["logs", "metrics", "costs"], DAY):
            try:
                said += [f"{each}"]
                if isinstance(each, Failure):
                    raise each.error
                list(each.objects(DAY, nothing))
            except TokenauditError as error:
                said += [str(error), error.hint, repr(error), f"{error.__cause__}{error.__suppress_context__}"]
        said += [f"{each}" for each in cloud.examine()]
    ours = [entry.getMessage() for entry in caplog.records if not entry.name.startswith(("werkzeug", "pytest"))]
    everything = "\n".join([*said, *ours, *aws.said])
    assert len(said) > 5
    assert [secret for secret in SECRETS[:3] if secret in everything] == []
