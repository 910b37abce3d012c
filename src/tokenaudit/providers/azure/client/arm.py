"""Calls of Azure Resource Manager: discovery, metrics, costs. Answers come out as the JSON that the service wrote."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Any

from azure.core.rest import HttpRequest

from tokenaudit.errors import ServiceError
from tokenaudit.providers.azure.client.endpoints import same_host
from tokenaudit.providers.azure.client.failures import cut_off, repeats, translated
from tokenaudit.providers.azure.client.operations import (
    ACCOUNTS,
    COST_QUERY,
    COST_REPORT,
    DEPLOYMENTS,
    DIAGNOSTIC_SETTINGS,
    EXPORTS,
    GATEWAYS,
    METRIC_DEFINITIONS,
    METRICS,
    STORAGE_ACCOUNT,
    SUBSCRIPTIONS,
    WORKSPACE,
    Operation,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tokenaudit.providers.azure.client.connection import Connection

Json = dict[str, Any]

_VERSIONS = {
    SUBSCRIPTIONS: "2022-12-01",
    GATEWAYS: "2024-05-01",
    DIAGNOSTIC_SETTINGS: "2021-05-01-preview",
    STORAGE_ACCOUNT: "2023-05-01",
    WORKSPACE: "2023-09-01",
    COST_REPORT: "2025-03-01",
}
_FIRST_POLL_S = 5.0
_LONGEST_POLL_S = 60.0
_MOST_PAGES = 10_000


class Arm:
    """Thread-safe. Every method raises CredentialsError or ServiceError, and NoDataError for what does not exist."""

    def __init__(self, connection: Connection, poll_s: float = _FIRST_POLL_S) -> None:
        self._at = connection
        self._poll_s = poll_s

    def subscriptions(self) -> list[Json]:
        """Every subscription that the credential sees."""
        return self._all(SUBSCRIPTIONS, "/subscriptions")

    def accounts(self, subscription: str) -> list[Json]:
        """Accounts of all Cognitive Services."""
        list_them = self._at.cognitive(subscription).accounts.list
        return self._drained(ACCOUNTS, f"/subscriptions/{subscription}", list_them)

    def deployments(self, subscription: str, group: str, account: str) -> list[Json]:
        """Deployments of an account."""
        operations = self._at.cognitive(subscription).deployments
        return self._drained(DEPLOYMENTS, account, lambda **hook: operations.list(group, account, **hook))

    def gateways(self, subscription: str) -> list[Json]:
        """API Management services."""
        return self._all(GATEWAYS, f"/subscriptions/{subscription}/providers/Microsoft.ApiManagement/service")

    def diagnostic_settings(self, resource: str) -> list[Json]:
        """Of an account or a gateway."""
        return self._all(DIAGNOSTIC_SETTINGS, f"{resource}/providers/Microsoft.Insights/diagnosticSettings")

    def storage_account(self, resource: str) -> Json:
        """Its properties; `properties.primaryEndpoints.blob` is where the blobs are."""
        return self._get(STORAGE_ACCOUNT, resource)

    def workspace(self, resource: str) -> Json:
        """Its properties; `properties.customerId` is what queries call it."""
        return self._get(WORKSPACE, resource)

    def exports(self, scope: str) -> list[Json]:
        """Exports of costs that are defined at a scope, not above or below."""
        found = self._hooked(EXPORTS, scope, lambda **hook: self._at.arm.exports.list(scope.strip("/"), **hook))
        return _values(found[-1], EXPORTS, scope) if found else []

    def metric_definitions(self, resource: str) -> list[Json]:
        """Every metric of a resource with its dimensions and aggregations."""
        operations = self._at.monitor.metric_definitions
        return self._drained(METRIC_DEFINITIONS, resource, lambda **hook: operations.list(resource.strip("/"), **hook))

    def metrics(self, resource: str, **question: str | int | None) -> Json:
        """An answer of `metrics.list`; `question` are its parameters."""
        found = self._hooked(
            METRICS,
            resource,
            lambda **hook: self._at.monitor.metrics.list(resource.strip("/"), **question, **hook),  # type: ignore[arg-type]
        )
        if not found or not isinstance(found[-1].get("value"), list):
            raise cut_off(METRICS, resource)
        return found[-1]

    def cost_query(self, scope: str, body: Json) -> Iterator[Json]:
        """The pages of an answer; none where there is no data (204).

        The SDK does not page: `nextLink` is asked with the same body.
        """
        ask: Any = self._at.arm.query.usage
        found = self._hooked(COST_QUERY, scope, lambda **hook: ask(scope.strip("/"), body, **hook))
        seen: set[str] = set()
        while found:
            page = found[-1]
            properties = page.get("properties")
            if not isinstance(properties, dict) or not isinstance(properties.get("rows"), list):
                raise cut_off(COST_QUERY, scope)
            yield page
            following = properties.get("nextLink")
            if not following:
                return
            if following in seen or len(seen) > _MOST_PAGES:
                raise repeats(COST_QUERY, scope)
            seen.add(following)
            found = [self._sent(COST_QUERY, scope, HttpRequest("POST", self._at_home(following), json=body))]

    def cost_report(self, scope: str, body: Json) -> Json | None:
        """What a Cost Details report says of itself when it is done, signed addresses included; None for no data.

        Takes minutes. Raises ServiceError for one that fails, or is not done in an hour.
        """
        path = f"{_path(scope)}/providers/Microsoft.CostManagement/generateCostDetailsReport"
        request = HttpRequest("POST", self._url(COST_REPORT, path), json=body)
        with translated(COST_REPORT, scope):
            response = self._at.arm.send_request(request)
            until = time.monotonic() + 3600
            location, wait_s = None, self._poll_s
            while response.status_code == 202 and time.monotonic() < until:
                location = response.headers.get("Location") or location
                if location is None:
                    raise cut_off(COST_REPORT, scope)
                asked = response.headers.get("Retry-After", "")
                time.sleep(min(float(asked), _LONGEST_POLL_S) if asked.isdigit() else wait_s)
                wait_s = min(wait_s * 1.5, _LONGEST_POLL_S)
                response = self._at.arm.send_request(HttpRequest("GET", self._at_home(location)))
            if response.status_code == 204:
                return None
            response.raise_for_status()
            done = _json(response, COST_REPORT, scope)
        if response.status_code != 200 or str(done.get("status", "Completed")).lower() != "completed":
            raise ServiceError(
                f"Cost Management did not make the report of {scope}",
                hint="a report covers a month of the last 13, of an EA or MCA scope; an export covers more",
            )
        return done

    def _get(self, operation: Operation, path: str) -> Json:
        return self._sent(operation, path, HttpRequest("GET", self._url(operation, path)))

    def _all(self, operation: Operation, path: str) -> list[Json]:
        """Every element of a paged list."""
        found: list[Json] = []
        following: str | None = self._url(operation, path)
        seen: set[str] = set()
        while following:
            if following in seen or len(seen) > _MOST_PAGES:
                raise repeats(operation, path)
            seen.add(following)
            page = self._sent(operation, path, HttpRequest("GET", self._at_home(following)))
            found.extend(_values(page, operation, path))
            following = page.get("nextLink")
        return found

    def _drained(self, operation: Operation, target: str, paged: Callable[..., Any]) -> list[Json]:
        """Every element of a list that the SDK pages."""

        def drain(**hook: Any) -> None:
            pages, seen = paged(**hook).by_page(), set[str | None]()
            for page in pages:
                list(page)
                if pages.continuation_token in seen or len(seen) > _MOST_PAGES:
                    raise repeats(operation, target)
                seen.add(pages.continuation_token)

        return [each for page in self._hooked(operation, target, drain) for each in _values(page, operation, target)]

    def _hooked(self, operation: Operation, target: str, call: Callable[..., Any]) -> list[Json]:
        """The JSON of every good answer to what an SDK's method asks."""
        bodies: list[Any] = []

        def keep(response: Any) -> None:
            if response.http_response.status_code == 200:
                bodies.append(response.http_response)

        with translated(operation, target):
            call(raw_response_hook=keep)
        return [_json(each, operation, target) for each in bodies]

    def _sent(self, operation: Operation, target: str, request: HttpRequest) -> Json:
        with translated(operation, target):
            response = self._at.arm.send_request(request)
            response.raise_for_status()
            return _json(response, operation, target)

    def _url(self, operation: Operation, path: str) -> str:
        return f"{self._at.endpoints.management}{_path(path)}?api-version={_VERSIONS[operation]}"

    def _at_home(self, url: str) -> str:
        return same_host(url, self._at.endpoints.management)


def _path(scope: str) -> str:
    return "/" + scope.strip("/")


def _json(response: Any, operation: Operation, target: str) -> Json:
    try:
        found = json.loads(response.content)
    except ValueError:
        raise cut_off(operation, target) from None
    if not isinstance(found, dict):
        raise cut_off(operation, target)
    return found


def _values(page: Json, operation: Operation, target: str) -> list[Json]:
    found = page.get("value")
    if not isinstance(found, list):
        raise cut_off(operation, target)
    return [each for each in found if isinstance(each, dict)]
