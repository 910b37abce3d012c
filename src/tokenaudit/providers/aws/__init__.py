"""AWS Bedrock."""

from __future__ import annotations

from tokenaudit.model.ports import Provider
from tokenaudit.providers.aws.cost_explorer import CostExplorer
from tokenaudit.providers.aws.cur import CostAndUsageReport
from tokenaudit.providers.aws.invocation_logs import InvocationLogs
from tokenaudit.providers.aws.manifests import manifest_of
from tokenaudit.providers.aws.metrics import Metrics
from tokenaudit.providers.aws.price_list import AwsPriceList
from tokenaudit.providers.aws.pull.connector import AwsConnector

PROVIDER = Provider(
    "aws",
    (InvocationLogs(), CostAndUsageReport(), CostExplorer(), Metrics()),
    # Bodies that were too long for the log, below the folder of an hour or named by the request; the empty object that
    # Bedrock writes to try its permission; and manifests.
    sidecars=(
        r"/(?:[0-9]{2}/data/[^/]+|data/[0-9a-f-]{36})_(input|output)(_[^/]*)?\.[^/]+$",
        r"/amazon-bedrock-logs-permission-check$",
        r"-Manifest\.json$",
    ),
    manifest=manifest_of,
    price_list=AwsPriceList(),
    connector=AwsConnector(),
)
