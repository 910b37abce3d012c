"""Every call to AWS that a pull can make, and the right that it needs. What is not in this table is not called.

The client calls by this table, `tokenaudit pull --dry-run` prints it, and a test holds `examples/iam/aws-policy.json`
against it. Actions: service authorization reference of AWS. Prices: pricing pages of Cost Explorer and CloudWatch.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tokenaudit.model.pulling import Kind


@dataclass(frozen=True)
class Operation:
    """One operation of one service.

    `action` is the IAM action, None where none is needed. `token` names the page's mark in question and answer, where
    the answer comes in pages. `service` is the name in the SDK. `kinds` are what it is called for; empty is all.
    """

    service: str
    name: str
    action: str | None
    why: str
    kinds: tuple[Kind, ...] = ()
    token: tuple[str, str] | None = None
    usd_per_call: Decimal | None = None


_LOWER = ("nextToken", "nextToken")
_UPPER = ("NextToken", "NextToken")

WHO = Operation("sts", "GetCallerIdentity", None, "which account this is")
ASSUME_ROLE = Operation("sts", "AssumeRole", "sts:AssumeRole", "to enter another account")

LOGGING = Operation(
    "bedrock",
    "GetModelInvocationLoggingConfiguration",
    "bedrock:GetModelInvocationLoggingConfiguration",
    "where the invocation logs go",
    ("logs",),
)
LIST_OBJECTS = Operation(
    "s3",
    "ListObjectsV2",
    "s3:ListBucket",
    "which logs and bills there are",
    ("logs", "costs"),
    ("ContinuationToken", "NextContinuationToken"),
)
GET_OBJECT = Operation("s3", "GetObject", "s3:GetObject", "logs, bills and their manifests", ("logs", "costs"))
LOG_EVENTS = Operation("logs", "FilterLogEvents", "logs:FilterLogEvents", "invocation logs", ("logs",), _LOWER)

LIST_METRICS = Operation(
    "cloudwatch", "ListMetrics", "cloudwatch:ListMetrics", "which models have metrics", ("metrics",), _UPPER
)
METRIC_DATA = Operation(
    "cloudwatch", "GetMetricData", "cloudwatch:GetMetricData", "counts and latencies", ("metrics",), _UPPER
)
USD_PER_METRIC = Decimal("0.00001")
"""What GetMetricData costs for each metric that it is asked for, however long the time."""

LIST_EXPORTS = Operation(
    "bcm-data-exports", "ListExports", "bcm-data-exports:ListExports", "which exports there are", ("costs",), _UPPER
)
GET_EXPORT = Operation(
    "bcm-data-exports", "GetExport", "bcm-data-exports:GetExport", "where an export is delivered", ("costs",)
)
LIST_REPORTS = Operation(
    "cur",
    "DescribeReportDefinitions",
    "cur:DescribeReportDefinitions",
    "which legacy reports there are",
    ("costs",),
    _UPPER,
)
COST_AND_USAGE = Operation(
    "ce",
    "GetCostAndUsage",
    "ce:GetCostAndUsage",
    "the bill, where no export is",
    ("costs",),
    ("NextPageToken", "NextPageToken"),
    Decimal("0.01"),
)

LIST_PROFILES = Operation(
    "bedrock",
    "ListInferenceProfiles",
    "bedrock:ListInferenceProfiles",
    "which model an application inference profile stands for",
    ("inventory",),
    _LOWER,
)
LIST_PROVISIONED = Operation(
    "bedrock",
    "ListProvisionedModelThroughputs",
    "bedrock:ListProvisionedModelThroughputs",
    "which model a provisioned throughput serves",
    ("inventory",),
    _LOWER,
)
LIST_TAGS = Operation(
    "bedrock", "ListTagsForResource", "bedrock:ListTagsForResource", "whom a profile belongs to", ("inventory",)
)

OPERATIONS = (
    WHO,
    ASSUME_ROLE,
    LOGGING,
    LIST_OBJECTS,
    GET_OBJECT,
    LOG_EVENTS,
    LIST_METRICS,
    METRIC_DATA,
    LIST_EXPORTS,
    GET_EXPORT,
    LIST_REPORTS,
    COST_AND_USAGE,
    LIST_PROFILES,
    LIST_PROVISIONED,
    LIST_TAGS,
)

DECRYPT = "kms:Decrypt"
"""Needed beside `s3:GetObject` where the bucket is encrypted with a key of one's own; no call of ours."""
