"""`tokenaudit prices update --from`: saved price lists in the place of the web, known by content."""

from __future__ import annotations

import os
import shutil
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from tests.unit.providers.azure.made_prices import item, page

from tokenaudit.catalogue.snapshots import load, newest, snapshots

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.cli.conftest import Done

SAVED = Path(__file__).resolve().parents[2] / "fixtures" / "prices"
AWS, AZURE = SAVED / "aws" / "offer.json", SAVED / "azure" / "page.json"
# Nobody may be asked; were somebody, the command would fail.
ALONE = {"HTTPS_PROXY": "http://127.0.0.1:1", "TOKENAUDIT_HTTP_PATIENCE_S": "1"}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "snapshots"


@pytest.fixture
def update(inside: Callable[..., Done], folder: Path) -> Callable[..., Done]:
    return lambda *arguments: inside("prices", "update", *arguments, TOKENAUDIT_PRICES=str(folder), **ALONE)


def providers(folder: Path) -> dict[str, int]:
    """Rates of the newest snapshot by provider."""
    snapshot = newest(folder)
    assert snapshot is not None
    rates = load(snapshot)
    return {name: sum(rate.provider == name for rate in rates) for name in {rate.provider for rate in rates}}


def test_files_of_both_clouds_are_known_by_content(update: Callable[..., Done], folder: Path, tmp_path: Path) -> None:
    named_otherwise = tmp_path / "saved.txt"
    shutil.copy(AZURE, named_otherwise)
    done = update("--from", named_otherwise, "--from", AWS, "--format", "json")
    assert (done.code, done.err) == (0, "")
    assert providers(folder) == {"aws.bedrock": 2, "azure.ai.openai": 6}
    assert [(row["provider"], row["rates"], row["skipped"]) for row in done.rows("lists")] == [
        ("aws", 2, 0),
        ("azure", 6, 2),
    ]
    assert done.caveats["skipped_prices"] == "azure: no prices of tokens on demand: 1 ptu_hour, 1 reservation"


def test_a_folder_is_read_whole_and_what_is_no_list_is_named(
    update: Callable[..., Done], folder: Path, tmp_path: Path
) -> None:
    saved = tmp_path / "saved"
    shutil.copytree(SAVED, saved)
    (saved / "README.txt").write_text("from 25 November", encoding="utf-8")
    (saved / "region_index.json").write_text("{}", encoding="utf-8")
    done = update("--from", saved, "--format", "json")
    assert done.code == 0
    assert done.caveats["unrecognised"] == f"passed over, no price lists: {saved / 'README.txt'}"
    assert providers(folder) == {"aws.bedrock": 2, "azure.ai.openai": 6}


def test_a_list_is_as_old_as_its_file(update: Callable[..., Done], folder: Path, tmp_path: Path) -> None:
    saved = tmp_path / "page.json"
    shutil.copy(AZURE, saved)
    written = datetime(2026, 9, 3, 12, tzinfo=UTC).timestamp()
    os.utime(saved, (written, written))
    assert update("--from", saved).code == 0
    (snapshot,) = snapshots(folder)
    assert {rate.source_date.isoformat() for rate in load(snapshot)} == {"2026-09-03"}


def test_the_other_cloud_keeps_its_prices(update: Callable[..., Done], folder: Path) -> None:
    assert update("--from", SAVED).code == 0
    done = update("--from", AZURE, "--provider", "azure", "--format", "json")
    assert done.caveats["kept_providers"] == (
        "2 rates of providers that were not read are those of the snapshot before"
    )
    assert providers(folder) == {"aws.bedrock": 2, "azure.ai.openai": 6}


def test_a_list_without_its_last_page_says_so(update: Callable[..., Done], tmp_path: Path) -> None:
    saved = tmp_path / "page.json"
    saved.write_bytes(page(item(), following="https://prices.azure.com/api/retail/prices?$skip=1000"))
    done = update("--from", saved, "--format", "json")
    assert [(row["row"], row["reason"]) for row in done.rows("unreadable")] == [
        (0, "every page leads to another one: the last is missing")
    ]


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("cut.json", AZURE.read_bytes()[:900], "is no price list of aws or azure, or is cut off"),
        ("logs.jsonl", b'{"schemaType": "ModelInvocationLog"}', "is no price list of aws or azure, or is cut off"),
        ("empty.json", page(), "not one price of a token in the price list of azure.ai.openai"),
        (None, b"", "cannot be read: No such file or directory"),
    ],
)
def test_what_cannot_be_read_leaves_everything_as_it_was(
    update: Callable[..., Done], folder: Path, tmp_path: Path, name: str | None, content: bytes, said: str
) -> None:
    assert update("--from", SAVED).code == 0
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    if name:
        (tmp_path / name).write_bytes(content)
    message, _ = update("--from", tmp_path / (name or "nowhere.json"), "--from", AWS).refused(3)
    assert said in message
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before


def test_a_cut_page_in_a_folder_is_not_passed_over(update: Callable[..., Done], folder: Path, tmp_path: Path) -> None:
    saved = tmp_path / "saved"
    shutil.copytree(SAVED, saved)
    (saved / "azure" / "page-2.json").write_bytes(AZURE.read_bytes()[:-30])
    message, _ = update("--from", saved).refused(3)
    assert "page-2.json is no price list" in message
    assert not folder.exists()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--provider", "anthropic"), "no price list of provider anthropic"),
        (("--from", SAVED, "--region", "us-east-1"), "--region chooses among the documents of AWS that are fetched"),
        (("--provider", "azure", "--region", "us-east-1"), "--region chooses among the documents of AWS"),
    ],
)
def test_what_cannot_be_asked_for_is_refused(
    update: Callable[..., Done], arguments: tuple[str | Path, ...], said: str
) -> None:
    message, _ = update(*arguments).refused(2)
    assert said in message


def test_an_empty_folder_holds_no_list(update: Callable[..., Done], tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    assert update("--from", tmp_path / "empty").refused(3)[0] == f"no price list in {tmp_path / 'empty'}"


def test_the_configuration_names_the_folder(tokenaudit: Callable[..., Done], here: Path) -> None:
    (here / "tokenaudit.toml").write_text('[prices]\nsnapshots = "kept"\n', encoding="utf-8")
    done = tokenaudit("prices", "update", "--from", SAVED, **ALONE)
    assert done.code == 0
    assert len(snapshots(here / "kept")) == 1


def test_a_snapshot_that_is_damaged_is_named_and_left(update: Callable[..., Done], folder: Path) -> None:
    assert update("--from", SAVED).code == 0
    (snapshot,) = snapshots(folder)
    snapshot.path.write_bytes(b"")
    message, hint = update("--from", SAVED).refused(3)
    assert message == f"price snapshot {snapshot.path} cannot be read"
    assert "delete it" in hint
