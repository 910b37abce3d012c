"""Both price services on the loopback interface, speaking as they are documented, and misbehaving on request."""

from __future__ import annotations

import json
from collections import defaultdict
from dataclasses import dataclass, field
from threading import Event
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs

from tests.unit.providers.aws.made_prices import offer, product
from tests.unit.providers.azure.made_prices import item, page
from werkzeug import Response

if TYPE_CHECKING:
    from collections.abc import Callable

    from pytest_httpserver import HTTPServer
    from werkzeug import Request

    Answer = Callable[[], Response]

FIRST_PAGE = "/api/retail/prices"
OFFERS = "/offers/v1.0/aws/"
REGIONS = {"us-east-1": "USE1", "eu-west-1": "EU"}
CODES = ("AmazonBedrock", "AmazonBedrockFoundationModels", "AmazonBedrockService")
SONNET = "Claude Sonnet 4.5 (Amazon Bedrock Edition)"
ROWS_A_PAGE = 2


@dataclass
class Services:
    """What the services hold, and what they answer instead: by path, one odd answer for each request, then good ones.

    An odd answer that `always` holds is given whatever was asked before. `asked` are the paths, in order.
    """

    server: HTTPServer
    nova: str = "0.0008"
    nova_unit: str = "1K tokens"
    nova_description: str | None = None
    items: list[dict[str, Any]] = field(
        default_factory=lambda: [item(region=region) for region in ("eastus2", "westeurope", "japaneast")]
    )
    odd: defaultdict[str, list[Answer]] = field(default_factory=lambda: defaultdict(list))
    always: dict[str, Answer] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    over: Event = field(default_factory=Event)
    """Set when the test is over: whoever answers slowly may stop waiting."""

    @property
    def home(self) -> str:
        return self.server.url_for("").rstrip("/")

    def answer(self, request: Request) -> Response:
        self.asked.append(request.path)
        if request.path in self.always:
            return self.always[request.path]()
        if self.odd[request.path]:
            return self.odd[request.path].pop(0)()
        if request.path == FIRST_PAGE:
            return self._page(request)
        return self._offer(request.path.removeprefix(OFFERS).split("/"))

    def _page(self, request: Request) -> Response:
        query = parse_qs(request.query_string.decode())
        rows = self.items if query["$filter"] == ["serviceName eq 'Foundry Models'"] else []
        first = int(query.get("$skip", ["0"])[0])
        until = first + ROWS_A_PAGE
        following = f"{self.home}{FIRST_PAGE}?$filter=serviceName eq 'Foundry Models'&$skip={until}"
        return good(page(*rows[first:until], following=following if until < len(rows) else None))

    def _offer(self, parts: list[str]) -> Response:
        code, _, *rest = parts
        if rest == ["region_index.json"]:
            regions = {
                region: {
                    "regionCode": region,
                    "currentVersionUrl": f"{OFFERS}{code}/20261001000000/{region}/index.json",
                }
                for region in REGIONS
            }
            return good(json.dumps({"formatVersion": "v1.0", "publicationDate": "x", "regions": regions}).encode())
        region = rest[0]
        return good(offer(*self._products(code, region), code=code))

    def _products(self, code: str, region: str) -> list[dict[str, Any]]:
        prefix = REGIONS[region]
        if code == "AmazonBedrock":
            usage_type = f"{prefix}-NovaPro-input-tokens"
            nova = product(usage_type, self.nova, self.nova_unit, self.nova_description, regionCode=region)
            return [nova, product(f"{prefix}-NovaPro-output-tokens", "0.0032", regionCode=region)]
        if code == "AmazonBedrockFoundationModels":
            usage_type = f"{prefix}-MP:{prefix}_InputTokenCount-Units"
            return [product(usage_type, "3.30", "Units", "", servicename=SONNET, regionCode=region)]
        return []


def good(content: bytes) -> Response:
    return Response(content, content_type="application/json")


def status(code: int, **headers: str) -> Answer:
    """An answer of that status; underscores of a header's name are hyphens."""
    return lambda: Response("no", code, {name.replace("_", "-"): value for name, value in headers.items()})


def cut_off() -> Response:
    """An answer whose connection ends before its length is reached."""
    response = Response(page(item())[:40], content_type="application/json")
    response.automatically_set_content_length = False
    response.headers["Content-Length"] = "100000"
    return response
