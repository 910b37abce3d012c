"""Answers that Azure gives on the loopback interface, good and bad."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from werkzeug import Response

if TYPE_CHECKING:
    Json = dict[str, Any]


def good(content: Json) -> Response:
    return Response(json.dumps(content), content_type="application/json")


def error(status: int, code: str, message: str = "told to nobody", **headers: str) -> Response:
    """Underscores in a header's name are hyphens."""
    body = json.dumps({"error": {"code": code, "message": message}})
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Response(body, status, named, content_type="application/json")


def cut_off() -> Response:
    """An answer whose connection ends before its length is reached."""
    response = Response('{"value": [', content_type="application/json")
    response.automatically_set_content_length = False
    response.headers["Content-Length"] = "100000"
    return response
