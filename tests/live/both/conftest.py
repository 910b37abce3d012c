"""Both clouds on this machine with a month of logs, metrics and bills, and the command in a process of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb
import pytest
from tests.cli.conftest import CLOCKED, Done, environment
from tests.live.azure.conftest import MODEL, azure, blobs, pytest_collection_modifyitems, storage_account
from tests.live.azure.resources import STORAGE, SUBSCRIPTION, definition, deployment, export, setting
from tests.live.azure.services import signed_in
from werkzeug import Response

from tokenaudit.ledger.ledger import open_for_reading

if TYPE_CHECKING:
    from azure.storage.blob import BlobServiceClient
    from tests.live.aws_world import World
    from tests.live.azure.services import Azure

__all__ = ("azure", "blobs", "pytest_collection_modifyitems", "storage_account")

Tables = dict[str, list[dict[str, Any]]]
TREE = Path(__file__).resolve().parents[3]
NOW = "2026-11-06T06:00:00+00:00"
SINCE = ("--since", "2026-10", "--until", "2026-11")
AWS_ACCOUNT = "111122223333"  # of the example
LOGS, BILLS, COSTS = "example-llm-logs", "example-billing", "costs"
AWS_EXPORT, AZURE_EXPORT = "two-clouds-cur2", "two-clouds-actual"
_GROUP = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/llm/providers"
CHAT = f"{_GROUP}/Microsoft.CognitiveServices/accounts/chat-eastus2"
GATEWAY = f"{_GROUP}/Microsoft.ApiManagement/service/llm-gateway"
COUNTED = ("InputTokens", "OutputTokens")

IDENTITY = f"""<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><GetCallerIdentityResult>
<Arn>arn:aws:iam::{AWS_ACCOUNT}:user/audit</Arn><UserId>AIDAEXAMPLE</UserId><Account>{AWS_ACCOUNT}</Account>
</GetCallerIdentityResult></GetCallerIdentityResponse>"""


@pytest.fixture(scope="session")
def month(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The files of a month, as the clouds write them."""
    folder = tmp_path_factory.mktemp("month")
    paths = {"PYTHONPATH": str(TREE / "examples" / "two-clouds")}
    command = (sys.executable, str(Path(__file__).with_name("month.py")), str(folder))
    subprocess.run(command, check=True, timeout=120, env=os.environ | paths)
    return folder


@dataclass
class Clouds:
    """The two clouds, and how `tokenaudit` is run against them."""

    aws: World
    azure: Azure
    blobs: BlobServiceClient
    month: Path
    variables: dict[str, str]
    home: Path
    here: Path

    def run(self, *arguments: str | Path, at: str = NOW, **changes: str) -> Done:
        """The command in a process of its own. The working directory holds tokenaudit.toml."""
        done = subprocess.run(
            self.command(*arguments, at=at),
            cwd=self.here,
            env=self.environment(**changes),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=False,
            timeout=120,
            text=True,
        )
        return Done(done.returncode, done.stdout, done.stderr)

    def command(self, *arguments: str | Path, at: str = NOW) -> list[str]:
        return [sys.executable, str(CLOCKED), at, *map(str, arguments)]

    def environment(self, **changes: str) -> dict[str, str]:
        return environment(self.home, **{**self.variables, **changes})

    @property
    def ledger(self) -> Path:
        return self.here / ".tokenaudit" / "ledger"

    def forget(self) -> None:
        """What was asked so far is not counted."""
        self.aws.service.called.clear()
        self.azure.asked.clear()

    def put_aws(self) -> None:
        """Logs and the export into S3, samples into CloudWatch."""
        for bucket, root in ((LOGS, self.month / "logs" / "bedrock"), (BILLS, self.month / "bills" / "aws")):
            self.aws.client("s3").create_bucket(Bucket=bucket)
            for path in _files(root):
                self.aws.put(path.relative_to(root).as_posix(), path.read_bytes(), bucket)
        config = {"textDataDeliveryEnabled": True, "s3Config": {"bucketName": LOGS}}
        self.aws.client("bedrock").put_model_invocation_logging_configuration(loggingConfig=config)
        self.aws.exports.exports[AWS_EXPORT] = ("COST_AND_USAGE_REPORT", BILLS, "exports")
        told = json.loads((self.month / "metrics" / "aws" / "cloudwatch.json").read_text())
        for query, series in zip(told["MetricDataQueries"], told["MetricDataResults"], strict=True):
            metric = query["MetricStat"]["Metric"]
            dimensions = {each["Name"]: each["Value"] for each in metric["Dimensions"]}
            for hour, value in zip(series["Timestamps"], series["Values"], strict=True):
                at = datetime.fromisoformat(hour)
                self.aws.metrics.put("us-east-1", metric["MetricName"], at, value, **dimensions)

    def put_azure(self) -> None:
        """Logs as append blobs, the export as block blobs; two accounts, a gateway, and their settings."""
        for root in sorted((self.month / "logs" / "azure").iterdir()):
            container = self.blobs.create_container(root.name)
            for path in _files(root):
                blob = container.get_blob_client(path.relative_to(root).as_posix())
                blob.create_append_blob()
                blob.append_block(path.read_bytes())
        costs, root = self.blobs.create_container(COSTS), self.month / "bills" / "azure"
        for path in _files(root):
            costs.upload_blob(path.relative_to(root).as_posix(), path.read_bytes())
        self.azure.accounts = [{"id": CHAT, "name": "chat-eastus2", "kind": "OpenAI", "location": "eastus2"}]
        self.azure.gateways = [{"id": GATEWAY, "name": "llm-gateway", "location": "East US 2"}]
        self.azure.deployments = [deployment("chat-prod", "DataZoneStandard", "gpt-4.1")]
        self.azure.settings = {
            CHAT.lower(): [setting("RequestResponse", storage=STORAGE)],
            GATEWAY.lower(): [setting("GatewayLlmLogs", "GatewayLogs", storage=STORAGE)],
        }
        to = {"resourceId": STORAGE, "container": COSTS, "rootFolderPath": "exports", "type": "AzureBlob"}
        told = export(AZURE_EXPORT)
        told["properties"]["deliveryInfo"]["destination"] = to
        self.azure.exports = {f"/subscriptions/{SUBSCRIPTION}": [told]}
        self.azure.definitions = [definition(each, *MODEL) for each in COUNTED]


def _files(root: Path) -> list[Path]:
    return sorted(path for path in root.rglob("*") if path.is_file())


@pytest.fixture
def clouds(
    aws: World, azure: Azure, blobs: BlobServiceClient, month: Path, home: Path, here: Path, bundle: Path
) -> Clouds:
    """Both clouds, reachable and empty."""
    aws.service.always["GetCallerIdentity"] = lambda: Response(IDENTITY, content_type="text/xml")
    endpoints = "\n".join(f'{key} = "{azure.home}"' for key in ("management", "authority", "log_analytics"))
    (here / "tokenaudit.toml").write_text(
        f'[aws]\nregions = ["us-east-1"]\n\n[azure.endpoints]\n{endpoints}\n', encoding="utf-8"
    )
    variables = (
        aws.environment
        | signed_in(bundle)
        | {
            "PYTHONPATH": os.pathsep.join((str(TREE / "src"), str(TREE))),
        }
    )
    return Clouds(aws, azure, blobs, month, variables, home, here)


@pytest.fixture
def filled(clouds: Clouds) -> Clouds:
    """Both clouds with the month in them."""
    with ThreadPoolExecutor(2) as pool:
        for done in [pool.submit(clouds.put_aws), pool.submit(clouds.put_azure)]:
            done.result()
    return clouds


@pytest.fixture
def from_files(clouds: Clouds, ingested: dict[Path, Tables]) -> Tables:
    """What `tokenaudit ingest` makes of the files, and of Azure's metrics asked for once for the whole month."""
    if clouds.month not in ingested:
        metrics = clouds.month / "metrics" / "azure" / "monitor.json"
        metrics.parent.mkdir()
        timespan = "2026-10-01T00:00:00Z/2026-11-01T00:00:00Z"
        metrics.write_text(json.dumps(clouds.azure.told(CHAT, list(COUNTED), list(MODEL), timespan, "total")))
        ledger = clouds.month.with_name("ingested")
        assert clouds.run("ingest", clouds.month, "--ledger", ledger).code == 0
        ingested[clouds.month] = tables(ledger)
    return ingested[clouds.month]


@pytest.fixture(scope="session")
def ingested() -> dict[Path, Tables]:
    """So that it is done once."""
    return {}


def tables(ledger: Path) -> Tables:
    """Every row of the ledger by table, in one order, without the address that it came from."""
    opened = open_for_reading(ledger)
    files = {"usage": opened.usage_files(), "charges": opened.charges_files(), "metrics": opened.metrics_files()}
    return {name: _rows(paths) for name, paths in files.items()}


def _rows(paths: list[Path]) -> list[dict[str, Any]]:
    if not paths:
        return []
    read = duckdb.read_parquet([str(path) for path in paths], hive_partitioning=True)
    return sorted(({**row, "object_uri": None} for row in read.to_arrow_table().to_pylist()), key=repr)
