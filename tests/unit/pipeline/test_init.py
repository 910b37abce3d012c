"""A first tokenaudit.toml: a suggestion of a cloud is written where it is one key and one value, and not else."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.properties.orchard import Orchard, behave

from tokenaudit.config import Config, parse
from tokenaudit.errors import ConfigError
from tokenaudit.pipeline.init import draft
from tokenaudit.pipeline.pull.clouds import Connected

FILE = Path("tokenaudit.toml")


def suggested(root: Path, *pairs: tuple[str, str], provider: str = "aws") -> tuple[Config, list[str]]:
    behave(root, suggestions=pairs)
    made = draft(FILE, [Connected(provider, Orchard(root), named=True)])
    return parse(FILE, made.text), made.found[provider]


def test_what_a_cloud_suggests_is_written(tmp_path: Path) -> None:
    profiles = '[{arn = "arn:aws:bedrock:x", model = "anthropic/claude-sonnet-4-5"}]'
    config, found = suggested(tmp_path, ("regions", '["us-east-1"]'), ("inference_profiles", profiles))
    assert found == ["regions", "inference_profiles"]
    assert config.aws.regions == ["us-east-1"]
    assert config.aws.inference_profiles[0].model == "anthropic/claude-sonnet-4-5"


@pytest.mark.parametrize(
    "pair",
    [
        ("regions", '["a"]\nprofile = "theirs"'),
        ("regions", '["a"]\n[prices]\noverrides = "x"'),
        ("regions = ['b']\nprofile", '"theirs"'),
        ("regions", "not TOML"),
        ("unheard_of", '"x"'),
    ],
)
def test_a_suggestion_is_one_key_and_one_value(tmp_path: Path, pair: tuple[str, str]) -> None:
    config, found = suggested(tmp_path, pair)
    assert (config, found) == (Config(), [])


def test_a_suggestion_that_nobody_would_accept_is_not_written(tmp_path: Path) -> None:
    with pytest.raises(ConfigError):
        suggested(tmp_path, ("logs", '["http://account.example/c"]'), provider="azure")


def test_a_cloud_that_tells_nothing_is_no_error(tmp_path: Path) -> None:
    behave(tmp_path, away="credentials")
    made = draft(FILE, [Connected("aws", Orchard(tmp_path), named=False)])
    assert made.silent == {"aws": "nobody is logged in to orchard"}
    assert parse(FILE, made.text) == Config()


@pytest.mark.parametrize("ledger", ["it's", "a\nb", "a\x1bb"])
def test_a_ledger_with_an_odd_name_is_refused(ledger: str) -> None:
    with pytest.raises(ConfigError):
        draft(FILE, [], ledger)


def test_a_ledger_is_written_as_it_is() -> None:
    assert parse(FILE, draft(FILE, [], "C:\\spent").text).ledger == "C:\\spent"
