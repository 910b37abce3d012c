"""A file that is replaced: how the clouds let us in is kept, and what is gone is named."""

from __future__ import annotations

from pathlib import Path

import pytest

from tokenaudit.config import Config, parse
from tokenaudit.pipeline.former_config import Former, former
from tokenaudit.pipeline.init import draft

FILE = Path("tokenaudit.toml")
FULL = """
ledger = "spent"
[aws]
profile = "audit"
roles = ["arn:aws:iam::111122223333:role/\u00e9"]
external_id = 'a"b'
regions = ["eu-west-1"]
[azure]
tenant = "00000000-0000-0000-0000-000000000000"
[azure.endpoints]
management = "https://management.chinacloudapi.cn"
authority = "https://login.chinacloudapi.cn"
[[azure.deployments]]
name = "chat"
model = "openai/gpt-4.1"
[models]
x = "openai/gpt-4.1"
"""


def read(folder: Path, text: str) -> Former:
    path = folder / "tokenaudit.toml"
    path.write_text(text, encoding="utf-8")
    return former(path)


def test_the_ways_in_are_kept_and_the_rest_is_named(tmp_path: Path) -> None:
    found = read(tmp_path, FULL)
    assert found.config.azure.endpoints.authority == "https://login.chinacloudapi.cn"
    assert found.config.aws.regions == []
    assert sorted(found.gone) == ["aws.regions", "azure.deployments", "ledger", "models"]
    assert parse(FILE, draft(FILE, [], kept=found.kept).text) == found.config


@pytest.mark.parametrize("text", ["", "[pull]\nfirst_days = 30"])
def test_nothing_is_kept_of_a_file_that_says_nothing_or_is_none(tmp_path: Path, text: str) -> None:
    assert read(tmp_path, text) == former(tmp_path / "nowhere") == Former(Config(), {}, [])


@pytest.mark.parametrize("text", [b"[broken", b"unheard_of = 1\n[aws]\nprofile = 'audit'", b"\xff"])
def test_a_file_that_no_command_would_take_is_not_gone_in_silence(tmp_path: Path, text: bytes) -> None:
    """A misspelt key in it, and the way into the clouds was gone with the rest of it."""
    (tmp_path / "tokenaudit.toml").write_bytes(text)
    found = former(tmp_path / "tokenaudit.toml")
    assert (found.config, found.kept) == (Config(), {})
    assert found.gone == ["all of it, as no command would take that file"]
