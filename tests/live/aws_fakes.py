"""Handlers for what moto lacks or gets wrong: CloudWatch's percentiles, Cost Explorer, exports, profiles."""

from __future__ import annotations

import math
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from statistics import fmean
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    Handler = Callable[[str, dict[str, Any]], dict[str, Any]]

Key = tuple[str, str, tuple[tuple[str, str], ...]]
"""Namespace, metric, dimensions."""

STATISTICS: dict[str, Callable[[list[float]], float]] = {
    "Sum": math.fsum,
    "Average": fmean,
    "Minimum": min,
    "Maximum": max,
    "SampleCount": lambda values: float(len(values)),
}
PROFILES_A_PAGE = 2


@dataclass
class CloudWatch:
    """Samples by Region and series. A page holds `points_a_page` points, as the real one holds 100,800."""

    samples: dict[str, dict[Key, list[tuple[datetime, float]]]] = field(
        default_factory=lambda: defaultdict(lambda: defaultdict(list))
    )
    points_a_page: int = 100_800

    def put(self, region: str, metric: str, at: datetime, *values: float, **dimensions: str) -> None:
        namespace = "AWS/BedrockMantle" if "Model" in dimensions else "AWS/Bedrock"
        self.samples[region][namespace, metric, tuple(sorted(dimensions.items()))] += [(at, each) for each in values]

    def handlers(self) -> dict[tuple[str, str], Handler]:
        return {
            ("cloudwatch", "ListMetrics"): self._listed,
            ("cloudwatch", "GetMetricData"): self._data,
        }

    def _listed(self, region: str, asked: dict[str, Any]) -> dict[str, Any]:
        found = [
            {
                "Namespace": namespace,
                "MetricName": metric,
                "Dimensions": [{"Name": name, "Value": value} for name, value in dimensions],
            }
            for namespace, metric, dimensions in self.samples[region]
            if namespace == asked["Namespace"]
        ]
        first = int(asked.get("NextToken", 0))
        more = {"NextToken": str(first + 3)} if first + 3 < len(found) else {}
        return {"Metrics": found[first : first + 3], **more}

    def _data(self, region: str, asked: dict[str, Any]) -> dict[str, Any]:
        assert len(asked["MetricDataQueries"]) <= 500
        start, end = (datetime.fromtimestamp(asked[name], UTC) for name in ("StartTime", "EndTime"))
        points = [
            (query["Id"], at, value)
            for query in asked["MetricDataQueries"]
            for at, value in self._points(region, query["MetricStat"], start, end)
        ]
        first = int(asked.get("NextToken", 0))
        last = first + self.points_a_page
        results = []
        for query in asked["MetricDataQueries"]:
            mine = [(at, value) for identifier, at, value in points[first:last] if identifier == query["Id"]]
            results.append(
                {
                    "Id": query["Id"],
                    "Label": query["MetricStat"]["Metric"]["MetricName"],
                    "Timestamps": [at for at, _ in mine],
                    "Values": [value for _, value in mine],
                    "StatusCode": "Complete" if last >= len(points) else "PartialData",
                }
            )
        return {"MetricDataResults": results, **({"NextToken": str(last)} if last < len(points) else {})}

    def _points(
        self, region: str, stat: dict[str, Any], start: datetime, end: datetime
    ) -> list[tuple[datetime, float]]:
        metric = stat["Metric"]
        dimensions = tuple(sorted((each["Name"], each["Value"]) for each in metric.get("Dimensions", ())))
        bins: dict[datetime, list[float]] = defaultdict(list)
        period = timedelta(seconds=stat["Period"])
        for at, value in self.samples[region][metric["Namespace"], metric["MetricName"], dimensions]:
            if start <= at < end:
                bins[start + (at - start) // period * period].append(value)
        return [(at, _statistic(stat["Stat"], values)) for at, values in sorted(bins.items())]


def _statistic(name: str, values: list[float]) -> float:
    if name in STATISTICS:
        return STATISTICS[name](values)
    rank = math.ceil(float(name.removeprefix("p")) / 100 * len(values))
    return sorted(values)[max(rank, 1) - 1]


@dataclass
class CostExplorer:
    """What was billed: by day, service and usage type the amount and the quantity. `days_a_page` days are a page."""

    billed: dict[tuple[date, str, str], tuple[str, str]] = field(default_factory=dict)
    days_a_page: int = 1000
    open_month: date = date(2026, 11, 1)

    def handlers(self) -> dict[tuple[str, str], Handler]:
        return {("ce", "GetCostAndUsage"): self._answer}

    def _answer(self, _region: str, asked: dict[str, Any]) -> dict[str, Any]:
        assert {each["Key"] for each in asked["GroupBy"]} == {"SERVICE", "USAGE_TYPE"}
        start, end = (date.fromisoformat(asked["TimePeriod"][name]) for name in ("Start", "End"))
        days = [start + timedelta(days=number) for number in range((end - start).days)]
        first = int(asked.get("NextPageToken", 0))
        last = first + self.days_a_page
        return {
            "GroupDefinitions": asked["GroupBy"],
            "ResultsByTime": [self._day(day) for day in days[first:last]],
            "DimensionValueAttributes": [],
            **({"NextPageToken": str(last)} if last < len(days) else {}),
        }

    def _day(self, day: date) -> dict[str, Any]:
        groups = [
            {
                "Keys": [service, usage_type],
                "Metrics": {
                    "UnblendedCost": {"Amount": cost, "Unit": "USD"},
                    "UsageQuantity": {"Amount": quantity, "Unit": "1K tokens"},
                },
            }
            for (when, service, usage_type), (cost, quantity) in self.billed.items()
            if when == day
        ]
        period = {"Start": f"{day}", "End": f"{day + timedelta(days=1)}"}
        return {"TimePeriod": period, "Total": {}, "Groups": groups, "Estimated": day >= self.open_month}


@dataclass
class Exports:
    """Data Exports and legacy reports, by name: table and place, or place alone."""

    exports: dict[str, tuple[str, str, str]] = field(default_factory=dict)
    reports: dict[str, tuple[str, str]] = field(default_factory=dict)

    def handlers(self) -> dict[tuple[str, str], Handler]:
        return {
            ("bcm-data-exports", "ListExports"): lambda _region, _asked: {
                "Exports": [self._reference(each) for each in self.exports]
            },
            ("bcm-data-exports", "GetExport"): self._export,
            ("cur", "DescribeReportDefinitions"): lambda _region, _asked: {
                "ReportDefinitions": [self._report(name, *place) for name, place in self.reports.items()]
            },
        }

    def _reference(self, name: str) -> dict[str, Any]:
        arn = f"arn:aws:bcm-data-exports:us-east-1:123456789012:export/{name}"
        return {"ExportArn": arn, "ExportName": name, "ExportStatus": {"StatusCode": "HEALTHY"}}

    def _export(self, _region: str, asked: dict[str, Any]) -> dict[str, Any]:
        name = asked["ExportArn"].rpartition("/")[2]
        table, bucket, prefix = self.exports[name]
        output = {
            "OutputType": "CUSTOM",
            "Format": "TEXT_OR_CSV",
            "Compression": "GZIP",
            "Overwrite": "CREATE_NEW_REPORT",
        }
        place = {"S3Bucket": bucket, "S3Prefix": prefix, "S3Region": "us-east-1", "S3OutputConfigurations": output}
        return {
            "Export": {
                "ExportArn": asked["ExportArn"],
                "Name": name,
                "DataQuery": {"QueryStatement": f"SELECT line_item_usage_type FROM {table}"},
                "DestinationConfigurations": {"S3Destination": place},
                "RefreshCadence": {"Frequency": "SYNCHRONOUS"},
            }
        }

    def _report(self, name: str, bucket: str, prefix: str) -> dict[str, Any]:
        return {
            "ReportName": name,
            "TimeUnit": "DAILY",
            "Format": "textORcsv",
            "Compression": "GZIP",
            "AdditionalSchemaElements": ["RESOURCES"],
            "S3Bucket": bucket,
            "S3Prefix": prefix,
            "S3Region": "us-east-1",
        }


@dataclass
class Names:
    """Application inference profiles, provisioned throughput, and tags by ARN."""

    profiles: list[dict[str, Any]] = field(default_factory=list)
    provisioned: list[dict[str, Any]] = field(default_factory=list)
    tags: dict[str, dict[str, str]] = field(default_factory=dict)

    def profile(self, identifier: str, *model_arns: str, **tags: str) -> str:
        arn = f"arn:aws:bedrock:us-east-1:123456789012:application-inference-profile/{identifier}"
        self.profiles.append(
            {
                "inferenceProfileName": f"profile {identifier}",
                "inferenceProfileArn": arn,
                "inferenceProfileId": identifier,
                "models": [{"modelArn": each} for each in model_arns],
                "status": "ACTIVE",
                "type": "APPLICATION",
            }
        )
        self.tags[arn] = tags
        return arn

    def provision(self, identifier: str, model: str) -> str:
        arn = f"arn:aws:bedrock:us-east-1:123456789012:provisioned-model/{identifier}"
        model_arn = f"arn:aws:bedrock:us-east-1::foundation-model/{model}"
        at = datetime(2026, 1, 1, tzinfo=UTC)
        self.provisioned.append(
            {
                "provisionedModelName": "reserved",
                "provisionedModelArn": arn,
                "modelArn": model_arn,
                "desiredModelArn": model_arn,
                "foundationModelArn": model_arn,
                "modelUnits": 2,
                "desiredModelUnits": 2,
                "status": "InService",
                "commitmentDuration": "OneMonth",
                "creationTime": at,
                "lastModifiedTime": at,
            }
        )
        return arn

    def handlers(self) -> dict[tuple[str, str], Handler]:
        return {
            ("bedrock", "ListInferenceProfiles"): self._listed,
            ("bedrock", "ListProvisionedModelThroughputs"): lambda region, _asked: {
                "provisionedModelSummaries": self.provisioned if region == "us-east-1" else []
            },
            ("bedrock", "ListTagsForResource"): lambda _region, asked: {
                "tags": [{"key": key, "value": value} for key, value in self.tags[asked["resourceARN"]].items()]
            },
        }

    def _listed(self, region: str, asked: dict[str, Any]) -> dict[str, Any]:
        assert asked["typeEquals"] == "APPLICATION"
        mine = [each for each in self.profiles if f":{region}:" in each["inferenceProfileArn"]]
        first = int(asked.get("nextToken", 0))
        last = first + PROFILES_A_PAGE
        more = {"nextToken": str(last)} if last < len(mine) else {}
        return {"inferenceProfileSummaries": mine[first:last], **more}
