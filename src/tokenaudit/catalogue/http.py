"""Documents from the web: one client for every price list, patient with busy services and strict about where it goes.

Proxies come from the environment (HTTPS_PROXY, NO_PROXY), and so does the certificate bundle of a company's own
(SSL_CERT_FILE or REQUESTS_CA_BUNDLE). Nothing is sent but the request: no credentials, no cookies.
"""

from __future__ import annotations

import os
import random
import re
import ssl
import time
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, NoReturn, Self

from tokenaudit.catalogue.addresses import joined, origin, require_safe, shown
from tokenaudit.errors import ConfigError, ServiceError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import httpx

ATTEMPTS = 6
FIRST_WAIT_S = 0.5
LONGEST_WAIT_S = 30.0
PATIENCE_S = 120.0
"""How long one document may take, waits and all. TOKENAUDIT_HTTP_PATIENCE_S is another number of seconds."""

MAX_BYTES = 64 * 1024 * 1024
_REDIRECTS = 5
_PATIENCE = "TOKENAUDIT_HTTP_PATIENCE_S"
_BUNDLES = ("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE")
_MOVED = frozenset((301, 302, 303, 307, 308))
_BUSY = frozenset((408, 425, 429, 500, 502, 503, 504))
_LATER = "try again later; what was there before stays in force"


class _Busy(Exception):  # noqa: N818  # no error yet: the next attempt may succeed
    """An attempt that failed in a way that may pass, and how long the service asks to wait (None: it does not say)."""

    def __init__(self, reason: str, wait_s: float | None = None) -> None:
        super().__init__(reason)
        self.wait_s = wait_s


class Http:
    """Fetches documents by GET. Use it as a context manager; one connection serves many requests.

    `sleep` and `clock` are those of `time`, and others in tests.
    """

    def __init__(
        self,
        environ: Mapping[str, str] | None = None,
        sleep: Callable[[float], None] = time.sleep,
        clock: Callable[[], float] = time.monotonic,
        max_bytes: int = MAX_BYTES,
    ) -> None:
        """Raises ConfigError for a certificate bundle that cannot be read, or a patience that is no time."""
        import httpx  # a fifth of a second to load, and only updates ask the web  # noqa: PLC0415

        environ = os.environ if environ is None else environ
        self._library = httpx
        self._sleep = sleep
        self._clock = clock
        self._max_bytes = max_bytes
        self._patience_s = _patience(environ)
        timeout = httpx.Timeout(min(30.0, self._patience_s))
        try:
            self._client = httpx.Client(verify=_certificates(environ), timeout=timeout, follow_redirects=False)
        except ValueError as error:
            raise ConfigError(
                "a proxy of the environment is no address", hint="correct HTTPS_PROXY, HTTP_PROXY and ALL_PROXY"
            ) from error

    def __enter__(self) -> Self:
        """The client itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """Closes the connections."""
        self._client.close()

    def get(self, url: str) -> bytes:
        """The document at `url`. Raises ServiceError when it cannot be had, after patient attempts.

        What may pass is tried again, later each time: throttling, errors of the server, broken connections, answers
        that were cut off. `Retry-After` is obeyed where patience allows.
        """
        ends = self._clock() + self._patience_s
        for attempt in range(1, ATTEMPTS + 1):
            try:
                return self._follow(url, ends)
            except _Busy as busy:
                wait_s = self._wait_s(attempt, busy)
                if attempt == ATTEMPTS or self._clock() + wait_s > ends:
                    tries = f"{attempt} attempt{'s' * (attempt > 1)}"
                    raise ServiceError(f"{shown(url)}: {busy} ({tries})", hint=_LATER) from busy
                self._sleep(wait_s)
        raise AssertionError  # the last attempt returns or raises

    def _wait_s(self, attempt: int, busy: _Busy) -> float:
        if busy.wait_s is not None:
            return busy.wait_s
        longest: float = min(LONGEST_WAIT_S, FIRST_WAIT_S * 2 ** (attempt - 1))
        return random.uniform(longest / 2, longest)  # noqa: S311  # it spreads clients in time, and guards nothing

    def _follow(self, url: str, ends: float) -> bytes:
        """One attempt, through every redirect."""
        for _ in range(_REDIRECTS + 1):
            require_safe(url)
            found = self._once(url, ends)
            if isinstance(found, bytes):
                return found
            target = joined(url, found)
            if origin(url)[0] == "https" and origin(target)[0] != "https":
                raise ServiceError(
                    f"{shown(url)} leads to {shown(target)}, which is not encrypted",
                    hint="prices are taken over https only; check the proxy, if there is one",
                )
            url = target
        raise ServiceError(f"{shown(url)}: more than {_REDIRECTS} redirects", hint=_LATER)

    def _once(self, url: str, ends: float) -> bytes | str:
        """The document, or where it has moved to. Raises _Busy for what may pass."""
        try:
            with self._client.stream("GET", url, headers={"Accept": "application/json"}) as answer:
                moved: str | None = answer.headers.get("Location")
                if answer.status_code in _MOVED and moved:
                    return moved
                if answer.status_code != 200:
                    self._refuse(answer)
                return self._body(url, answer, ends)
        except (self._library.TransportError, self._library.DecodingError) as error:
            self._explain(url, error)
        except self._library.InvalidURL as error:
            raise ServiceError(f"{shown(url)} is no address", hint=_LATER) from error

    def _body(self, url: str, answer: httpx.Response, ends: float) -> bytes:
        pieces, size = [], 0
        for piece in answer.iter_bytes():
            size += len(piece)
            if size > self._max_bytes:
                raise ServiceError(
                    f"{shown(url)}: the answer is longer than {self._max_bytes:,} bytes",
                    hint="no price list is that long; check the address",
                )
            if self._clock() > ends:
                raise _Busy("the answer took too long")
            pieces.append(piece)
        return b"".join(pieces)

    def _refuse(self, answer: httpx.Response) -> NoReturn:
        status = f"HTTP status {answer.status_code}"
        if answer.status_code in _BUSY:
            raise _Busy(status, _retry_after_s(answer.headers.get("Retry-After")))
        raise ServiceError(
            f"{shown(str(answer.url))}: {status}", hint="check the address, and the proxy if there is one"
        )

    def _explain(self, url: str, error: httpx.TransportError | httpx.DecodingError) -> NoReturn:
        """What a failure of the connection means. Its own text may hold a proxy's password, and is not shown."""
        cause: BaseException | None = error
        while cause is not None:
            if isinstance(cause, ssl.SSLCertVerificationError):
                raise ServiceError(
                    f"{shown(url)}: the certificate is not trusted ({cause.verify_message})",
                    hint="name your company's certificates in SSL_CERT_FILE, or use --from with saved files",
                ) from error
            cause = cause.__cause__ or cause.__context__
        if isinstance(error, self._library.ProxyError):
            raise ServiceError(
                f"{shown(url)}: the proxy refused",
                hint="check HTTPS_PROXY and NO_PROXY, or use --from with saved files",
            ) from error
        if isinstance(error, self._library.TimeoutException):
            raise _Busy("no answer in time") from error
        if isinstance(error, self._library.ConnectError):
            raise _Busy("no connection") from error
        raise _Busy("the answer was cut off") from error


def _retry_after_s(value: str | None) -> float | None:
    """Seconds to wait, from seconds or a date; None where it says nothing."""
    if not value:
        return None
    if re.fullmatch(r"[0-9]{1,6}", value.strip()):
        return float(value)
    try:
        at = parsedate_to_datetime(value)
    except ValueError:
        return None
    at = at.replace(tzinfo=UTC) if at.tzinfo is None else at
    return max(0.0, (at - datetime.now(UTC)).total_seconds())


def _patience(environ: Mapping[str, str]) -> float:
    text = environ.get(_PATIENCE)
    if not text:
        return PATIENCE_S
    if not re.fullmatch(r"[0-9]{1,6}(\.[0-9]+)?", text) or not float(text):
        raise ConfigError(f"{_PATIENCE} is {text!r}", hint=f"a number of seconds; left out, {PATIENCE_S:.0f}")
    return float(text)


def _certificates(environ: Mapping[str, str]) -> ssl.SSLContext | bool:
    """Whom to trust: the bundle that the environment names, else the client's own."""
    name = next((each for each in _BUNDLES if environ.get(each)), None)
    if name is None:
        return True
    try:
        return ssl.create_default_context(cafile=environ[name])
    except (OSError, ssl.SSLError) as error:
        raise ConfigError(
            f"{name} names {environ[name]}, which cannot be read as certificates", hint="a file in PEM format"
        ) from error
