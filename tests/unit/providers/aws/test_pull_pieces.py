"""The pure pieces of a pull: paths, times, questions, money, batches."""

from __future__ import annotations

import json
import threading
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tokenaudit.errors import ConfigError, ServiceError, UsageError
from tokenaudit.model.pulling import Manners
from tokenaudit.providers.aws.client.endpoints import check
from tokenaudit.providers.aws.pull.ahead import answers
from tokenaudit.providers.aws.pull.batch import Batch
from tokenaudit.providers.aws.pull.log_groups import line_of
from tokenaudit.providers.aws.pull.metric_questions import Answered, Asked, Listed, calls, document
from tokenaudit.providers.aws.pull.places import mirror_path, s3_path
from tokenaudit.providers.aws.pull.s3_logs import root_of
from tokenaudit.providers.aws.pull.spending import Purse
from tokenaudit.providers.aws.pull.times import days, months, next_month
from tokenaudit.providers.aws.settings import AwsSettings, BucketPlace, LogGroupPlace, settings_of

if TYPE_CHECKING:
    from collections.abc import Mapping

SERIES = Listed("AWS/Bedrock", "Invocations", (("ModelId", "amazon.nova-pro-v1:0"),))
START = datetime(2026, 11, 20, tzinfo=UTC)

# --- places ---------------------------------------------------------------------------------------------------------


@given(st.lists(st.text(max_size=300), min_size=1, max_size=4))
def test_a_path_in_the_mirror_leads_nowhere_else(parts: list[str]) -> None:
    path = mirror_path(*parts)
    names = PurePosixPath(path).parts
    assert names[0] == "aws"
    assert len(names) == len(parts) + 1
    assert not [name for name in names if name.startswith(".") or len(name.encode()) > 255]
    assert path.isascii()
    assert path.isprintable()


@given(st.text(max_size=300), st.text(max_size=300))
def test_two_names_have_two_paths(one: str, other: str) -> None:
    assert (mirror_path(one) == mirror_path(other)) == (one == other)


def test_ordinary_keys_stay_as_they_are() -> None:
    key = "exports/audit/data/BILLING_PERIOD=2026-10/20261101T000000Z-a_b/audit-00001.snappy.parquet"
    assert s3_path("bucket.name", key) == f"aws/s3/bucket.name/{key}"


def test_a_prefix_may_be_empty() -> None:
    assert root_of("", "1", "r") == "AWSLogs/1/BedrockModelInvocationLogs/r/"
    assert root_of("a/b", "1", "") == "a/b/AWSLogs/1/BedrockModelInvocationLogs/"


# --- times ----------------------------------------------------------------------------------------------------------


@given(st.dates(date(2020, 1, 1), date(2060, 1, 1)), st.integers(0, 100))
def test_days_and_months_cover_a_window_without_a_gap(first: date, length: int) -> None:
    since = datetime(first.year, first.month, first.day, 13, tzinfo=UTC)
    until = since + timedelta(days=length, hours=1)
    found = list(days(since, until))
    assert found[0] == first
    assert found[-1] == (until - timedelta(microseconds=1)).date()
    assert len(found) == (found[-1] - found[0]).days + 1
    assert list(months(since, until)) == sorted({each.replace(day=1) for each in found})
    assert next_month(first.replace(day=1)).day == 1


# --- questions ------------------------------------------------------------------------------------------------------


@given(st.integers(1, 1300), st.sampled_from([3600, 86400, 30 * 86400]), st.integers(1, 455))
def test_a_call_asks_for_no_more_than_it_may(count: int, period_s: int, length: int) -> None:
    asked = [Asked(SERIES, f"p{number}", period_s) for number in range(count)]
    shares = list(calls(asked, timedelta(days=length)))
    assert [each for share in shares for each in share] == asked
    assert max(len(share) for share in shares) <= 500
    points = max(1, length * 86400 // period_s)
    assert all(len(share) * points <= 100_800 or len(share) == 1 for share in shares)


def test_a_document_holds_whole_periods_that_begin_in_it() -> None:
    asked = Asked(SERIES, "Sum", 3600)
    points = {START + timedelta(hours=hour): float(hour) for hour in range(-1, 26)}
    found = document("1", "r", {asked: Answered(points)}, START, START + timedelta(hours=10, minutes=30))
    (result,) = found["MetricDataResults"]
    assert result["Values"] == [float(hour) for hour in range(10)]
    (query,) = found["MetricDataQueries"]
    assert query["MetricStat"]["Metric"]["Namespace"] == "AWS/Bedrock"


def test_series_without_points_are_left_out_unless_the_service_failed_them() -> None:
    asked = {
        Asked(SERIES, stat, 3600): Answered({}, status) for stat, status in (("Sum", "Complete"), ("p50", "Forbidden"))
    }
    found = document("1", "r", asked, START, START + timedelta(days=1))
    assert [each["StatusCode"] for each in found["MetricDataResults"]] == ["Forbidden"]


def test_times_of_an_answer_are_utc_whatever_its_clothes() -> None:
    answered = Answered({})
    east = START.astimezone(datetime.strptime("+0900", "%z").tzinfo)
    answered.add({"Timestamps": [east], "Values": [1.0], "StatusCode": "PartialData"})
    answered.add({"Timestamps": [START + timedelta(hours=1)], "Values": [2.0], "StatusCode": "Complete"})
    assert answered == Answered({START: 1.0, START + timedelta(hours=1): 2.0})


@pytest.mark.parametrize("message", ['{"a":\n1}', "no JSON", "", '{"a":1}\r'])
def test_a_message_is_one_line_of_json_in_the_end(message: str) -> None:
    line = line_of({"message": message})
    assert "\n" not in line
    assert json.loads(line) == {"message": message}


# --- money ----------------------------------------------------------------------------------------------------------


def purse(limit: str, said: list[str]) -> Purse:
    return Purse(Manners(clock=lambda: START, notify=said.append, api_cost_usd=Decimal(limit)))


def test_what_is_spent_adds_up_and_what_is_refused_is_not_spent() -> None:
    said: list[str] = []
    mine = purse("0.03", said)
    mine.announce("a question", Decimal("0.01"))
    assert said == ["a question: about $0.0100 (at most $0.03 in this run)"]
    mine.spend("one", Decimal("0.02"))
    with pytest.raises(UsageError, match=r"two would bring the cost of calls to \$0.0400") as failed:
        mine.spend("two", Decimal("0.02"))
    assert "--max-api-cost 0.04" in failed.value.hint
    with pytest.raises(UsageError):
        mine.announce("two", Decimal("0.02"))
    mine.spend("three", Decimal("0.01"))


def test_many_threads_do_not_spend_more_than_there_is() -> None:
    mine = purse("0.10", [])
    spent = []

    def spend() -> None:
        for _ in range(10):
            try:
                mine.spend("one", Decimal("0.01"))
                spent.append(1)
            except UsageError:
                pass

    threads = [threading.Thread(target=spend) for _ in range(4)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert len(spent) == 10


# --- batches --------------------------------------------------------------------------------------------------------


def test_a_batch_asks_once_and_hands_out_day_by_day(tmp_path: Path) -> None:
    asked: list[tuple[date, ...]] = []

    def ask(wanted: tuple[date, ...]) -> Mapping[date, Any]:
        asked.append(wanted)
        return {each: {"day": each.day} for each in wanted}

    wanted = tuple(date(2026, 11, day) for day in (1, 2, 3))
    batch = Batch(ask, wanted)
    for day in wanted:
        batch.fetch(day, tmp_path / f"{day}")
    assert asked == [wanted]
    assert [json.loads((tmp_path / f"{day}").read_text())["day"] for day in wanted] == [1, 2, 3]


def test_a_question_that_fails_is_not_asked_again_for_each_day(tmp_path: Path) -> None:
    asked = []

    def ask(wanted: tuple[date, ...]) -> Mapping[date, Any]:
        asked.append(wanted)
        raise ServiceError("down", hint="later")

    batch = Batch(ask, [date(2026, 11, 1)])
    for _ in range(2):
        with pytest.raises(ServiceError, match="down"):
            batch.fetch(date(2026, 11, 1), tmp_path / "x")
    assert len(asked) == 1
    assert list(tmp_path.iterdir()) == []


def test_answers_come_in_order_and_a_failure_in_its_turn() -> None:
    def ask(number: int) -> int:
        if number == 30:
            raise ServiceError("thirty", hint="")
        return number * number

    came: list[tuple[int, int]] = []
    with pytest.raises(ServiceError, match="thirty"):
        came.extend(answers(ask, range(100), at_once=3))
    assert came == [(number, number * number) for number in range(30)]


# --- settings and endpoints -----------------------------------------------------------------------------------------


def test_the_table_is_understood() -> None:
    table = {
        "profile": "audit",
        "regions": ["us-gov-west-1", "eu-west-1", "eu-west-1"],
        "roles": ["arn:aws:iam::111122223333:role/path/audit"],
        "logs": ["s3://a-bucket/b/c/", "arn:aws:logs:eu-west-1:111122223333:log-group:/aws/x:*"],
        "exports": ["s3://a-bucket"],
    }
    assert settings_of(table) == AwsSettings(
        profile="audit",
        regions=("us-gov-west-1", "eu-west-1"),
        roles=("arn:aws:iam::111122223333:role/path/audit",),
        logs=(BucketPlace("a-bucket", "b/c"), LogGroupPlace("eu-west-1", "111122223333", "/aws/x")),
        exports=(BucketPlace("a-bucket", ""),),
    )
    assert settings_of({"exports": ["cost-explorer"]}) == AwsSettings(cost_explorer=True)
    assert settings_of({}) == AwsSettings()


@pytest.mark.parametrize("url", ["https://s3.example", "http://127.0.0.1:9000", "http://localhost", "http://[::1]:1/"])
def test_safe_endpoints(url: str) -> None:
    check(url, "X")


@pytest.mark.parametrize(
    "url",
    ["http://s3.example", "ftp://localhost", "https://me:pw@s3.example", "http://localhost@evil/", "", "https://["],
)
def test_other_endpoints(url: str) -> None:
    with pytest.raises(ConfigError, match="X is no https address") as failed:
        check(url, "X")
    assert "pw" not in str(failed.value)
