"""AWS on the loopback interface, behind one address: what moto knows is moto's, the rest speaks as it is documented.

Which service is meant says the signature. Services that moto lacks, or gets wrong, are answered by handlers; request
and answer are held against the SDK's own model of the service, and the signature is computed anew. Every call is noted,
and any call can be given an odd answer first.
"""

from __future__ import annotations

import json
import re
import urllib.request
from collections import defaultdict
from dataclasses import dataclass, field
from functools import cache
from http import HTTPStatus
from threading import Event, Lock
from typing import TYPE_CHECKING, Any
from urllib.error import HTTPError
from urllib.parse import unquote

import botocore.session
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from botocore.validate import ParamValidator
from werkzeug import Response

if TYPE_CHECKING:
    from collections.abc import Callable

    from botocore.model import OperationModel, ServiceModel
    from werkzeug import Request

    Handler = Callable[[str, dict[str, Any]], dict[str, Any]]
    Answer = Callable[[], Response]

ACCESS_KEY, SECRET_KEY = "AKIAIOSFODNN7EXAMPLE", "loopback-secret-key"  # the documentation's own
ACCOUNT = "123456789012"  # moto's
SIGNED_AS = {"monitoring": "cloudwatch"}
"""Names of services in signatures that are not those of the SDK."""

_SESSION = botocore.session.get_session()


@dataclass(frozen=True)
class Called:
    """One call: the operation (of S3 the method), the Region, and what was asked (of S3 the path)."""

    service: str
    operation: str
    region: str
    asked: Any


@dataclass
class AwsService:
    """What stands behind the address. `handlers` are by service and operation, and take the Region and what was asked.

    `odd` answers are by operation: each is given once, in order. What `always` holds is given whatever is asked.
    """

    moto: str
    handlers: dict[tuple[str, str], Handler] = field(default_factory=dict)
    odd: defaultdict[str, list[Answer]] = field(default_factory=lambda: defaultdict(list))
    always: dict[str, Answer] = field(default_factory=dict)
    closed: set[str] = field(default_factory=set)
    """Regions that are not switched on for the account."""
    called: list[Called] = field(default_factory=list)
    agents: list[bytes] = field(default_factory=list)
    """Which program asked for an object, for each that was asked for."""
    over: Event = field(default_factory=Event)
    """Set when the test is over: whoever answers slowly may stop waiting."""
    lock: Lock = field(default_factory=Lock)

    def calls(self, operation: str) -> list[Called]:
        """The calls of one operation, in order."""
        return [each for each in self.called if each.operation == operation]

    def answer(self, request: Request) -> Response:
        region, name = _scope(request)
        service = SIGNED_AS.get(name, name)
        content = request.get_data()
        found = None if service == "s3" else _operation(service, request)
        operation = found.name if found else _s3_operation(request)
        asked: Any = _asked(found, request, content) if found else unquote(request.full_path)
        with self.lock:
            self.called.append(Called(service, operation, region, asked))
            if operation == "GetObject":
                self.agents.append(request.headers.get("User-Agent", "").encode())
            odd = self.odd[operation].pop(0) if self.odd[operation] else self.always.get(operation)
        if odd is not None:
            return odd()
        if region in self.closed:
            return refusal("UnrecognizedClientException", 403)
        handler = self.handlers.get((service, operation))
        if handler is None or found is None:
            return self._forwarded(request, content)
        if not _is_signed(request, content):
            return refusal("SignatureDoesNotMatch", 403)
        _check(found.input_shape, asked, "request")
        answer = handler(region, asked)
        _check(found.output_shape, answer, "answer")
        return _rendered(answer)

    def _forwarded(self, request: Request, content: bytes) -> Response:
        url = f"{self.moto}{request.full_path.removesuffix('?')}"
        headers = {name: value for name, value in request.headers.items() if name.lower() != "accept-encoding"}
        asked = urllib.request.Request(url, content or None, headers, method=request.method)  # noqa: S310  # loopback
        try:
            with urllib.request.urlopen(asked) as answer:  # noqa: S310  # the same
                return _passed_on(answer.status, answer.headers, answer.read())
        except HTTPError as error:
            with error:
                return _passed_on(error.code, error.headers, error.read())


def refusal(code: str, status: int = 400, text: str = "no") -> Response:
    """An error of a service that speaks JSON."""
    body = json.dumps({"__type": code, "message": text})
    return Response(body, status, {"x-amzn-ErrorType": code}, content_type="application/x-amz-json-1.1")


def s3_refusal(code: str, status: int) -> Response:
    """An error of S3."""
    body = f"<?xml version='1.0'?><Error><Code>{code}</Code><Message>no</Message></Error>"
    return Response(body, status, content_type="application/xml")


def cut_off(length: int = 100_000) -> Response:
    """An answer whose connection ends before its length is reached."""
    response = Response(b"\x1f\x8b", content_type="binary/octet-stream")
    response.automatically_set_content_length = False
    response.headers["Content-Length"] = str(length)
    return response


def _scope(request: Request) -> tuple[str, str]:
    """Region and service, as signed."""
    found = re.search(r"Credential=[^/]+/\d+/([^/]+)/([^/]+)/aws4_request", request.headers.get("Authorization", ""))
    return found.groups() if found else ("", "s3")  # type: ignore[return-value]


def _s3_operation(request: Request) -> str:
    if request.method != "GET":
        return f"S3 {request.method}"
    return "ListObjectsV2" if "list-type" in request.args else "GetObject"


def _operation(service: str, request: Request) -> OperationModel:
    model = _model(service)
    target = request.headers.get("X-Amz-Target")
    if target:
        return model.operation_model(target.rpartition(".")[2])
    if "Action" in request.form:
        return model.operation_model(request.form["Action"])
    for name in model.operation_names:
        found = model.operation_model(name)
        path = re.sub(r"\{[^}]+\}", "[^/]+", found.http["requestUri"].partition("?")[0])
        if found.http["method"] == request.method and re.fullmatch(path, request.path):
            return found
    raise AssertionError(request.path)


@cache
def _model(service: str) -> ServiceModel:
    return _SESSION.get_service_model(service)


def _asked(operation: OperationModel, request: Request, content: bytes) -> dict[str, Any]:
    protocol = operation.service_model.resolved_protocol
    if protocol == "query":
        return dict(request.form)
    asked: dict[str, Any] = json.loads(content or b"{}")
    if protocol == "rest-json" and operation.input_shape is not None:
        for name, member in operation.input_shape.members.items():
            place = member.serialization.get("name", name)
            if member.serialization.get("location") == "querystring" and place in request.args:
                asked[name] = request.args[place]
    return asked


def _rendered(answer: dict[str, Any]) -> Response:
    return Response(json.dumps(answer, default=lambda at: at.timestamp()), content_type="application/x-amz-json-1.1")


def _check(shape: Any, value: dict[str, Any], what: str) -> None:
    if shape is not None:
        report = ParamValidator().validate(value, shape)
        assert not report.has_errors(), f"{what}: {report.generate_report()}"


def _is_signed(request: Request, content: bytes) -> bool:
    told = request.headers.get("Authorization", "")
    parts = dict(each.strip().split("=", 1) for each in told.removeprefix("AWS4-HMAC-SHA256").split(","))
    region, service = _scope(request)
    headers = {name: request.headers[name] for name in parts["SignedHeaders"].split(";")}
    again = AWSRequest(method=request.method, url=request.url, data=content, headers=headers)
    again.context["timestamp"] = request.headers["X-Amz-Date"]
    auth = SigV4Auth(Credentials(ACCESS_KEY, SECRET_KEY), service, region)
    signature: str = auth.signature(auth.string_to_sign(again, auth.canonical_request(again)), again)
    return signature == parts["Signature"]


def _passed_on(status: int, headers: Any, content: bytes) -> Response:
    kept = {
        name: value
        for name, value in headers.items()
        if name.lower() not in ("connection", "transfer-encoding", "content-length", "date", "server")
    }
    return Response(content, HTTPStatus(status), kept)
