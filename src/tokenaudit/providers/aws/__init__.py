"""AWS Bedrock."""

from __future__ import annotations

from tokenaudit.model.ports import Provider
from tokenaudit.providers.aws.invocation_logs import InvocationLogs
from tokenaudit.providers.aws.metrics import Metrics
from tokenaudit.providers.aws.price_list import AwsPriceList

PROVIDER = Provider(
    "aws",
    (InvocationLogs(), Metrics()),
    # Bodies that were too long for the log, and the empty object that Bedrock writes to try its permission.
    sidecars=(r"/data/[^/]+_(input|output)(_[^/]*)?\.[^/]+$", r"/amazon-bedrock-logs-permission-check$"),
    price_list=AwsPriceList(),
)
