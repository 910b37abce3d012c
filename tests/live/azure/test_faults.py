"""What goes wrong on the way: told in our own words, with a code, and without a secret."""

from __future__ import annotations

import json
import logging
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from tests.live.azure.answers import cut_off, error, good
from tests.live.azure.conftest import NOW
from tests.live.azure.resources import (
    ACCOUNT,
    BILLING,
    CLIENT_SECRET,
    SIGNATURE,
    SUBSCRIPTION,
    WORKSPACE_GUID,
    account,
    deployment,
)
from werkzeug import Response

from tokenaudit.errors import CredentialsError, ServiceError, TokenauditError
from tokenaudit.model.pulling import Failure, InventoryItem
from tokenaudit.model.question import Window
from tokenaudit.providers.azure.client import arm

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.live.azure.conftest import Puller
    from tests.live.azure.services import Azure

    from tokenaudit.model.pulling import Cloud, Feed, Kind

WINDOW = Window(NOW - timedelta(hours=9), NOW)


@pytest.fixture
def metrics(azure: Azure, connect: Callable[..., Cloud]) -> Callable[..., Feed]:
    azure.accounts = [account()]

    def found(**manners: Any) -> Feed:
        (feed,) = connect(manners).feeds(("metrics",), WINDOW)
        assert not isinstance(feed, Failure)
        return feed

    return found


PASSING: dict[str, Callable[[], Response]] = {
    "busy": lambda: error(503, "ServerBusy"),
    "broken": lambda: error(500, "InternalServerError"),
    "gateway": lambda: Response("<html>bad gateway</html>", 502),
    "throttled": lambda: error(429, "TooManyRequests", Retry_After="0"),
    "cut off": cut_off,
}


@pytest.mark.parametrize("fault", PASSING)
@pytest.mark.parametrize("where", ["/metricDefinitions", "/Microsoft.Insights/metrics", "/accounts", "/exports"])
def test_what_passes_is_tried_again(
    azure: Azure, connect: Callable[..., Cloud], puller: Puller, fault: str, where: str
) -> None:
    azure.accounts = [account()]
    azure.odd[where] += [PASSING[fault]] * 2
    fetched = 0
    for feed in connect().feeds(("metrics", "costs"), WINDOW):
        assert not isinstance(feed, Failure)
        fetched += len(puller.pull(feed, WINDOW))
    assert fetched == 2  # today's metrics, and this month's costs
    assert azure.odd[where] == []


@pytest.mark.parametrize("fault", PASSING)
def test_what_does_not_pass_is_an_error_of_the_service(
    azure: Azure, metrics: Callable[..., Feed], puller: Puller, fault: str
) -> None:
    azure.odd["/Microsoft.Insights/metrics"] += [PASSING[fault]] * 9
    with pytest.raises(ServiceError, match="Azure Monitor") as raised:
        puller.pull(metrics(), WINDOW)
    assert raised.value.exit_code == 5
    assert len(azure.paths("/Microsoft.Insights/metrics")) == 3
    assert "Metrics - List" in str(raised.value)
    assert ACCOUNT.lower() in str(raised.value)


ODD = ['{"value": [', "[]", "{}", "null", '"text"', '{"value": 7}', '{"value": {}}', '{"properties": {"rows": 7}}', ""]


@pytest.mark.parametrize("body", ODD)
@pytest.mark.parametrize(
    "where", ["/Microsoft.Insights/metrics", "/metricDefinitions", "/accounts", "/subscriptions", "/exports", "/query"]
)
def test_an_answer_of_another_form_is_an_error(
    azure: Azure, connect: Callable[..., Cloud], puller: Puller, body: str, where: str
) -> None:
    azure.accounts = [account()]
    azure.odd[where].append(lambda: Response(body, content_type="application/json"))
    with pytest.raises(ServiceError, match="cut off, or of an unknown form"):
        raise_failures(connect(), puller)


@pytest.mark.parametrize("body", ODD)
def test_an_answer_of_log_analytics_of_another_form_is_an_error(
    azure: Azure, connect: Callable[..., Cloud], puller: Puller, body: str
) -> None:
    (feed,) = connect(workspaces=[WORKSPACE_GUID]).feeds(("logs",), WINDOW)
    azure.odd["/query"].append(lambda: Response(body, content_type="application/json"))
    with pytest.raises(ServiceError, match="cut off, or of an unknown form"):
        puller.pull(feed, WINDOW)  # type: ignore[arg-type]


def test_a_slow_service_is_given_up(azure: Azure, metrics: Callable[..., Feed], puller: Puller) -> None:
    def slowly() -> Response:
        azure.over.wait(20)
        return good({})

    feed = metrics(timeout_s=0.3, attempts=2)
    azure.odd["/Microsoft.Insights/metrics"] += [slowly] * 2
    with pytest.raises(ServiceError, match="could not be reached"):
        puller.pull(feed, WINDOW)


def test_a_token_that_is_no_longer_taken_is_an_error_of_credentials(
    azure: Azure, metrics: Callable[..., Feed], puller: Puller
) -> None:
    azure.odd["/Microsoft.Insights/metrics"] += [lambda: error(401, "ExpiredAuthenticationToken")] * 3
    with pytest.raises(CredentialsError, match="answered 401 ExpiredAuthenticationToken") as raised:
        puller.pull(metrics(), WINDOW)
    assert raised.value.exit_code == 4
    assert "expired" in raised.value.hint


def test_a_right_that_is_missing_is_named(azure: Azure, metrics: Callable[..., Feed], puller: Puller) -> None:
    azure.odd["/Microsoft.Insights/metrics"].append(lambda: error(403, "AuthorizationFailed"))
    with pytest.raises(CredentialsError, match="answered 403 AuthorizationFailed") as raised:
        puller.pull(metrics(), WINDOW)
    assert "Monitoring Reader (Microsoft.Insights/metrics/read)" in raised.value.hint


def test_without_a_token_nothing_is_asked(azure: Azure, connect: Callable[..., Cloud]) -> None:
    refused = {"error": "invalid_client", "error_description": f"AADSTS7000215: Invalid secret {CLIENT_SECRET}."}
    azure.odd["/oauth2/v2.0/token"] += [lambda: Response(json.dumps(refused), 401)] * 9
    with pytest.raises(CredentialsError, match=r"no token of Microsoft Entra ID .* \(AADSTS7000215\)") as raised:
        list(connect().feeds(("metrics",), WINDOW))
    assert CLIENT_SECRET not in f"{raised.value} {raised.value.hint}"
    assert azure.asked == []


def test_without_any_credential_it_is_said_how_to_sign_in(
    azure: Azure, connect: Callable[..., Cloud], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("AZURE_CLIENT_SECRET")
    with pytest.raises(CredentialsError, match="no token of Microsoft Entra ID") as raised:
        list(connect().inventory())
    assert "az login" in raised.value.hint
    assert azure.asked == []
    # Without a handler, Python itself would print the library's warning beside our error.
    assert all(logging.getLogger(name).handlers for name in ("azure", "msal", "urllib3"))


def test_a_part_that_cannot_be_had_does_not_keep_the_others(azure: Azure, connect: Callable[..., Cloud]) -> None:
    azure.deployments = [deployment("chat-0")]
    azure.odd["/contoso-ai/deployments"].append(lambda: error(403, "AuthorizationFailed"))
    found = list(connect().inventory())
    assert [type(each) for each in found] == [Failure, InventoryItem]
    azure.odd["/exports"].append(lambda: error(403, "AuthorizationFailed"))
    feeds = list(connect().feeds(("metrics", "costs"), WINDOW))
    (failure,) = [each for each in feeds if isinstance(each, Failure)]
    assert (failure.kind, failure.name) == ("costs", f"exports of /subscriptions/{SUBSCRIPTION}")
    assert len(feeds) == 3


def test_places_that_are_named_are_read_where_nothing_can_be_discovered(
    azure: Azure, connect: Callable[..., Cloud]
) -> None:
    azure.odd["/subscriptions"] += [lambda: error(400, "BadRequest")] * 9
    named = {"logs": [f"{azure.blobs}/insights-logs-requestresponse"], "exports": [f"{azure.blobs}/bills"]}
    kinds: list[Kind] = ["logs", "metrics", "costs"]
    found = list(connect(**named).feeds(kinds, WINDOW))
    assert [(each.kind, isinstance(each, Failure)) for each in found] == [
        ("logs", False),
        ("costs", False),
        ("metrics", True),
    ]
    with pytest.raises(ServiceError, match="Subscriptions - List"):
        list(connect().feeds(kinds, WINDOW))


@pytest.mark.parametrize("where", ["/subscriptions", "Microsoft.CognitiveServices/accounts"])
def test_lists_that_go_round_in_a_circle_are_an_error(azure: Azure, connect: Callable[..., Cloud], where: str) -> None:
    following = f"{azure.home}{where if where[0] == '/' else f'/subscriptions/{SUBSCRIPTION}/providers/{where}'}?x=1"
    azure.odd[where] += [lambda: good({"value": [], "nextLink": following})] * 5
    with pytest.raises(ServiceError, match="go round in a circle"):
        raise_failures(connect(subscriptions=[SUBSCRIPTION]) if "accounts" in where else connect())


@pytest.mark.parametrize("where", ["/subscriptions", "Microsoft.CognitiveServices/accounts"])
def test_no_list_leads_to_another_host(azure: Azure, connect: Callable[..., Cloud], where: str) -> None:
    azure.odd[where].append(lambda: good({"value": [], "nextLink": "https://127.0.0.2:1/steal"}))
    with pytest.raises(ServiceError, match="leads to another host"):
        raise_failures(connect(subscriptions=[SUBSCRIPTION]) if "accounts" in where else connect())


def raise_failures(cloud: Cloud, puller: Puller | None = None) -> None:
    """Raises the first failure; `puller` fetches what there is too."""
    for each in cloud.feeds(("metrics", "costs") if puller else ("metrics",), WINDOW):
        if isinstance(each, Failure):
            raise each.error
        if puller:
            puller.pull(each, WINDOW)


def test_a_report_that_is_cut_off_is_read_on(
    azure: Azure, connect: Callable[..., Cloud], puller: Puller, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(arm, "_LONGEST_POLL_S", 0.01)
    azure.parts = [b"Date,Cost\n" + b"2026-10-01,1\n" * 1000]

    def cut() -> Response:
        size = len(azure.parts[0])
        told = {"ETag": '"0x1"', "Content-Range": f"bytes 0-{size - 1}/{size}", "x-ms-blob-type": "BlockBlob"}
        response = Response(azure.parts[0][:500], 206, told, content_type="text/csv")
        response.automatically_set_content_length = False
        response.headers["Content-Length"] = str(size)
        return response

    (feed,) = connect(billing_scopes=[BILLING]).feeds(("costs",), WINDOW)
    azure.odd["/signed/report"].append(cut)
    (first, *_) = feed.objects(WINDOW, puller.ledger)  # type: ignore[union-attr]
    assert puller.fetch(first) == azure.parts[0]
    azure.odd["/signed/report"] += [cut] * 50
    with pytest.raises(ServiceError, match=r"could not be reached|cut off"):
        puller.fetch(first)


def test_no_secret_is_shown_or_logged(
    azure: Azure,
    connect: Callable[..., Cloud],
    puller: Puller,
    told: list[str],
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """At the loudest level of every library's log, while all goes well and while everything fails."""
    caplog.set_level(logging.DEBUG)
    logging.getLogger("werkzeug").setLevel(logging.CRITICAL)
    monkeypatch.setattr(arm, "_LONGEST_POLL_S", 0.01)
    azure.parts = [b"Date,Cost\n"]
    shown: list[str] = []
    secret = f"AccountKey={SIGNATURE} Bearer {SIGNATURE} https://x/?sig={SIGNATURE}"
    faults = [None, lambda: error(400, SIGNATURE, secret), lambda: error(403, "X", secret), cut_off]
    for fault in faults:
        if fault:
            azure.odd["/query"] += [fault]
            azure.odd["/signed/report"] += [fault] * 3
            azure.odd["/metrics"] += [fault] * 3
        for table in ({}, {"billing_scopes": [BILLING]}):
            shown += everything(connect(**table), puller)
    shown += [*told, *(str(each) for each in puller.ledger.read), caplog.text]
    text = "\n".join(shown)
    assert "/signed/report" in caplog.text  # the addresses are logged, and it is their signatures that are not
    assert len(azure.issued) > 1
    for planted in (CLIENT_SECRET, SIGNATURE, SIGNATURE.replace("%3D", "="), *azure.issued):
        assert planted not in text


def everything(cloud: Cloud, puller: Puller) -> list[str]:
    """Whatever a person could be shown of a pull and a visit of the doctor."""
    shown = []
    for feed in cloud.feeds(("logs", "metrics", "costs"), WINDOW):
        if isinstance(feed, Failure):
            shown += [feed.name, str(feed.error)]
            continue
        shown.append(feed.name)
        try:
            for each in feed.objects(WINDOW, puller.ledger):
                shown += [each.uri, each.path, each.identity]
                puller.fetch(each)
        except TokenauditError as failed:
            shown += [str(failed), failed.hint, repr(failed.__cause__)]
    shown += [str(each) for each in cloud.examine()]
    return shown
