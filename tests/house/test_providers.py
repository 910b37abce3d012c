"""A source is not finished until it is described, sampled and found."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from tokenaudit import registry
from tokenaudit.model.ports import Source

ROOT = Path(__file__).resolve().parents[2]
PROVIDERS = ROOT / "src" / "tokenaudit" / "providers"
FOLDERS = sorted(path.name for path in PROVIDERS.iterdir() if (path / "__init__.py").is_file())
SOURCES = registry.sources()
EXPECTED = {"ledger", "charges", "metrics", "rejects"}


@pytest.mark.parametrize("folder", FOLDERS)
def test_a_provider_is_found_and_described(folder: str) -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert project["entry-points"][registry.GROUP][folder] == f"tokenaudit.providers.{folder}:PROVIDER"
    readme = PROVIDERS / folder / "README.md"
    assert readme.is_file()
    text = readme.read_text(encoding="utf-8")
    (provider,) = [each for each in registry.providers() if each.name == folder]
    assert [source.name for source in provider.sources if source.name not in text] == []


@pytest.mark.parametrize("source", SOURCES, ids=lambda source: str(source.name))
def test_a_source_is_named_after_its_provider_and_has_fixtures(source: Source) -> None:
    assert isinstance(source, Source)
    provider, _, kind = source.name.partition(".")
    assert provider in FOLDERS
    folder = ROOT / "fixtures" / provider / kind
    raw = {path.name.split(".")[0] for path in folder.glob("*.raw.*")}
    expected = {path.name.split(".")[0] for path in folder.glob("*.jsonl") if path.name.split(".")[1] in EXPECTED}
    assert raw
    assert raw == expected


def test_names_of_sources_are_unique() -> None:
    names = [source.name for source in SOURCES]
    assert len(names) == len(set(names))
