"""One page that needs nothing else: no network, no other file. For a browser, a mail, a printer.

Text reaches the page in two steps that are never left out: what acts instead of showing is spelled out, then jinja2
escapes it. The page's own policy lets nothing run or load but the one style and the one script in it, named by their
hashes.
"""

from __future__ import annotations

from base64 import b64encode
from hashlib import sha256
from importlib import resources
from typing import TYPE_CHECKING

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from tokenaudit.model.inert import visible
from tokenaudit.render.page.view import page_of

if TYPE_CHECKING:
    from tokenaudit.model.report import Report
    from tokenaudit.render.settings import Terminal

_ROOM = "tokenaudit.render"


def render(report: Report, terminal: Terminal) -> str:  # noqa: ARG001 - a document looks the same everywhere
    """The whole page; the same report makes the same page."""
    environment = Environment(
        loader=PackageLoader(_ROOM, "page"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters["shown"] = visible
    environment.filters["drawn"] = Markup  # our own markup: svg.py escapes what is written into it
    style, script = _file("page.css"), _file("page.js")
    policy = (
        f"default-src 'none'; style-src {_hash(style)}; script-src {_hash(script)}; base-uri 'none'; form-action 'none'"
    )
    return environment.get_template("page.html").render(
        page=page_of(report),
        style=Markup(style),  # noqa: S704 - our own file
        script=Markup(script),  # noqa: S704 - our own file
        policy=policy,
    )


def _file(name: str) -> str:
    return resources.files(_ROOM).joinpath("page", name).read_text(encoding="utf-8")


def _hash(text: str) -> str:
    return f"'sha256-{b64encode(sha256(text.encode()).digest()).decode()}'"
