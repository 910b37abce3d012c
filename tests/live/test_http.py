"""The client of the price lists by itself: how long it waits, what it sends, and through which proxy."""

from __future__ import annotations

import socket
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from threading import Thread
from typing import TYPE_CHECKING

import pytest
from tests.live.price_services import cut_off, status
from werkzeug import Response

from tokenaudit.catalogue.addresses import origin, require_safe, shown
from tokenaudit.catalogue.http import ATTEMPTS, Http
from tokenaudit.errors import ServiceError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from pytest_httpserver import HTTPServer
    from werkzeug import Request


class Watch:
    """A clock that only moves when somebody sleeps."""

    def __init__(self) -> None:
        self.slept: list[float] = []

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)

    def now(self) -> float:
        return sum(self.slept)


@pytest.fixture
def watch() -> Watch:
    return Watch()


@pytest.fixture
def client(bundle: Path, watch: Watch, monkeypatch: pytest.MonkeyPatch) -> Iterator[Http]:
    monkeypatch.setenv("NO_PROXY", "*")
    with Http({"SSL_CERT_FILE": str(bundle)}, watch.sleep, watch.now, max_bytes=100_000) as http:
        yield http


def answering(server: HTTPServer, *answers: Callable[[], Response]) -> tuple[str, list[Request]]:
    """An address that gives these answers one after the other, the last one again and again; and what was asked."""
    asked: list[Request] = []

    def answer(request: Request) -> Response:
        asked.append(request)
        return answers[min(len(asked), len(answers)) - 1]()

    server.expect_request("/list").respond_with_handler(answer)
    return server.url_for("/list?sig=SECRET"), asked


def fine() -> Response:
    return Response(b"prices", content_type="application/json")


def test_waits_grow_and_differ_and_end(client: Http, watch: Watch, httpserver: HTTPServer) -> None:
    url, asked = answering(httpserver, status(503))
    with pytest.raises(ServiceError, match=rf"/list: HTTP status 503 \({ATTEMPTS} attempts\)$") as failed:
        client.get(url)
    assert "SECRET" not in str(failed.value) + failed.value.hint
    assert len(asked) == ATTEMPTS
    assert len(watch.slept) == ATTEMPTS - 1
    for number, slept in enumerate(watch.slept):
        assert 0.25 * 2**number <= slept <= 0.5 * 2**number


def test_what_the_service_asks_for_is_waited(client: Http, watch: Watch, httpserver: HTTPServer) -> None:
    later = format_datetime(datetime.now(UTC) + timedelta(seconds=90), usegmt=True)
    url, _ = answering(httpserver, status(429, Retry_After="17"), status(503, Retry_After=later), fine)
    assert client.get(url) == b"prices"
    assert watch.slept[0] == 17
    assert 60 < watch.slept[1] <= 90


@pytest.mark.parametrize("asks", ["100000", "Fri, 31 Dec 2199 23:59:59 GMT"])
def test_nobody_waits_longer_than_patience(client: Http, watch: Watch, httpserver: HTTPServer, asks: str) -> None:
    url, _ = answering(httpserver, status(429, Retry_After=asks), fine)
    with pytest.raises(ServiceError, match=r"429 \(1 attempt\)"):
        client.get(url)
    assert watch.slept == []


@pytest.mark.parametrize("asks", ["", "soon", "-5", "1e9"])
def test_a_wish_that_is_none_is_passed_over(client: Http, watch: Watch, httpserver: HTTPServer, asks: str) -> None:
    url, _ = answering(httpserver, status(429, Retry_After=asks), fine)
    assert client.get(url) == b"prices"
    assert 0.25 <= watch.slept[0] <= 0.5


@pytest.mark.parametrize("code", [400, 401, 403, 404, 410, 501])
def test_what_does_not_pass_is_not_tried_again(client: Http, watch: Watch, httpserver: HTTPServer, code: int) -> None:
    url, asked = answering(httpserver, status(code))
    with pytest.raises(ServiceError, match=f"HTTP status {code}"):
        client.get(url)
    assert (len(asked), watch.slept) == (1, [])


def test_an_answer_that_is_cut_off_is_never_taken(client: Http, httpserver: HTTPServer) -> None:
    url, _ = answering(httpserver, cut_off, fine)
    assert client.get(url) == b"prices"


def test_an_answer_without_end_is_given_up(client: Http, httpserver: HTTPServer) -> None:
    url, _ = answering(httpserver, lambda: Response(b"x" * 100_001))
    with pytest.raises(ServiceError, match="longer than 100,000 bytes"):
        client.get(url)


def test_a_redirect_is_followed_and_nothing_secret_is_sent(client: Http, httpserver: HTTPServer) -> None:
    url, asked = answering(httpserver, status(302, Location="/list?moved", Set_Cookie="id=1"), fine)
    assert client.get(url) == b"prices"
    assert [request.query_string for request in asked] == [b"sig=SECRET", b"moved"]
    assert all("Authorization" not in request.headers for request in asked)


@contextmanager
def tunnel() -> Iterator[tuple[int, list[bytes]]]:
    """A proxy that answers one CONNECT and refuses it; the port, and the lines that it was sent."""
    seen: list[bytes] = []
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def serve() -> None:
            connection, _ = listening.accept()
            with connection:
                seen.append(connection.recv(65536).split(b"\r\n")[0])
                connection.sendall(b"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n")

        thread = Thread(target=serve, daemon=True)
        thread.start()
        yield listening.getsockname()[1], seen
        thread.join(10)


def test_a_proxy_of_the_environment_is_used_and_its_password_is_not_shown(
    monkeypatch: pytest.MonkeyPatch, watch: Watch
) -> None:
    with tunnel() as (port, seen):
        for name in ("NO_PROXY", "no_proxy", "https_proxy"):
            monkeypatch.delenv(name, raising=False)
        monkeypatch.setenv("HTTPS_PROXY", f"http://user:SECRET@127.0.0.1:{port}")
        with Http({}, watch.sleep, watch.now) as http, pytest.raises(ServiceError) as failed:
            http.get("https://prices.example/list")
    assert seen == [b"CONNECT prices.example:443 HTTP/1.1"]
    assert str(failed.value) == "https://prices.example/list: the proxy refused"
    assert "HTTPS_PROXY" in failed.value.hint


@pytest.mark.parametrize(
    "url", ["https://prices.example/x", "http://localhost:1/", "http://127.8.9.1/", "http://[::1]:8/"]
)
def test_https_everywhere_and_http_only_on_this_machine(url: str) -> None:
    require_safe(url)


@pytest.mark.parametrize(
    "url",
    [
        "http://prices.example/",
        "http://localhost.prices.example/",
        "http://user@localhost@prices.example/",
        "http://10.0.0.1/",
        "file:///etc/hosts",
        "ftp://localhost/",
        "https://",
        "//prices.example/",
        "https://[/",
        "",
    ],
)
def test_anything_else_is_refused(url: str) -> None:
    with pytest.raises(ServiceError, match="no https address"):
        require_safe(url)


def test_an_address_is_shown_without_what_may_be_secret() -> None:
    assert shown("https://user:SECRET@prices.example:8443/a/b?sig=SECRET#SECRET") == "https://prices.example:8443/a/b"


def test_a_port_that_is_not_written_is_the_usual_one() -> None:
    assert origin("https://prices.example:443/a") == origin("https://PRICES.example/b?c")
    assert origin("https://prices.example:8443/") != origin("https://prices.example/")
    assert origin("http://prices.example/") != origin("https://prices.example/")
