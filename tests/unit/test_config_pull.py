"""tokenaudit.toml as far as live clouds go: every key, and what would send credentials astray."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import msgspec
import pytest
from tests.unit.test_config import read, refused

from tokenaudit.config import Config, parse
from tokenaudit.pipeline.init import draft

EVERYTHING = """
[aws]
profile = "audit"
regions = ["us-east-1"]
roles = ["arn:aws:iam::111122223333:role/tokenaudit"]
external_id = "one"
logs = ["s3://bucket/prefix"]
exports = ["s3://bucket/exports"]
[azure]
tenant = "00000000-0000-0000-0000-000000000009"
subscriptions = ["00000000-0000-0000-0000-000000000001"]
logs = ["https://account.blob.core.windows.net/container"]
workspaces = ["00000000-0000-0000-0000-000000000002"]
exports = ["https://account.blob.core.windows.net/exports"]
billing_scopes = ["/subscriptions/00000000-0000-0000-0000-000000000001"]
[azure.endpoints]
management = "https://management.chinacloudapi.cn"
authority = "https://login.chinacloudapi.cn"
log_analytics = "http://127.0.0.1:8443"
[pull]
first_days = 7
settle_hours = 0
concurrency = 4
timeout_s = 2.5
max_api_cost_usd = "0.5"
"""


def test_what_a_cloud_is_asked_with_is_handed_over_as_plain_values(tmp_path: Path) -> None:
    config = read(tmp_path, EVERYTHING)
    aws, said = config.table("aws")
    assert (said, aws["regions"], aws["logs"]) == (True, ["us-east-1"], ["s3://bucket/prefix"])
    azure, said = config.table("azure")
    assert said
    assert azure["endpoints"] == {
        "management": "https://management.chinacloudapi.cn",
        "authority": "https://login.chinacloudapi.cn",
        "log_analytics": "http://127.0.0.1:8443",
    }
    ways = config.pull
    assert (ways.first_days, ways.settle_hours, ways.concurrency, ways.timeout_s) == (7, 0, 4, 2.5)
    assert ways.max_api_cost_usd == Decimal("0.5")
    assert Config().table("aws")[1] is False
    assert config.table("orchard") == ({}, False)
    assert config.table("prices") == ({}, False)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[pull]\nfirst_days = 0", "pull.first_days is 0"),
        ("[pull]\nsettle_hours = -1", "pull.settle_hours is -1"),
        ("[pull]\nconcurrency = 0", "pull.concurrency is 0"),
        ("[pull]\ntimeout_s = 0.0", "pull.timeout_s is 0.0"),
        ("[pull]\ntimeout_s = nan", "pull.timeout_s is nan"),
        ("[pull]\ntimeout_s = inf", "pull.timeout_s is inf"),
        ('[pull]\nmax_api_cost_usd = "-0.01"', "pull.max_api_cost_usd is -0.01"),
        ('[pull]\nmax_api_cost_usd = "nan"', "pull.max_api_cost_usd is NaN"),
        ('[azure]\nlogs = ["http://account.blob.core.windows.net/c"]', "azure.logs"),
        ('[azure]\nexports = ["https://account.blob.core.windows.net/c?sv=1&sig=abc"]', "azure.exports"),
        ('[azure.endpoints]\nmanagement = "http://management.azure.com"', "azure.endpoints.management"),
        ('[azure.endpoints]\nauthority = "https://user:word@login.example"', "azure.endpoints.authority"),
    ],
)
def test_pulling_is_not_configured_to_do_harm(tmp_path: Path, text: str, words: str) -> None:
    said = str(refused(tmp_path, text))
    assert words in said
    assert "sig=" not in said
    assert "word@" not in said


def test_the_documented_file_is_accepted() -> None:
    page = (Path(__file__).parents[2] / "docs" / "configuration.md").read_text(encoding="utf-8")
    config = parse(Path("configuration.md"), page.partition("```toml\n")[2].partition("```")[0])
    for table in (config.aws, config.azure, config.azure.endpoints):
        assert [name for name, value in msgspec.structs.asdict(table).items() if not value] == []
    assert config.pull == Config().pull


def test_a_first_file_names_every_key_that_a_pull_heeds() -> None:
    text = draft(Path("tokenaudit.toml"), []).text
    for table in (Config().aws, Config().azure, Config().pull):
        missing = [name for name in msgspec.structs.asdict(table) if f"# {name} = " not in text]
        assert missing in ([], ["endpoints"])
