"""A live account as a whole: the plan against the calls, the inventory, what doctor and init find, and roles."""

from __future__ import annotations

import json
import re
import shlex
import tomllib
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest
from tests.live.aws_service import ACCESS_KEY, ACCOUNT, SECRET_KEY, refusal, s3_refusal
from tests.live.aws_world import BUCKET, NOVA, feeds, nothing, record, root, window
from tests.live.test_pull_aws_costs import put_run
from werkzeug import Response

from tokenaudit.errors import ConfigError, CredentialsError
from tokenaudit.model.pulling import KINDS, Failure, InventoryItem
from tokenaudit.providers.aws.operations import OPERATIONS
from tokenaudit.providers.aws.settings import settings_of

if TYPE_CHECKING:
    from tests.live.aws_world import World

    from tokenaudit.model.pulling import Finding

TEN = datetime(2026, 11, 20, 10, tzinfo=UTC)
DAY = window("2026-11-20", "2026-11-21")
SONNET = "foundation-model/anthropic.claude-sonnet-4-5-20250929-v1:0"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/audit"


def fill(aws: World) -> None:
    """Something of everything."""
    aws.log_to(s3=True)
    aws.deliver(TEN, record("one"))
    aws.log_to("eu-west-1", group=True)
    aws.client("logs", "eu-west-1").create_log_group(logGroupName="/aws/bedrock/invocations")
    aws.metrics.put("us-east-1", "Invocations", TEN, 1, ModelId=NOVA)
    aws.names.profile("abcdefghijkl", f"arn:aws:bedrock:us-east-1::{SONNET}")
    aws.exports.exports["audit"] = ("COST_AND_USAGE_REPORT", BUCKET, "exports")
    put_run(aws, "20261121T000000Z-bbbb", "b")


def test_nothing_is_called_that_was_not_planned(aws: World) -> None:
    fill(aws)
    cloud = aws.cloud(regions=["us-east-1", "eu-west-1"])
    planned = list(cloud.plan(KINDS, DAY))
    assert aws.service.called == []
    for each in cloud.feeds(KINDS, DAY):
        assert not isinstance(each, Failure), each
        for item in each.objects(DAY, nothing):
            aws.fetched(item)
    list(cloud.inventory())
    assert {each.operation for each in aws.service.called} <= {each.operation for each in planned}
    assert {each.operation for each in planned} == {each.name for each in OPERATIONS} - {"AssumeRole"}
    rights = {each.name: each.action or "none needed" for each in OPERATIONS}
    assert all(each.permission == rights[each.operation] for each in planned)
    assert [f"{each.cost_usd}" for each in planned if each.cost_usd] == ["0.01"]


def test_a_plan_is_of_what_is_asked_for_only(aws: World) -> None:
    cloud = aws.cloud(exports=["cost-explorer"], logs=[f"s3://{BUCKET}/bl"], regions=[])
    assert [each.operation for each in cloud.plan(["costs"], DAY)] == ["GetCallerIdentity", "GetCostAndUsage"]
    logs = list(cloud.plan(["logs"], DAY))
    assert [each.operation for each in logs] == ["GetCallerIdentity", "ListObjectsV2", "GetObject"]
    assert logs[1].window is not None
    assert logs[1].window.since == datetime(2026, 11, 19, 23, tzinfo=UTC)
    metrics = list(cloud.plan(["metrics"], DAY))
    assert "33 Regions" in metrics[1].target
    assert aws.service.called == []


# --- inventory ------------------------------------------------------------------------------------------------------


def test_opaque_names_are_told(aws: World) -> None:
    one = aws.names.profile("aaaaaaaaaaaa", f"arn:aws:bedrock:us-east-1::{SONNET}", team="search", env="prod")
    geo = aws.names.profile(
        "bbbbbbbbbbbb", f"arn:aws:bedrock:us-east-1::{SONNET}", f"arn:aws:bedrock:us-west-2::{SONNET}"
    )
    world = aws.names.profile("cccccccccccc", f"arn:aws:bedrock:us-east-1::{SONNET}", f"arn:aws:bedrock:::{SONNET}")
    mixed = aws.names.profile(
        "dddddddddddd", f"arn:aws:bedrock:us-east-1::{SONNET}", f"arn:aws:bedrock:us-east-1::foundation-model/{NOVA}"
    )
    reserved = aws.names.provision("eeeeeeeeeeee", NOVA)
    found = {each.name: each for each in aws.cloud().inventory() if isinstance(each, InventoryItem)}
    assert {name: (each.model, each.scope, each.tier) for name, each in found.items()} == {
        one: ("anthropic/claude-sonnet-4-5", "regional", None),
        geo: ("anthropic/claude-sonnet-4-5", "geo", None),
        world: ("anthropic/claude-sonnet-4-5", "global", None),
        mixed: (None, "regional", None),
        reserved: ("amazon/nova-pro", None, "provisioned"),
    }
    assert {"tag:team": "search", "tag:env": "prod", "region": "us-east-1"}.items() <= found[one].facts.items()
    assert (found[one].match, found[one].account, found[one].version) == ("resource", ACCOUNT, "20250929")
    assert found[reserved].facts["model_units"] == "2"


def test_names_that_may_not_be_read_are_a_failure_and_the_others_come(aws: World) -> None:
    reserved = aws.names.provision("eeeeeeeeeeee", NOVA)
    aws.service.always["ListInferenceProfiles"] = lambda: refusal("AccessDeniedException", 403)
    failure, item = aws.cloud().inventory()
    assert isinstance(failure, Failure)
    assert isinstance(failure.error, CredentialsError)
    assert isinstance(item, InventoryItem)
    assert item.name == reserved


# --- doctor ---------------------------------------------------------------------------------------------------------


def findings(aws: World, **settings: Any) -> list[Finding]:
    return list(aws.cloud(attempts=1, **settings).examine())


def test_a_healthy_account_has_nothing_to_mend(aws: World) -> None:
    fill(aws)
    found = findings(aws)
    assert {each.status for each in found} == {"ok"}
    assert {each.source.split()[0] for each in found} == {
        "aws",
        "aws.invocation_logs",
        "aws.metrics",
        "aws.inventory",
        "aws.cur",
    }
    assert not any(each.fix or each.exit_code for each in found)
    assert len(aws.service.calls("GetObject")) == 2  # a byte of a log, and of a manifest
    assert aws.service.calls("GetCostAndUsage") == []


def test_what_may_be_listed_and_not_read_is_not_permitted(aws: World) -> None:
    fill(aws)
    aws.service.always["GetObject"] = lambda: s3_refusal("AccessDenied", 403)
    logs, bill = [each for each in findings(aws) if each.status == "failed"]
    assert (logs.source.split()[0], bill.source.split()[0]) == ("aws.invocation_logs", "aws.cur")
    for each in (logs, bill):
        assert (each.check, each.exit_code) == ("permitted", 4)
        assert "kms:Decrypt" in each.text
        assert "s3:GetObject" in json.loads(each.fix)["Statement"][0]["Action"]


def test_what_is_off_is_said_with_the_command_that_switches_it_on(aws: World) -> None:
    found = [each for each in findings(aws) if each.status == "off"]
    logs, bills = found
    assert (logs.check, logs.source) == ("switched on", f"aws.invocation_logs {ACCOUNT}/us-east-1")
    words = shlex.split(logs.fix)
    assert words[:3] == ["aws", "bedrock", "put-model-invocation-logging-configuration"]
    assert words[words.index("--region") + 1] == "us-east-1"
    config = json.loads(words[-1])
    assert config["s3Config"]["bucketName"] == "LOG_BUCKET"
    aws.client("bedrock").put_model_invocation_logging_configuration(loggingConfig=config)  # the SDK takes it
    assert "create-export" in bills.fix
    assert json.loads(shlex.split(bills.fix)[-1])["Name"] == "tokenaudit"


def test_bodies_that_are_not_logged_are_warned_of_and_the_rest_is_left_as_it_is(aws: World) -> None:
    aws.log_to(s3=True, group=True, text=False)
    warned = next(each for each in findings(aws) if "bodies" in each.text)
    config = json.loads(shlex.split(warned.fix)[-1])
    assert config["textDataDeliveryEnabled"] is True
    assert config["s3Config"]["bucketName"] == BUCKET
    assert config["cloudWatchConfig"]["logGroupName"] == "/aws/bedrock/invocations"


@pytest.mark.parametrize(
    ("operation", "odd", "action"),
    [
        ("GetModelInvocationLoggingConfiguration", refusal, "bedrock:GetModelInvocationLoggingConfiguration"),
        ("ListObjectsV2", s3_refusal, "s3:ListBucket"),
        ("ListMetrics", refusal, "cloudwatch:ListMetrics"),
        ("ListInferenceProfiles", refusal, "bedrock:ListInferenceProfiles"),
        ("ListExports", refusal, "bcm-data-exports:ListExports"),
    ],
)
def test_what_is_not_permitted_is_said_with_the_policy_that_permits_it(
    aws: World, operation: str, odd: Any, action: str
) -> None:
    fill(aws)
    aws.service.always[operation] = lambda: odd("AccessDenied", 403)
    bad = [each for each in findings(aws) if each.status == "failed"]
    assert bad
    assert {(each.check, each.exit_code) for each in bad} == {("permitted", 4)}
    assert action in json.loads(bad[0].fix)["Statement"][0]["Action"]


def test_credentials_that_are_none_are_said_once(aws: World) -> None:
    """And raised, by all that makes calls: whoever pulls knows then that AWS is not used at all, if nobody named it."""
    aws.service.always["GetCallerIdentity"] = lambda: Response("<ErrorResponse/>", 403, content_type="text/xml")
    cloud = aws.cloud()
    for asking in (cloud.examine, cloud.inventory, partial(cloud.feeds, ["logs"], DAY)):
        with pytest.raises(CredentialsError, match="not permitted") as failed:
            list(asking())
        assert "aws sts get-caller-identity" in failed.value.hint
    assert [each.operation for each in aws.service.called] == ["GetCallerIdentity"]


def test_logs_that_stopped_are_warned_of(aws: World) -> None:
    aws.log_to(s3=True)
    aws.deliver(aws.now - timedelta(days=9), record("old"))
    (found,) = [each for each in findings(aws) if "s3://" in each.source]
    assert (found.check, found.status) == ("covering", "warning")


# --- init -----------------------------------------------------------------------------------------------------------


def test_suggestions_are_toml_and_find_the_same_again(aws: World) -> None:
    fill(aws)
    told = dict(aws.cloud(regions=["us-east-1", "eu-west-1"]).suggest())
    table = tomllib.loads("".join(f"{key} = {value}\n" for key, value in told.items()))
    assert table == {
        "regions": ["eu-west-1", "us-east-1"],
        "logs": [
            f"s3://{BUCKET}/{root().rstrip('/')}",
            f"arn:aws:logs:eu-west-1:{ACCOUNT}:log-group:/aws/bedrock/invocations",
        ],
        "exports": [f"s3://{BUCKET}/exports/audit"],
    }
    settings_of(table)
    for kind in ("logs", "costs"):
        before = {each.name for each in feeds(aws.cloud(regions=["us-east-1", "eu-west-1"]), kind, DAY)}
        assert {each.name for each in feeds(aws.cloud(**table), kind, DAY)} == before


def test_a_list_that_may_not_be_whole_is_not_written_down(aws: World) -> None:
    """It would keep the Region that did not answer this time away from every pull that follows."""
    fill(aws)
    aws.service.odd["GetModelInvocationLoggingConfiguration"] = [lambda: refusal("InternalFailure", 500)]
    told = dict(aws.cloud(attempts=1, regions=["us-east-1", "eu-west-1"]).suggest())
    assert set(told) == {"exports"}


def test_regions_are_found_where_nobody_names_them(aws: World) -> None:
    fill(aws)
    aws.service.closed |= {"me-south-1", "af-south-1"}
    assert dict(aws.cloud(regions=[]).suggest())["regions"] == '["eu-west-1", "us-east-1"]'


def test_another_partition_is_known_by_its_regions(aws: World) -> None:
    list(aws.cloud(regions=["us-gov-west-1"]).feeds(["costs"], DAY))
    assert {each.region for each in aws.service.called} == {"us-gov-west-1"}


# --- roles ----------------------------------------------------------------------------------------------------------


def test_a_role_is_assumed_once_for_all_services(aws: World) -> None:
    fill(aws)
    seen: list[dict[str, Any]] = []
    body = (
        '<AssumeRoleResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><AssumeRoleResult><Credentials>'
        f"<AccessKeyId>{ACCESS_KEY}</AccessKeyId><SecretAccessKey>{SECRET_KEY}</SecretAccessKey>"
        "<SessionToken>token</SessionToken><Expiration>2126-01-01T00:00:00Z</Expiration>"
        "</Credentials></AssumeRoleResult></AssumeRoleResponse>"
    )

    def assumed() -> Response:
        seen.append(aws.service.called[-1].asked)
        return Response(body, content_type="text/xml")

    aws.service.always["AssumeRole"] = assumed
    cloud = aws.cloud(roles=[ROLE], external_id="shared-with-us")
    assert "AssumeRole" in [each.operation for each in cloud.plan(["logs"], DAY)]
    assert len(list(cloud.feeds(["logs", "costs"], DAY))) == 2
    (asked,) = seen
    assert (asked["RoleArn"], asked["ExternalId"]) == (ROLE, "shared-with-us")


def test_a_role_that_may_not_be_assumed_leaves_the_others(aws: World) -> None:
    fill(aws)
    code = "<Type>Sender</Type><Code>AccessDenied</Code><Message>no</Message>"
    denied = f"<ErrorResponse><Error>{code}</Error></ErrorResponse>"
    aws.service.odd["AssumeRole"] = [lambda: Response(denied, 403, content_type="text/xml")]
    other = "arn:aws:iam::444455556666:role/audit"
    found = list(aws.cloud(roles=[other, ROLE]).feeds(["logs"], DAY))
    (failure,) = [each for each in found if isinstance(each, Failure)]
    assert other in failure.name
    assert isinstance(failure.error, CredentialsError)
    assert "sts:AssumeRole" in failure.error.hint
    assert len(found) == 2


@pytest.mark.parametrize(
    ("table", "said"),
    [
        ({"regions": ["Frankfurt"]}, "is no Region"),
        ({"roles": ["audit"]}, "is no ARN of a role"),
        ({"logs": ["bucket/prefix"]}, "is no place"),
        ({"logs": [f"s3://{BUCKET}/x", 3]}, "no list of texts"),
        ({"exports": ["cost-explorer", "s3://exports/x"]}, "twice"),
        ({"profile": 3}, "no text"),
    ],
)
def test_settings_that_cannot_be_meant_are_refused(aws: World, table: dict[str, Any], said: str) -> None:
    with pytest.raises(ConfigError, match=re.escape(said)):
        aws.cloud(**table)
