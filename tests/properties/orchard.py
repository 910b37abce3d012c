"""Orchard, an invented cloud: a folder whose subfolders `logs`, `metrics` and `costs` are served as if from afar.

It is the provider that CONTRIBUTING invents. What it does beside serving is told by a file `orchard.json` in the
folder, so that a test can tell a program in a process of its own too. Every fetch adds a line to `fetched.txt`.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import time
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tokenaudit.errors import CredentialsError, ServiceError
from tokenaudit.model.ports import Provider
from tokenaudit.model.pulling import Call, Failure, Finding, InventoryItem, Manners, RemoteObject

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from tokenaudit.model.pulling import Cloud, Kind, KnownObjects
    from tokenaudit.model.question import Window

ROOT_VARIABLE = "ORCHARD_ROOT"
FETCHED = "fetched.txt"
_ERRORS = {"service": ServiceError, "credentials": CredentialsError}
Json = dict[str, Any]


def behave(root: Path, **manners: Any) -> None:
    """From now on: `fail` paths -> `service`, `credentials` or `cut`, `slow_s` for each fetch, `answers` paths that are
    answers of an API (no identity), `open` paths that may still change, `inventory`, `shut` feeds -> error, `away`."""
    root.mkdir(parents=True, exist_ok=True)
    (root / "orchard.json").write_text(json.dumps(manners))


def fetched(root: Path) -> list[str]:
    """What was fetched so far, by path."""
    journal = root / FETCHED
    return journal.read_text().splitlines() if journal.exists() else []


@dataclass(frozen=True)
class Tree:
    """A feed: everything below one folder."""

    root: Path
    kind: Kind
    manners: Json
    windows: list[Window]

    @property
    def name(self) -> str:
        return f"orchard.{self.kind} orchard://{self.kind}"

    def objects(self, window: Window, known: KnownObjects) -> Iterator[RemoteObject]:  # noqa: ARG002
        self.windows.append(window)
        if self.kind in self.manners.get("shut", {}):
            raise _ERRORS[self.manners["shut"][self.kind]]("the bucket is shut", hint="open it")
        for path in sorted((self.root / self.kind).rglob("*")):
            if path.is_file():
                yield self.remote(path)

    def remote(self, path: Path) -> RemoteObject:
        inside = path.relative_to(self.root / self.kind).as_posix()
        content = path.read_bytes()
        identity = "" if inside in self.manners.get("answers", ()) else hashlib.md5(content).hexdigest()  # noqa: S324

        def fetch(place: Path) -> None:
            with (self.root / FETCHED).open("a") as journal:
                journal.write(f"{inside}\n")
            time.sleep(self.manners.get("slow_s", 0))
            how = self.manners.get("fail", {}).get(inside)
            if how == "cut":
                place.write_bytes(content[: len(content) // 2])
                raise ServiceError(f"orchard://{self.kind}/{inside} came in short", hint="try again later")
            if how:
                raise _ERRORS[how](f"orchard://{self.kind}/{inside} cannot be had", hint="ask for it")
            shutil.copyfile(path, place)

        path_there = self.manners.get("renamed", {}).get(inside, inside)
        return RemoteObject(
            f"orchard://{self.kind}/{inside}",
            path_there,
            identity,
            len(content),
            fetch,
            final=inside not in self.manners.get("open", ()),
        )


class Orchard:
    """The cloud."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.windows: list[Window] = []

    @property
    def manners(self) -> Json:
        path = self.root / "orchard.json"
        found: Json = json.loads(path.read_text()) if path.exists() else {}
        return found

    def _look(self) -> None:
        if "away" in self.manners:
            raise _ERRORS[self.manners["away"]]("nobody is logged in to orchard", hint="run orchard login")

    def plan(self, kinds: Iterable[Kind], window: Window) -> Iterator[Call]:
        for kind in kinds:
            cost = Decimal("0.01") if kind == "costs" else None
            yield Call(kind, "Orchard", "Pick", f"orchard://{kind}", "orchard:Pick", "1 per object", window, cost)

    def feeds(self, kinds: Iterable[Kind], window: Window) -> Iterator[Tree | Failure]:  # noqa: ARG002
        self._look()
        for kind in kinds:
            if kind in self.manners.get("hidden", {}):
                error = _ERRORS[self.manners["hidden"][kind]](f"{kind} cannot be listed", hint="allow orchard:List")
                yield Failure(f"orchard.{kind}", kind, error)
            elif (self.root / kind).is_dir():
                yield Tree(self.root, kind, self.manners, self.windows)

    def inventory(self) -> Iterator[InventoryItem | Failure]:
        self._look()
        if "inventory" in self.manners.get("hidden", {}):
            error = _ERRORS[self.manners["hidden"]["inventory"]]("no names are told", hint="allow orchard:Name")
            yield Failure("orchard", "inventory", error)
        for each in self.manners.get("inventory", ()):
            yield InventoryItem(**each)

    def examine(self) -> Iterator[Finding]:
        self._look()
        for each in self.manners.get("findings", ()):
            yield Finding(**each)

    def suggest(self) -> Iterator[tuple[str, str]]:
        self._look()
        yield from (tuple(each) for each in self.manners.get("suggestions", ()))


class Connector:
    """Finds the folder in the environment."""

    def connect(self, settings: Mapping[str, object], manners: Manners) -> Cloud:
        manners.notify(f"orchard is asked with {sorted(settings)}")
        return Orchard(Path(os.environ[ROOT_VARIABLE]))


PROVIDER = Provider("orchard", (), connector=Connector())


def install(folder: Path) -> Path:
    """A folder that, on PYTHONPATH, installs this provider."""
    info = folder / "orchard-1.0.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: orchard\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text("[tokenaudit.providers]\norchard = tests.properties.orchard:PROVIDER\n")
    return folder
