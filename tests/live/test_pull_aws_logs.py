"""Invocation logs of a live account: which objects are found, and that they come whole."""

from __future__ import annotations

import gzip
import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from tests.live.aws_service import ACCOUNT
from tests.live.aws_world import BUCKET, GROUP, feeds, nothing, record, root, window

if TYPE_CHECKING:
    from tests.live.aws_world import World

TEN = datetime(2026, 11, 20, 10, tzinfo=UTC)
DAY = window("2026-11-20", "2026-11-21")


def test_objects_come_from_the_hours_of_the_window_and_around_it(aws: World) -> None:
    aws.log_to(s3=True)
    hours = [datetime(2026, 11, day, hour, tzinfo=UTC) for day, hour in [(19, 22), (19, 23), (20, 0), (20, 23)]]
    after = [datetime(2026, 11, 21, hour, tzinfo=UTC) for hour in (2, 3)]
    keys = [aws.deliver(hour, record(f"{hour}")) for hour in (*hours, *after)]
    (feed,) = feeds(aws.cloud(), "logs", DAY)
    assert feed.name == f"aws.invocation_logs s3://{BUCKET}/{root()}"
    found = list(feed.objects(DAY, nothing))
    assert [each.uri for each in found] == [f"s3://{BUCKET}/{key}" for key in keys[1:-1]]
    assert [each.path for each in found] == [f"aws/s3/{BUCKET}/{key}" for key in keys[1:-1]]
    assert all(each.identity.endswith(f"-{each.size_bytes}") for each in found)
    assert json.loads(gzip.decompress(aws.fetched(found[0]))) == record(f"{hours[1]}")


def test_side_cars_are_not_even_listed(aws: World) -> None:
    aws.log_to(s3=True)
    key = aws.deliver(TEN, record("one"))
    for number in range(3):
        aws.put(f"{root()}2026/11/20/10/data/one_{number}_input.json.gz", b"body")
    aws.put("bl/amazon-bedrock-logs-permission-check", b"")
    aws.put(f"{root()}2026/11/20/10/amazon-bedrock-logs-permission-check", b"")
    (feed,) = feeds(aws.cloud(), "logs", DAY)
    assert [each.uri for each in feed.objects(DAY, nothing)] == [f"s3://{BUCKET}/{key}"]
    listed = aws.service.calls("ListObjectsV2")
    assert all("delimiter=/" in each.asked for each in listed)
    assert not any("data" in each.asked for each in listed)
    assert not any("start-after" in each.asked for each in listed)


def test_a_changed_object_has_another_identity(aws: World) -> None:
    aws.log_to(s3=True)
    aws.deliver(TEN, record("one"))
    (feed,) = feeds(aws.cloud(), "logs", DAY)
    (before,) = feed.objects(DAY, nothing)
    aws.deliver(TEN, record("two"))
    (after,) = feed.objects(DAY, nothing)
    assert before.uri == after.uri
    assert before.identity != after.identity


def test_s3_is_taken_where_both_are_on(aws: World) -> None:
    aws.log_to(s3=True, group=True)
    aws.log_to("eu-west-1", group=True)
    found = feeds(aws.cloud(regions=["us-east-1", "eu-west-1", "eu-north-1"]), "logs", DAY)
    assert [each.name.split()[1].split(":")[0] for each in found] == ["s3", "cloudwatch-logs"]


def test_what_the_settings_name_is_taken_and_nothing_else(aws: World) -> None:
    aws.log_to(s3=True)
    aws.deliver(TEN, record("one"))
    aws.deliver(TEN, record("two", region="eu-west-1"), region="eu-west-1")
    for place in (f"s3://{BUCKET}/bl", f"s3://{BUCKET}/bl/AWSLogs/", f"s3://{BUCKET}/{root()}"):
        (feed,) = feeds(aws.cloud(logs=[place]), "logs", DAY)
        assert len(list(feed.objects(DAY, nothing))) == 1
    assert len(feeds(aws.cloud(logs=[f"s3://{BUCKET}/bl"], regions=[]), "logs", DAY)) == 2
    group = f"arn:aws:logs:us-east-1:{ACCOUNT}:log-group:{GROUP}"
    both = feeds(aws.cloud(logs=[f"s3://{BUCKET}/bl", group]), "logs", DAY)
    assert len(both) == 2
    assert aws.service.calls("GetModelInvocationLoggingConfiguration") == []


def fill(aws: World, *events: tuple[datetime, str], stream: str = "aws/bedrock/modelinvocations") -> None:
    logs = aws.client("logs")
    if not logs.describe_log_groups()["logGroups"]:
        logs.create_log_group(logGroupName=GROUP)
    logs.create_log_stream(logGroupName=GROUP, logStreamName=stream)
    logs.put_log_events(
        logGroupName=GROUP,
        logStreamName=stream,
        logEvents=[{"timestamp": round(at.timestamp() * 1000), "message": text} for at, text in events],
    )


def test_a_log_group_gives_a_document_a_day(aws: World) -> None:
    aws.log_to(group=True)
    records = [(TEN + timedelta(hours=number), json.dumps(record(f"{number}"))) for number in range(20)]
    fill(aws, *records)
    fill(aws, (TEN, json.dumps(record("other"))), stream="another/stream")
    (feed,) = feeds(aws.cloud(), "logs", DAY)
    over = window("2026-11-20T12:00:00", "2026-11-21T08:00:00")
    first, second = feed.objects(over, nothing)
    assert first.uri == f"cloudwatch-logs://{ACCOUNT}/us-east-1/{GROUP}/2026-11-20"
    assert [first.identity, first.final, second.final] == ["", False, False]
    assert aws.fetched(first).decode().splitlines() == [text for at, text in records if at.day == 20]
    assert aws.fetched(second).decode().splitlines() == [text for at, text in records if at.day == 21]
    aws.now += timedelta(days=3)
    assert [each.final for each in feed.objects(over, nothing)] == [True, False]


def test_a_message_of_several_lines_stays_one_record(aws: World) -> None:
    aws.log_to(group=True)
    fill(aws, (TEN, json.dumps(record("pretty"), indent=1)), (TEN, json.dumps(record("plain"))))
    (feed,) = feeds(aws.cloud(), "logs", DAY)
    (item,) = feed.objects(DAY, nothing)
    pretty, plain = aws.fetched(item).decode().splitlines()
    assert json.loads(json.loads(pretty)["message"]) == record("pretty")
    assert json.loads(plain) == record("plain")
