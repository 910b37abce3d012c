"""Azure on the loopback interface: Entra ID, Resource Manager, Monitor, Cost Management and Log Analytics.

They speak as they are documented, and misbehave on request. Every call has to bear a token that was issued here for the
service that it goes to; the storage that signed addresses lead to takes none.
"""

from __future__ import annotations

import base64
import json
import re
import time
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from threading import Event
from typing import TYPE_CHECKING, Any

from tests.live.azure.answers import error, good
from tests.live.azure.resources import CLIENT_SECRET, REPORT, SIGNATURE, STORAGE, SUBSCRIPTION, TENANT, WORKSPACE_GUID
from werkzeug import Response

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from pytest_httpserver import HTTPServer
    from werkzeug import Request

    Answer = Callable[[], Response]
    Json = dict[str, Any]

_TOKEN_PATH = f"/{TENANT}/oauth2/v2.0/token"
_DISCOVERY = f"/{TENANT}/v2.0/.well-known/openid-configuration"
_BETWEEN = re.compile(r"TimeGenerated >= datetime\((\S+)\) and TimeGenerated < datetime\((\S+)\)")
_CATEGORIES = re.compile(r'"Category", ""\) in \(([^)]+)\)')
_TABLE = re.compile(r"\[\]\), (\w+)")
_PROJECTED = re.compile(r"(\w+) = column_ifexists")
PAGE = 2


def signed_in(bundle: Path) -> dict[str, str]:
    """An environment with a client secret, no other credential, and trust in the servers' certificates."""
    return {
        "AZURE_TENANT_ID": TENANT,
        "AZURE_CLIENT_ID": "33333333-3333-4333-8333-333333333333",
        "AZURE_CLIENT_SECRET": CLIENT_SECRET,
        "AZURE_TOKEN_CREDENTIALS": "EnvironmentCredential",
        "REQUESTS_CA_BUNDLE": str(bundle),
        "NO_PROXY": "*",
    }


@dataclass
class Azure:
    """What there is, what is answered instead (by a part of the path; each odd answer once), and what was asked."""

    server: HTTPServer
    blobs: str = "https://127.0.0.1:1/contosologs"
    accounts: list[Json] = field(default_factory=list)
    deployments: list[Json] = field(default_factory=list)
    gateways: list[Json] = field(default_factory=list)
    settings: dict[str, list[Json]] = field(default_factory=dict)
    exports: dict[str, list[Json]] = field(default_factory=dict)
    definitions: list[Json] = field(default_factory=list)
    series: int = 2
    """How many deployments have metrics."""
    costs: list[list[Any]] = field(default_factory=list)
    records: dict[str, list[Json]] = field(default_factory=lambda: defaultdict(list))
    most_records: int = 1_000_000
    """More than these are answered in part."""
    polls: int = 1
    parts: list[bytes] = field(default_factory=list)
    odd: defaultdict[str, list[Answer]] = field(default_factory=lambda: defaultdict(list))
    asked: list[tuple[str, str, str]] = field(default_factory=list)
    """Method, path and body of every call but those for tokens."""
    issued: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    """What was asked against the rules."""
    over: Event = field(default_factory=Event)

    @property
    def home(self) -> str:
        return self.server.url_for("").rstrip("/")

    def paths(self, part: str = "") -> list[str]:
        return [path for _, path, _ in self.asked if part in path]

    def answer(self, request: Request) -> Response:
        path = request.path
        if path == _TOKEN_PATH:
            return self._odd(path) or self._token(request)
        if path == _DISCOVERY:
            return good(
                {
                    "issuer": f"{self.home}/{TENANT}/v2.0",
                    "authorization_endpoint": f"{self.home}/{TENANT}/oauth2/v2.0/authorize",
                    "token_endpoint": f"{self.home}{_TOKEN_PATH}",
                }
            )
        self.asked.append((request.method, path, request.get_data(as_text=True)))
        bearer = request.headers.get("Authorization", "")
        if path.startswith(REPORT):
            if bearer or request.args.get("sig") != "c2lnbmF0dXJlLW9mLWEtcmVwb3J0LXNlY3JldA==":
                self.wrong.append("a token went to storage, or no signature")
            return self._odd(path) or self._report(request)
        if bearer.removeprefix("Bearer ") not in self.issued:
            self.wrong.append(f"no token for {path}")
            return error(401, "AuthenticationFailed")
        return self._odd(path) or self._route(request)

    def _odd(self, path: str) -> Response | None:
        for part, answers in self.odd.items():
            if part in path and answers:
                return answers.pop(0)()
        return None

    def _token(self, request: Request) -> Response:
        audience = request.form["scope"].split("/.default")[0].split(" ")[0]
        made = token(audience, len(self.issued))
        self.issued.append(made)
        return good({"token_type": "Bearer", "expires_in": 3599, "access_token": made})

    def _route(self, request: Request) -> Response:
        path = request.path
        for pattern, handle in self._routes():
            found = re.fullmatch(pattern, path, re.IGNORECASE)
            if found:
                return handle(request, *found.groups())
        return error(404, "ResourceNotFound")

    def _routes(self) -> list[tuple[str, Callable[..., Response]]]:
        sub = r"/subscriptions/[^/]+"
        return [
            (r"/subscriptions", self._subscriptions),
            (rf"{sub}/providers/Microsoft\.CognitiveServices/accounts", lambda r: self._paged(r, self.accounts)),
            (r"(.*)/accounts/[^/]+/deployments", lambda r, _: self._paged(r, self.deployments)),
            (rf"{sub}/providers/Microsoft\.ApiManagement/service", lambda r: self._paged(r, self.gateways)),
            (
                r"(.*)/providers/Microsoft\.Insights/diagnosticSettings",
                lambda _, of: good({"value": self.settings.get(of.lower(), [])}),
            ),
            (r".*/Microsoft\.Storage/storageAccounts/[^/]+", lambda _: good(self._storage())),
            (r".*/workspaces/[^/]+", lambda _: good({"properties": {"customerId": WORKSPACE_GUID}})),
            (r".*/Microsoft\.Insights/metricDefinitions", lambda _: good({"value": self.definitions})),
            (r"(.*)/providers/Microsoft\.Insights/metrics", self._metrics),
            (
                r"(.*)/providers/Microsoft\.CostManagement/exports",
                lambda _, of: good({"value": self.exports.get(of, [])}),
            ),
            (r"(.*)/providers/Microsoft\.CostManagement/query", self._query),
            (r"(.*)/providers/Microsoft\.CostManagement/generateCostDetailsReport", self._make_report),
            (r"(.*)/costDetailsOperationResults/(\d+)", self._poll),
            (r"/v1/workspaces/([^/]+)/query", self._logs),
        ]

    def _subscriptions(self, request: Request) -> Response:
        found = [
            {"id": f"/subscriptions/{each}", "subscriptionId": each, "state": state, "tenantId": TENANT}
            for each, state in ((SUBSCRIPTION, "Enabled"), (SUBSCRIPTION[:-1] + "9", "Disabled"))
        ]
        return self._paged(request, found)

    def _paged(self, request: Request, values: list[Json]) -> Response:
        first = int(request.args.get("$skiptoken", 0))
        page: Json = {"value": values[first : first + PAGE]}
        if first + PAGE < len(values):
            page["nextLink"] = f"{self.home}{request.path}?api-version=1&$skiptoken={first + PAGE}"
        return good(page)

    def _storage(self) -> Json:
        return {"id": STORAGE, "properties": {"primaryEndpoints": {"blob": f"{self.blobs}/"}}}

    def _metrics(self, request: Request, resource: str) -> Response:
        question = request.args
        dimensions = re.findall(r"(\w+) eq '\*'", question.get("$filter", ""))
        names = question["metricnames"].split(",")
        for name in names:
            known = {each["value"] for each in self._definition(name)["dimensions"]}
            if not set(dimensions) <= known:
                return error(400, "BadRequest")
        answer = self.told(resource, names, dimensions, question["timespan"], question["aggregation"])
        top = int(question.get("top", 10)) if dimensions else None
        for metric in answer["value"]:
            metric["timeseries"] = metric["timeseries"][:top]
        return good(answer)

    def told(self, resource: str, names: list[str], dimensions: list[str], timespan: str, aggregation: str) -> Json:
        """Metrics of a resource, as Monitor tells them."""
        since, until = (datetime.fromisoformat(each) for each in timespan.split("/"))
        hours = [since + timedelta(hours=each) for each in range(int((until - since).total_seconds()) // 3600)]
        return {
            "cost": 0,
            "timespan": timespan,
            "interval": "PT1H",
            "namespace": "Microsoft.CognitiveServices/accounts",
            "resourceregion": "eastus2",
            "value": [self._metric(resource, name, dimensions, hours, aggregation) for name in names],
        }

    def _definition(self, name: str) -> Json:
        return next(each for each in self.definitions if each["name"]["value"] == name)

    def _metric(self, resource: str, name: str, dimensions: list[str], hours: list[datetime], aggregation: str) -> Json:
        series = []
        for number in range(self.series):
            values = {
                "ModelDeploymentName": f"chat-{number}",
                "ModelName": "gpt-4.1-mini",
                "FeatureName": "gpt-4.1-mini",
                "ModelVersion": "2025-04-14",
                "StatusCode": "200",
            }
            points = [
                {"timeStamp": f"{at:%Y-%m-%dT%H:%M:%SZ}"}
                | dict.fromkeys(aggregation.split(","), 100.0 * (number + 1) + at.hour)
                for at in hours
            ]
            told = [{"name": {"value": each.lower()}, "value": values[each]} for each in dimensions]
            series.append({"metadatavalues": told, "data": points})
        return {
            "id": f"{resource}/providers/Microsoft.Insights/metrics/{name}",
            "type": "Microsoft.Insights/metrics",
            "name": {"value": name, "localizedValue": name},
            "unit": "Count",
            "timeseries": series,
            "errorCode": "Success",
        }

    def _query(self, request: Request, scope: str) -> Response:
        body = request.get_json()
        if body["dataset"]["granularity"] != "Daily" or len(body["dataset"]["grouping"]) > 2:
            return error(400, "BadRequest")
        first, last = (
            int(datetime.fromisoformat(body["timePeriod"][name]).strftime("%Y%m%d")) for name in ("from", "to")
        )
        rows = [row for row in self.costs if first <= row[2] <= last]
        if not rows:
            return Response(status=204)
        at = int(request.args.get("$skiptoken", 0))
        following = None
        if at + PAGE < len(rows):
            following = (
                f"{self.home}{scope}/providers/Microsoft.CostManagement/query?api-version=1&$skiptoken={at + PAGE}"
            )
        names = ("Cost", "UsageQuantity", "UsageDate", "ResourceId", "Meter", "Currency")
        columns = [{"name": name, "type": "String"} for name in names]
        properties = {"nextLink": following, "columns": columns, "rows": rows[at : at + PAGE]}
        return good({"id": f"{scope}/x", "type": "Microsoft.CostManagement/query", "properties": properties})

    def _make_report(self, request: Request, scope: str) -> Response:
        body = request.get_json()
        if body["metric"] != "ActualCost" or body["timePeriod"]["start"][:7] != body["timePeriod"]["end"][:7]:
            return error(400, "BadRequest")
        if not self.parts:
            return Response(status=204)
        return self._accepted(scope, self.polls)

    def _accepted(self, scope: str, left: int) -> Response:
        to = f"{self.home}{scope}/providers/Microsoft.CostManagement/costDetailsOperationResults/{left}?api-version=1"
        return Response(status=202, headers={"Location": to, "Retry-After": "0"})

    def _poll(self, request: Request, scope: str, left: str) -> Response:
        del request
        if int(left) > 0:
            return self._accepted(scope.split("/providers/Microsoft.CostManagement", maxsplit=1)[0], int(left) - 1)
        links = [f"{self.home}{REPORT}/{number}.csv?sig={SIGNATURE}" for number in range(len(self.parts))]
        manifest = {"blobCount": len(links), "blobs": [{"blobLink": each, "byteCount": 1} for each in links]}
        return good({"id": "x", "status": "Completed", "manifest": manifest, "validTill": "2026-12-01T00:00:00Z"})

    def _report(self, request: Request) -> Response:
        content = self.parts[int(request.path.rsplit("/", 1)[-1].removesuffix(".csv"))]
        wanted = re.fullmatch(r"bytes=(\d+)-(\d+)", request.headers.get("x-ms-range", ""))
        first = int(wanted[1]) if wanted else 0
        piece = content[first : int(wanted[2]) + 1] if wanted else content
        headers = {
            "Content-Range": f"bytes {first}-{first + len(piece) - 1}/{len(content)}",
            "ETag": '"0x1"',
            "x-ms-blob-type": "BlockBlob",
            "Last-Modified": "Mon, 02 Nov 2026 00:00:00 GMT",
        }
        return Response(piece, 206 if wanted else 200, headers, content_type="text/csv")

    def _logs(self, request: Request, workspace: str) -> Response:
        if workspace != WORKSPACE_GUID:
            return error(404, "WorkspaceNotFoundError")
        query = request.get_json()["query"]
        table = _found(_TABLE, query)[0]
        since, until = (datetime.fromisoformat(each) for each in _found(_BETWEEN, query))
        names = ["TimeGenerated", "Type", *_PROJECTED.findall(query.split("| project")[-1])]
        found = [each for each in self.records[table] if since <= datetime.fromisoformat(each["TimeGenerated"]) < until]
        categories = _CATEGORIES.search(query)
        if categories:
            found = [each for each in found if f'"{each.get("Category")}"' in categories[1]]
        if "summarize Count" in query:
            return good(
                {
                    "tables": [
                        {
                            "name": "PrimaryResult",
                            "columns": [{"name": "Count", "type": "long"}],
                            "rows": [[len(found)]],
                        }
                    ]
                }
            )
        rows = [[table if name == "Type" else each.get(name) for name in names] for each in found]
        columns = [{"name": name, "type": "string"} for name in names]
        answer: Json = {"tables": [{"name": "PrimaryResult", "columns": columns, "rows": rows[: self.most_records]}]}
        if len(rows) > self.most_records:
            answer["error"] = {"code": "PartialError", "message": "limits", "details": []}
        return good(answer)


def token(audience: str, number: int) -> str:
    """What Azurite takes for a token: it looks at the claims and not at the signature."""
    now = int(time.time())
    issuer = f"https://sts.windows.net/{TENANT}/"
    claims = {"aud": audience, "iss": issuer, "nbf": now - 60, "iat": now - 60, "exp": now + 3600, "jti": str(number)}
    parts = ({"alg": "none", "typ": "JWT"}, claims)
    coded = (base64.urlsafe_b64encode(json.dumps(each).encode()).rstrip(b"=").decode() for each in parts)
    return ".".join((*coded, "c2VjcmV0LXNpZ25hdHVyZQ"))


def _found(pattern: re.Pattern[str], text: str) -> tuple[str, ...]:
    found = pattern.search(text)
    assert found, text
    return found.groups()
