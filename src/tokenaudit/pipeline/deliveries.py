"""Manifests of cost exports: which files belong to which run, and which are left over from an earlier one.

A manifest names its files as the cloud addresses them. On disk they lie wherever somebody copied them to, so a file is
known by the end of its path: the longest match wins, the nearest to the manifest among equals.
"""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass, field
from os.path import commonpath
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from tokenaudit import registry
from tokenaudit.ledger.objects import Delivery

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tokenaudit.model.ports import Manifest
    from tokenaudit.providers.local import LocalObject

_LARGEST_MANIFEST = 16 * 1024 * 1024
_PERIOD_FOLDER = re.compile(r"(?i)^(.*/(?:billing_period=\d{4}-\d\d|\d{8}-\d{8}))/")


@dataclass
class Deliveries:
    """By address: what each file delivers, and the files that no run names although their month has one.

    `missing` are files that a manifest names and that are not there, or hold nothing; `blank` are the latter, which are
    not to be read: what is copied only in part would take the place of what it brought before.
    """

    of: dict[str, Delivery] = field(default_factory=dict)
    left_over: set[str] = field(default_factory=set)
    missing: list[str] = field(default_factory=list)
    blank: set[str] = field(default_factory=set)


def deliveries(objects: Iterable[LocalObject]) -> Deliveries:
    """What the manifests among these files say of the others."""
    result = Deliveries()
    by_name: dict[str, list[LocalObject]] = defaultdict(list)
    manifests = []
    for each in objects:
        by_name[each.path.rpartition("/")[2]].append(each)
        found = _manifest(each)
        if found is not None:
            manifests.append((each, found))
            result.left_over.discard(each.uri)
    if not manifests:
        return result
    for at, manifest in manifests:
        for key in manifest.files:
            item = _file(key, at, by_name.get(PurePosixPath(key).name, []))
            if item is None:
                result.missing.append(key)
            elif item.size_bytes == 0:
                result.missing.append(key)
                result.blank.add(item.uri)
            else:
                run = manifest.run or _written(at)
                result.of[item.uri] = Delivery(manifest.export, manifest.billing_period, run, key)
    folders = {_period_folder(each.path) for each in _all(by_name) if each.uri in result.of} - {None}
    named = {at.uri for at, _ in manifests} | result.blank
    result.left_over = {
        each.uri
        for each in _all(by_name)
        if each.uri not in result.of and each.uri not in named and _period_folder(each.path) in folders
    }
    return result


def _written(manifest: LocalObject) -> str:
    """When a manifest that tells no time was written: copies keep the time of their original, or come later."""
    return f"{Path(manifest.path).stat().st_mtime_ns:020d}"


def _all(by_name: dict[str, list[LocalObject]]) -> Iterable[LocalObject]:
    return (each for found in by_name.values() for each in found)


def _manifest(item: LocalObject) -> Manifest | None:
    if not item.path.lower().endswith("manifest.json") or item.size_bytes > _LARGEST_MANIFEST:
        return None
    try:
        content = Path(item.path).read_bytes()
    except OSError:
        return None
    readers = (provider.manifest for provider in registry.providers() if provider.manifest is not None)
    return next((found for read in readers if (found := read(content)) is not None), None)


def _file(key: str, manifest: LocalObject, candidates: list[LocalObject]) -> LocalObject | None:
    """The file on disk that the manifest means by `key`. Its name alone only says so in the manifest's own folder."""
    wanted = PurePosixPath(key.partition("://")[2] or key).parts
    folder = str(PurePosixPath(manifest.path).parent)
    best = max(candidates, key=lambda each: (_same_end(wanted, each), _nearness(manifest, each)), default=None)
    if best is None:
        return None
    return best if _same_end(wanted, best) > 1 or str(PurePosixPath(best.path).parent) == folder else None


def _same_end(wanted: tuple[str, ...], item: LocalObject) -> int:
    count = 0
    for one, other in zip(reversed(wanted), reversed(PurePosixPath(item.path).parts), strict=False):
        if one != other:
            break
        count += 1
    return count


def _nearness(manifest: LocalObject, item: LocalObject) -> int:
    return len(commonpath([manifest.path, item.path]))


def _period_folder(path: str) -> str | None:
    found = _PERIOD_FOLDER.match(path)
    return found.group(1) if found else None
