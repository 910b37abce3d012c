"""What a user of both clouds sees: exit codes, what the doctor says and mends, and nothing that opens a door."""

from __future__ import annotations

import json
import shlex
import signal
import subprocess
import time
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

import botocore.session
import pytest
from botocore.validate import ParamValidator
from tests.live.aws_service import ACCESS_KEY, SECRET_KEY, refusal, s3_refusal
from tests.live.azure.answers import error
from tests.live.azure.resources import CLIENT_SECRET, SIGNATURE, SUBSCRIPTION
from tests.live.both.conftest import SINCE, tables

if TYPE_CHECKING:
    from tests.live.both.conftest import Clouds

WEEK = ("--since", "2026-10-30")
OF_AWS = (
    "GetModelInvocationLoggingConfiguration",
    "ListMetrics",
    "ListInferenceProfiles",
    "ListProvisionedModelThroughputs",
    "ListExports",
    "DescribeReportDefinitions",
)
OF_AZURE = ("/accounts", "/service", "/diagnosticSettings", "/exports", "/metric", "/query", "/storageAccounts")
SESSION_TOKEN = "FwoGZXIvYXdzEXAMPLESESSIONTOKEN1234567890"  # of nobody  # noqa: S105


def shut(clouds: Clouds) -> None:
    """Whoever we are may sign in, and nothing else."""
    for operation in OF_AWS:
        clouds.aws.service.always[operation] = lambda: refusal("AccessDeniedException", 403)
    for operation in ("ListObjectsV2", "GetObject"):
        clouds.aws.service.always[operation] = lambda: s3_refusal("AccessDenied", 403)
    for part in OF_AZURE:
        clouds.azure.odd[part] += [lambda: error(403, "AuthorizationFailed")] * 100


def test_where_nothing_is_switched_on_every_fix_is_a_command(clouds: Clouds) -> None:
    done = clouds.run("doctor", "--format", "json")
    assert done.code == 0, done.err
    off = [row for row in done.rows("doctor") if row["status"] in ("off", "warning")]
    fixes = [row["fix"] for row in done.rows("fixes")]
    assert {row["provider"] for row in off} == {"aws", "azure"}
    programs = {tuple(shlex.split(fix)[:3]) for fix in fixes}
    assert programs == {
        ("aws", "bedrock", "put-model-invocation-logging-configuration"),
        ("aws", "bcm-data-exports", "create-export"),
        ("az", "monitor", "diagnostic-settings"),
        ("az", "costmanagement", "export"),
    }
    for fix in fixes:
        _is_a_command(fix)
    shown = clouds.run("doctor").out
    assert all(fix in shown.splitlines() for fix in fixes)  # as it is copied: in one line


def test_where_nothing_is_permitted_every_fix_is_a_policy_or_a_command(clouds: Clouds) -> None:
    shut(clouds)
    done = clouds.run("doctor", "--format", "json")
    assert done.code == 4
    bad = [row for row in done.rows("doctor") if row["status"] == "failed"]
    assert {row["check"] for row in bad} == {"permitted"}
    assert len({(row["source"], row["finding"]) for row in bad}) == len(bad) == 7
    for fix in (row["fix"] for row in done.rows("fixes")):
        if fix.startswith("{"):
            (statement,) = json.loads(fix)["Statement"]
            assert statement["Effect"] == "Allow"
            assert all(":" in action for action in statement["Action"])
        else:
            _is_a_command(fix)
            assert "SUBSCRIPTION_ID" not in fix
    pulled = clouds.run("pull", "all", *WEEK, "--format", "json")
    assert pulled.code == 4
    assert [line.partition(":")[0] for line in pulled.err.splitlines()[-2:]] == ["error", "hint"]
    assert pulled.report["verdict"] == {"status": "incomplete", "exit_code": 4}


def _is_a_command(fix: str) -> None:
    """Words that a shell takes, values that the service's own model takes."""
    words = shlex.split(fix, comments=True)
    assert not any("\n" in word for word in words)
    options = dict(pairwise(words))
    if words[0] == "az":
        logs = options.get("--logs")
        assert logs is None or all(each["enabled"] is True for each in json.loads(logs))
        assert all(word.isascii() for word in words)
        return
    operation = "".join(part.title() for part in words[2].split("-"))
    model = botocore.session.get_session().get_service_model(words[1]).operation_model(operation)
    asked = {
        name[2:].replace("-config", "Config").replace("export", "Export"): json.loads(value)
        for name, value in options.items()
        if name in ("--logging-config", "--export")
    }
    shape: Any = model.input_shape
    report = ParamValidator().validate(asked, shape)
    assert not report.has_errors(), report.generate_report()


def test_one_source_that_fails_is_named_and_the_others_come(filled: Clouds) -> None:
    filled.azure.odd["/exports"] += [lambda: error(400, "BadRequest")] * 100
    done = filled.run("pull", "all", "--since", "2026-10-10", "--until", "2026-10-12", "--format", "json")
    status = {(row["provider"], row["kind"], row["status"]) for row in done.rows("pull")}
    assert done.code == 5
    assert ("azure", "costs", "failed") in status
    assert {each for each in status if each[2] != "ok"} == {("azure", "costs", "failed")}
    assert "exports of" in done.caveats["missing_source"]


def test_a_cloud_without_a_login_that_nothing_names_is_left_out(clouds: Clouds) -> None:
    settings = clouds.here / "tokenaudit.toml"
    settings.write_text(settings.read_text().partition("\n\n")[2])  # without [aws]
    nobody = {"AWS_ACCESS_KEY_ID": "", "AWS_SECRET_ACCESS_KEY": ""}
    pulled = clouds.run("pull", "all", *WEEK, "--format", "json", **nobody)
    assert pulled.code == 0, pulled.err
    assert [(row["feed"], row["status"]) for row in pulled.rows("pull") if row["provider"] == "aws"] == [("aws", "off")]
    assert set(pulled.caveats) & {"not_used", "missing_source"} == {"not_used"}
    visit = clouds.run("doctor", "--format", "json", **nobody)
    assert visit.code == 0, visit.err
    assert [row["status"] for row in visit.rows("doctor") if row["provider"] == "aws"] == ["off"]
    named = clouds.run("pull", "bedrock", *WEEK, "--format", "json", **nobody)
    assert named.code == 4
    assert [row["status"] for row in named.rows("pull")] == ["failed"]


@pytest.mark.parametrize("arguments", [("--only", "inventory"), ("--only", "logs", "--max-api-cost", "0")])
def test_less_is_pulled_where_less_is_asked_for(clouds: Clouds, arguments: tuple[str, ...]) -> None:
    done = clouds.run("pull", "all", *WEEK, *arguments, "--format", "json")
    assert done.code == 0, done.err
    assert {row["kind"] for row in done.rows("pull")} <= {arguments[1]}
    assert clouds.aws.service.calls("GetCostAndUsage") == []


def test_money_is_not_spent_beyond_its_limit(clouds: Clouds) -> None:
    done = clouds.run("pull", "bedrock", *WEEK, "--only", "costs", "--max-api-cost", "0", "--format", "json")
    assert done.code == 5
    assert "--max-api-cost" in done.err
    assert clouds.aws.service.calls("GetCostAndUsage") == []


def test_interrupted_it_ends_with_130_and_the_next_pull_is_whole(filled: Clouds) -> None:
    only = ("pull", "bedrock", *SINCE, "--only", "logs")
    running: subprocess.Popen[Any] = subprocess.Popen(
        filled.command(*only),
        cwd=filled.here,
        env=filled.environment(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    until = time.monotonic() + 60
    while len(filled.aws.service.calls("GetObject")) < 20 and time.monotonic() < until:
        time.sleep(0.01)
    running.send_signal(signal.SIGINT)
    out, err = running.communicate(timeout=60)
    assert (running.returncode, out) == (130, ""), err
    assert [line.partition(":")[0] for line in err.splitlines()] == ["error", "hint"]
    assert filled.run(*only).code == 0
    assert len(tables(filled.ledger)["usage"]) > 1_000


def test_nothing_that_opens_a_door_is_shown_or_kept(filled: Clouds) -> None:
    planted = (SECRET_KEY, ACCESS_KEY, SESSION_TOKEN, CLIENT_SECRET, SIGNATURE)
    filled.variables["AWS_SESSION_TOKEN"] = SESSION_TOKEN
    filled.azure.odd["/query"] += [lambda: error(403, "AuthorizationFailed", f"sig={SIGNATURE}")] * 9
    filled.aws.service.odd["ListMetrics"] = [lambda: refusal("InternalFailure", 500, f"Signature={SIGNATURE}")]
    window = ("--since", "2026-10-10", "--until", "2026-10-13")
    said = [
        filled.run(*arguments, "--verbose")
        for arguments in (
            ("pull", "all", *window),
            ("pull", "all", "--dry-run"),
            ("doctor",),
            ("init", "-o", "other.toml"),
        )
    ]
    assert said[0].code == 0, said[0].err
    assert "fetched s3://" in said[0].err
    assert "fetched https://" in said[0].err
    assert f"/subscriptions/{SUBSCRIPTION}/providers/Microsoft.CognitiveServices/accounts: 200" in said[0].err
    assert len(filled.azure.issued) > 1
    shown = "".join(done.out + done.err for done in said)
    kept = b"".join(path.read_bytes() for path in filled.here.rglob("*") if path.is_file())
    assert (filled.ledger / "pull.json").is_file()
    assert (filled.ledger / "inventory.json").is_file()
    for secret in (*planted, *filled.azure.issued):
        assert secret not in shown
        assert secret.encode() not in kept
    assert "Bearer" not in shown
    assert "X-Amz-Signature" not in shown
    assert list(Path(filled.home).rglob("*token*")) == []
