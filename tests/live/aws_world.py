"""An account on the loopback interface, and the connector that is pointed at it."""

from __future__ import annotations

import gzip
import json
import re
import urllib.request
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from functools import cache
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from moto.server import ThreadedMotoServer
from pytest_httpserver import HTTPServer
from tests.live.aws_fakes import CloudWatch, CostExplorer, Exports, Names
from tests.live.aws_service import ACCESS_KEY, ACCOUNT, SECRET_KEY, AwsService

from tokenaudit.model.pulling import Failure, Feed, Known, Manners
from tokenaudit.model.question import Window
from tokenaudit.providers.aws import PROVIDER

if TYPE_CHECKING:
    import ssl
    from collections.abc import Iterator
    from pathlib import Path

    from tokenaudit.model.pulling import Cloud, RemoteObject

NOW = datetime(2026, 11, 21, 9, 30, tzinfo=UTC)
REGION = "us-east-1"
BUCKET, PREFIX = "audit-logs", "bl"
GROUP = "/aws/bedrock/invocations"
NOVA = "amazon.nova-pro-v1:0"


@dataclass
class World:
    """The services, and clients that put things into them past the front, so that only our own calls are noted."""

    service: AwsService
    folder: Path
    environment: dict[str, str]
    metrics: CloudWatch = field(default_factory=CloudWatch)
    bills: CostExplorer = field(default_factory=CostExplorer)
    exports: Exports = field(default_factory=Exports)
    names: Names = field(default_factory=Names)
    said: list[str] = field(default_factory=list)
    now: datetime = NOW

    def __post_init__(self) -> None:
        for each in (self.metrics, self.bills, self.exports, self.names):
            self.service.handlers |= each.handlers()

    def client(self, service: str, region: str = REGION) -> Any:
        return _client(self.service.moto, service, region)

    def cloud(self, *, attempts: int = 3, timeout_s: float = 20, api_cost_usd: str = "0.10", **settings: Any) -> Cloud:
        """The cloud, connected as a pull connects it; one Region unless others are named."""
        manners = Manners(
            clock=lambda: self.now,
            notify=self.said.append,
            attempts=attempts,
            timeout_s=timeout_s,
            concurrency=4,
            api_cost_usd=Decimal(api_cost_usd),
        )
        assert PROVIDER.connector is not None
        return PROVIDER.connector.connect({"regions": [REGION]} | settings, manners)

    def put(self, key: str, content: bytes, bucket: str = BUCKET) -> str:
        self.client("s3").put_object(Bucket=bucket, Key=key, Body=content)
        return key

    def log_to(self, region: str = REGION, *, s3: bool = False, group: bool = False, text: bool = True) -> None:
        """Switches logging on, as the configuration of Bedrock."""
        config: dict[str, Any] = {"textDataDeliveryEnabled": text}
        if s3:
            config["s3Config"] = {"bucketName": BUCKET, "keyPrefix": PREFIX}
        if group:
            config["cloudWatchConfig"] = {"logGroupName": GROUP, "roleArn": f"arn:aws:iam::{ACCOUNT}:role/bedrock-logs"}
        self.client("bedrock", region).put_model_invocation_logging_configuration(loggingConfig=config)

    def deliver(self, hour: datetime, *records: dict[str, Any], region: str = REGION, number: int = 0) -> str:
        """An object of invocation logs, delivered in this hour."""
        content = gzip.compress("".join(f"{json.dumps(each)}\n" for each in records).encode(), mtime=0)
        name = f"{hour:%Y%m%dT%H%M%S}{number:03}Z_{number:016x}.json.gz"
        return self.put(f"{root(region)}{hour:%Y/%m/%d/%H}/{name}", content)

    def fetched(self, item: RemoteObject) -> bytes:
        """What the object is."""
        path = self.folder / item.path
        path.parent.mkdir(parents=True, exist_ok=True)
        item.fetch(path)
        return path.read_bytes()


@cache
def _client(moto: str, service: str, region: str) -> Any:
    return boto3.client(
        service,  # type: ignore[call-overload]
        region_name=region,
        endpoint_url=moto,
        aws_access_key_id=ACCESS_KEY,
        aws_secret_access_key=SECRET_KEY,
    )


def root(region: str = REGION) -> str:
    return f"{PREFIX}/AWSLogs/{ACCOUNT}/BedrockModelInvocationLogs/{region}/"


def record(request: str, at: str = "2026-11-20T10:00:00Z", model: str = NOVA, region: str = REGION) -> dict[str, Any]:
    """A record of the invocation log."""
    return {
        "schemaType": "ModelInvocationLog",
        "schemaVersion": "1.0",
        "timestamp": at,
        "accountId": ACCOUNT,
        "region": region,
        "requestId": request,
        "operation": "Converse",
        "modelId": model,
        "input": {"inputContentType": "application/json", "inputTokenCount": 10},
        "output": {"outputContentType": "application/json", "outputTokenCount": 20},
    }


def window(since: str, until: str) -> Window:
    return Window(*(datetime.fromisoformat(each).replace(tzinfo=UTC) for each in (since, until)))


def feeds(cloud: Cloud, kind: str, over: Window) -> list[Feed]:
    """The feeds of one kind, after checking that there is no failure."""
    found = list(cloud.feeds([kind], over))  # type: ignore[list-item]
    assert not [each for each in found if isinstance(each, Failure)], found
    return [each for each in found if not isinstance(each, Failure)]


@dataclass(frozen=True)
class Remembered:
    """What a ledger knows: by the end of an address, whether it was final."""

    final: dict[str, bool] = field(default_factory=dict)

    def of(self, uri: str) -> Known | None:
        return next((Known("x", final) for end, final in self.final.items() if uri.endswith(end)), None)

    def below(self, prefix: str) -> Iterator[tuple[str, Known]]:
        raise AssertionError(prefix)


nothing = Remembered()


@pytest.fixture(scope="session")
def moto() -> Iterator[str]:
    """The address of a moto server."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture(scope="session")
def aws_front(httpserver_ssl_context: ssl.SSLContext) -> Iterator[HTTPServer]:
    """A server of its own that answers many at once, as AWS does."""
    server = HTTPServer(host="127.0.0.1", port=0, ssl_context=httpserver_ssl_context, threaded=True)
    server.start()
    yield server
    server.clear()
    server.stop()


@pytest.fixture
def aws(
    moto: str, aws_front: HTTPServer, bundle: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[World]:
    """An empty account, over https."""
    with urllib.request.urlopen(urllib.request.Request(f"{moto}/moto-api/reset", method="POST")):  # noqa: S310
        service = AwsService(moto)
    aws_front.clear()
    aws_front.expect_request(re.compile(".*")).respond_with_handler(service.answer)
    environment = {
        "AWS_ENDPOINT_URL": aws_front.url_for("").rstrip("/"),
        "AWS_CA_BUNDLE": str(bundle),
        "AWS_ACCESS_KEY_ID": ACCESS_KEY,
        "AWS_SECRET_ACCESS_KEY": SECRET_KEY,
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_CONFIG_FILE": str(tmp_path / "no-config"),
        "AWS_SHARED_CREDENTIALS_FILE": str(tmp_path / "no-credentials"),
        "NO_PROXY": "*",
    }
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    for name in ("AWS_PROFILE", "AWS_REGION", "AWS_DEFAULT_REGION", "AWS_SESSION_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    world = World(service, tmp_path / "mirror", environment)
    world.client("s3").create_bucket(Bucket=BUCKET)
    yield world
    service.over.set()
    aws_front.check_assertions()
