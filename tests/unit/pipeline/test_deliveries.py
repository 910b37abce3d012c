"""Which file is which part of which run, found by the ends of paths."""

from __future__ import annotations

import json
from datetime import date
from typing import TYPE_CHECKING
from urllib.parse import unquote

import pytest

from tokenaudit import registry
from tokenaudit.model.ports import Manifest, Provider
from tokenaudit.pipeline.deliveries import Deliveries, deliveries
from tokenaudit.providers.local import LocalObject, find

if TYPE_CHECKING:
    from pathlib import Path

OCTOBER = date(2026, 10, 1)


def _read(content: bytes) -> Manifest | None:
    document = json.loads(content)
    return Manifest(document["export"], OCTOBER, document["run"], tuple(document["files"])) if document else None


@pytest.fixture(autouse=True)
def _one_provider(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registry, "providers", lambda: (Provider("made", (), manifest=_read),))


def look(tmp_path: Path, manifests: dict[str, tuple[str, list[str]]], *files: str) -> Deliveries:
    for name, (run, named) in manifests.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps({"export": "e", "run": run, "files": named}))
    for name in files:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("x")
    return deliveries([item for item in find([tmp_path]) if isinstance(item, LocalObject)])


def short(tmp_path: Path, found: Deliveries) -> dict[str, str]:
    root = tmp_path.resolve().as_uri() + "/"
    return {unquote(uri.removeprefix(root)): each.run for uri, each in found.of.items()}


def test_a_file_is_known_by_the_end_of_its_path_wherever_the_tree_was_copied_to(tmp_path: Path) -> None:
    key = "s3://bucket/exports/e/data/BILLING_PERIOD=2026-10/e-00001.csv.gz"
    name = "copy/e/data/BILLING_PERIOD=2026-10/e-00001.csv.gz"
    found = look(tmp_path, {"copy/e/metadata/BILLING_PERIOD=2026-10/e-Manifest.json": ("1", [key])}, name)
    assert short(tmp_path, found) == {name: "1"}
    assert found.of[(tmp_path / name).resolve().as_uri()].part == key
    assert not found.left_over
    assert not found.missing


def test_of_two_copies_of_a_tree_each_manifest_means_its_own(tmp_path: Path) -> None:
    manifests = {f"{place}/run/manifest.json": (place, ["root/run/part_1.csv"]) for place in ("one", "two")}
    found = look(tmp_path, manifests, "one/run/part_1.csv", "two/run/part_1.csv")
    assert short(tmp_path, found) == {"one/run/part_1.csv": "one", "two/run/part_1.csv": "two"}


def test_the_name_alone_is_enough_only_beside_the_manifest(tmp_path: Path) -> None:
    manifest = {"flat/manifest.json": ("1", ["some/where/part_1.csv"])}
    assert short(tmp_path, look(tmp_path, manifest, "elsewhere/part_1.csv")) == {}
    assert look(tmp_path, manifest).missing == ["some/where/part_1.csv"]
    assert short(tmp_path, look(tmp_path, manifest, "flat/part_1.csv")) == {"flat/part_1.csv": "1"}


def test_files_of_a_month_that_no_manifest_names_are_left_over(tmp_path: Path) -> None:
    new, old = ("data/BILLING_PERIOD=2026-10/2026-run/e-1.csv", "data/BILLING_PERIOD=2026-10/older-run/e-1.csv")
    other = "data/BILLING_PERIOD=2026-09/older-run/e-1.csv"
    found = look(tmp_path, {"metadata/e-Manifest.json": ("1", [f"s3://b/{new}"])}, new, old, other)
    assert short(tmp_path, found) == {new: "1"}
    assert {unquote(uri).rpartition("BILLING_PERIOD=")[2] for uri in found.left_over} == {"2026-10/older-run/e-1.csv"}


def test_both_runs_of_a_month_are_delivered_when_each_has_its_manifest(tmp_path: Path) -> None:
    manifests = {
        f"20261001-20261031/{run}/manifest.json": (run, [f"x/20261001-20261031/{run}/part_1_0001.csv"])
        for run in ("run-1", "run-2")
    }
    found = look(tmp_path, manifests, *(f"20261001-20261031/run-{number}/part_1_0001.csv" for number in (1, 2)))
    assert sorted(each.run for each in found.of.values()) == ["run-1", "run-2"]
    assert not found.left_over


def test_another_document_called_manifest_says_nothing(tmp_path: Path) -> None:
    (tmp_path / "manifest.json").write_text("{}")
    assert deliveries([item for item in find([tmp_path]) if isinstance(item, LocalObject)]) == Deliveries()
