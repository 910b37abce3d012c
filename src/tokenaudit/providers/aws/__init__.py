"""AWS Bedrock."""

from __future__ import annotations

from tokenaudit.model.ports import Provider
from tokenaudit.providers.aws.cur import CostAndUsageReport
from tokenaudit.providers.aws.invocation_logs import InvocationLogs

PROVIDER = Provider(
    "aws",
    (InvocationLogs(), CostAndUsageReport()),
    # Bodies that were too long for the log, and the empty object that Bedrock writes to try its permission.
    sidecars=(r"/data/[^/]+_(input|output)(_[^/]*)?\.[^/]+$", r"/amazon-bedrock-logs-permission-check$"),
)
