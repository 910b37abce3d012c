"""tokenaudit.toml: every key, every mistake, and who wins over whom."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tokenaudit.config import DEFAULT_LEDGER, Config, Loaded, load
from tokenaudit.errors import ConfigError
from tokenaudit.model.columns import AZURE, BEDROCK
from tokenaudit.model.exchange import ExchangeRate
from tokenaudit.model.gate_policy import Budget, Ratchet
from tokenaudit.model.gauges import GAUGES
from tokenaudit.model.question import Alias

EXAMPLE = Path(__file__).parents[2] / "examples" / "two-clouds" / "tokenaudit.toml"
ARN = "arn:aws:bedrock:eu-west-1:111122223333:application-inference-profile/abcdefghijkl"
RESOURCE = "/subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups/rg/accounts/one"
EVERYTHING = f"""
ledger = "spent/tokens"
jobs = 3
[[aws.inference_profiles]]
arn = "{ARN}"
model = "anthropic/claude-sonnet-4-5"
scope = "geo"
tier = "batch"
[[azure.deployments]]
name = "chat-prod"
resource = "{RESOURCE}"
model = "openai/gpt-4.1-mini"
version = "2025-04-14"
scope = "data_zone"
tier = "standard"
[prices]
overrides = "prices.csv"
[[prices.discounts]]
provider = "aws.bedrock"
model = "anthropic/*"
meter = "input"
percent = 12
valid_from = 2026-01-01
valid_until = 2027-01-01
[[exchange]]
currency = "EUR"
usd = 1.0842
valid_from = 2026-10-01
valid_until = 2026-11-01
source = "treasury"
[[exchange]]
currency = "JPY"
usd = "0.00645812345678901"
valid_from = 2026-10-01
[models]
"my-finetune-7" = "openai/gpt-4.1-mini"
[check]
baseline = "main.json"
pair_by = "tag:case"
[check.metrics.latency_p95_ms]
level = "off"
[check.metrics.usd_per_success]
threshold = "8%"
floor = 5
n_min = 200
[[check.budgets]]
metric = "usd_per_month"
max = 500
model = "anthropic/*"
[[check.budgets]]
metric = "priced_ratio"
min = 0.99
level = "warn"
[check.ratchet]
pinned = "release.json"
max_drift = "12%"
"""
NO_HOME = {"XDG_CONFIG_HOME": "/nonexistent"}
PROFILE = f'[[aws.inference_profiles]]\narn = "{ARN}"\nmodel = "anthropic/claude-sonnet-4-5"\n'
DEPLOYMENT = '[[azure.deployments]]\nname = "chat"\nmodel = "openai/gpt-4.1"\n'
DISCOUNT = '[[prices.discounts]]\nprovider = "aws.bedrock"\npercent = 12\nvalid_from = 2026-01-01\n'
EURO = '[[exchange]]\ncurrency = "EUR"\nusd = 1.0842\nvalid_from = 2026-10-01\n'


def write(folder: Path, text: str, name: str = "tokenaudit.toml") -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def read(folder: Path, text: str) -> Config:
    return load(write(folder, text), environ=NO_HOME).config


def refused(folder: Path, text: str) -> ConfigError:
    with pytest.raises(ConfigError) as found:
        read(folder, text)
    assert str(folder / "tokenaudit.toml") in str(found.value)
    return found.value


def test_every_key_is_read(tmp_path: Path) -> None:
    config = read(tmp_path, EVERYTHING)
    assert (config.ledger, config.jobs, config.prices.overrides) == ("spent/tokens", 3, "prices.csv")
    (discount,) = config.prices.discounts
    assert (discount.provider, discount.model, discount.meter) == ("aws.bedrock", "anthropic/*", "input")
    assert (discount.percent, discount.valid_from, discount.valid_until) == (12, date(2026, 1, 1), date(2027, 1, 1))
    assert config.exchange_rates() == (
        ExchangeRate("EUR", Decimal("1.0842"), date(2026, 10, 1), "treasury", date(2026, 11, 1)),
        ExchangeRate("JPY", Decimal("0.00645812345678901"), date(2026, 10, 1), "tokenaudit.toml"),
    )
    check = config.check
    assert (check.baseline, check.pair_by, check.confidence) == ("main.json", "tag:case", 0.95)
    assert check.ratchet is not None
    assert check.ratchet.pinned == "release.json"
    policy = check.policy()
    cost = policy.gauges["usd_per_success"]
    assert (cost.level, cost.threshold, cost.floor, cost.n_min) == ("error", 0.08, 5, 200)
    assert policy.gauges["latency_p95_ms"] == replace(GAUGES["latency_p95_ms"], level="off")
    assert policy.gauges["error_ratio"] == GAUGES["error_ratio"]
    assert policy.budgets == (
        Budget("usd_per_month", Decimal(500), "error", "anthropic/*"),
        Budget("priced_ratio", Decimal("0.99"), "warn"),
    )
    assert policy.ratchet == Ratchet(0.12)
    assert config.aliases() == (
        Alias("resource", ARN, "anthropic/claude-sonnet-4-5", BEDROCK, scope="geo", tier="batch"),
        Alias("deployment", "chat-prod", "openai/gpt-4.1-mini", AZURE, RESOURCE, "2025-04-14", "data_zone", "standard"),
        Alias("model_ref", "my-finetune-7", "openai/gpt-4.1-mini"),
    )


def test_an_empty_file_says_what_no_file_says(tmp_path: Path) -> None:
    assert read(tmp_path, "") == Config()
    assert Config().ledger == DEFAULT_LEDGER
    assert Config().aliases() == ()


@pytest.mark.parametrize(
    ("text", "key", "nearest"),
    [
        ('legder = "x"', "legder", "ledger"),
        ("[azur]", "azur", "azure"),
        ("[aws]\ninference_profile = []", "inference_profile", "inference_profiles"),
        ("[azure]\ndeployment = []", "deployment", "deployments"),
        (f'{PROFILE}scopes = "geo"', "scopes", "scope"),
        (f'{DEPLOYMENT}verison = "1"', "verison", "version"),
        ('[prices]\noverride = "x"', "override", "overrides"),
        (f"{DISCOUNT}percentage = 3", "percentage", "percent"),
        (f"{EURO}curency = 3", "curency", "currency"),
        ("[[exchnge]]", "exchnge", "exchange"),
        (f'{DEPLOYMENT}models = "x"', "models", "model"),
    ],
)
def test_an_unknown_key_names_the_nearest_one_that_is_known(tmp_path: Path, text: str, key: str, nearest: str) -> None:
    error = refused(tmp_path, text)
    assert f"unknown key {key!r}" in str(error)
    assert error.hint == f"did you mean {nearest!r}?"


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("[check.metrics.latency_p95_ms]\nconfidence = 0.9", "'confidence' belongs in [check]"),
        ("[check]\nmax_drift = 0.1", "'max_drift' belongs in [check.ratchet]"),
        ("[check]\nn_min = 50", "'n_min' belongs in [check.metrics.NAME]"),
        ("[pull]\njobs = 2", "'jobs' belongs at the top level"),
        ("arn = 'x'", "'arn' belongs in [[aws.inference_profiles]]"),
        (f"{EURO}percent = 3", "'percent' belongs in [[prices.discounts]]"),
        (
            "[check]\nlevel = 'warn'",
            "'level' belongs in [check.metrics.NAME] or in [[check.budgets]] or in [check.ratchet]",
        ),
    ],
)
def test_a_key_of_another_table_is_told_where_it_belongs(tmp_path: Path, text: str, hint: str) -> None:
    assert refused(tmp_path, text).hint == hint


def test_an_unknown_key_in_a_table_says_in_which(tmp_path: Path) -> None:
    assert "[azure.deployments" in str(refused(tmp_path, f'{DEPLOYMENT}verison = "1"'))


def test_a_key_like_no_other_gets_the_list_of_all(tmp_path: Path) -> None:
    error = refused(tmp_path, "zzzzzzzz = 1")
    assert error.hint.startswith("known keys: ")
    assert {"ledger", "deployments", "inference_profiles", "percent"} <= set(error.hint[12:].split(", "))


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("ledger = 1", "$.ledger"),
        ('jobs = "two"', "$.jobs"),
        ("jobs = 1.5", "$.jobs"),
        ("aws = 1", "$.aws"),
        ("[azure.deployments]\nname = 'x'", "$.azure.deployments"),
        ("[models]\nx = 1", "$.models"),
        (DISCOUNT.replace("2026-01-01", '"soon"'), "$.prices.discounts[0].valid_from"),
        (DISCOUNT.replace("12", '"12"'), "$.prices.discounts[0].percent"),
        (DISCOUNT.replace("percent = 12\n", ""), "percent"),
        (EURO.replace("usd = 1.0842\n", ""), "usd"),
        (EURO.replace("1.0842", "true"), "$.exchange[0].usd"),
        ('[[azure.deployments]]\nname = "chat"', "model"),
        ('[[aws.inference_profiles]]\nmodel = "openai/gpt-4.1"', "arn"),
        (PROFILE.replace("arn:", "search7prod1:", 1), "$.aws.inference_profiles[0].arn"),
        (f'{DEPLOYMENT}resource = "acct"', "$.azure.deployments[0].resource"),
        ("ledger = ''", "$.ledger"),
        ("[prices]\noverrides = ''", "$.prices.overrides"),
        ("[prices]\nsnapshots = ''", "$.prices.snapshots"),
    ],
)
def test_a_wrong_type_or_a_missing_key_is_named(tmp_path: Path, text: str, place: str) -> None:
    error = refused(tmp_path, text)
    assert place in str(error)
    assert "docs/configuration.md" in error.hint


@pytest.mark.parametrize(
    ("text", "told", "hint"),
    [
        (f'{PROFILE}scope = "worldwide"', "scope 'worldwide' is not known", "regional, geo, data_zone, global"),
        (f'{DEPLOYMENT}tier = "fast"', "tier 'fast' is not known", "latency_optimized"),
        ("jobs = 0", "jobs must be at least 1", "leave it out"),
        (DISCOUNT.replace("12", "120"), "a discount of 120", "12 percent off list"),
        (DISCOUNT.replace("12", "-1"), "a discount of -1", "12 percent off list"),
        (DISCOUNT.replace("12", "nan"), "a discount of nan", "12 percent off list"),
        (f"{DISCOUNT}valid_until = 2026-01-01", "ends on 2026-01-01, before it begins", "no longer holds"),
        (EURO.replace("EUR", "eur"), "exchange eur from 2026-10-01: not a currency's code", "capital letters"),
        (EURO.replace("EUR", "USD"), "converted to USD", "another currency"),
        (EURO.replace("1.0842", "0"), "0 is no rate", "US dollars for one unit"),
        (EURO.replace("1.0842", "-1.1"), "-1.1 is no rate", "US dollars for one unit"),
        (EURO.replace("1.0842", "nan"), "NaN is no rate", "US dollars for one unit"),
        (EURO.replace("1.0842", "inf"), "Infinity is no rate", "US dollars for one unit"),
        (f"{EURO}valid_until = 2026-10-01", "ends on 2026-10-01, before it begins", "no longer holds"),
        (EURO + EURO.replace("1.0842", "1.1"), "two rates begin on one day", "keep one"),
        (DISCOUNT.replace("aws.bedrock", "gcp"), "provider 'gcp', which is not known", "bedrock"),
    ],
)
def test_a_value_that_makes_no_sense_is_refused(tmp_path: Path, text: str, told: str, hint: str) -> None:
    error = refused(tmp_path, text)
    assert told in str(error)
    assert hint in error.hint


@pytest.mark.parametrize("percent", ["0", "100", "12.5"])
def test_the_bounds_of_a_discount_are_allowed(tmp_path: Path, percent: str) -> None:
    config = read(tmp_path, DISCOUNT.replace("12", percent))
    assert config.prices.discounts[0].percent == float(percent)


def test_a_discount_is_the_decimal_that_was_written_and_knows_its_provider(tmp_path: Path) -> None:
    (found,) = read(tmp_path, DISCOUNT.replace("12", "12.3").replace("aws.bedrock", "Bedrock")).discounts()
    (whole,) = read(tmp_path, DISCOUNT).discounts()
    assert str(whole) == "12 % off aws.bedrock *"
    assert (found.provider, str(found.percent), str(found)) == ("aws.bedrock", "12.3", "12.3 % off aws.bedrock *")


def test_a_bare_model_name_will_do_where_its_vendor_is_plain(tmp_path: Path) -> None:
    text = f"""
        [[aws.inference_profiles]]
        arn = "{ARN}"
        model = "anthropic.claude-sonnet-4-5-20250929-v1:0"
        [[azure.deployments]]
        name = "old"
        model = "gpt-4o-2024-05-13"
        [[azure.deployments]]
        name = "new"
        model = "gpt-4o-2024-05-13"
        version = "2024-11-20"
        [models]
        sonnet = "Claude-Sonnet-4-5"
    """
    found = {alias.name: (alias.model, alias.version) for alias in read(tmp_path, text).aliases()}
    assert found == {
        ARN: ("anthropic/claude-sonnet-4-5", "20250929"),
        "old": ("openai/gpt-4o", "2024-05-13"),
        "new": ("openai/gpt-4o", "2024-11-20"),
        "sonnet": ("anthropic/claude-sonnet-4-5", None),
    }


@pytest.mark.parametrize(
    ("text", "place"),
    [
        (PROFILE.replace("anthropic/claude-sonnet-4-5", "my-model"), f"aws.inference_profiles {ARN}: 'my-model'"),
        (DEPLOYMENT.replace("openai/gpt-4.1", "my-model"), "azure.deployments chat: 'my-model'"),
        ('[models]\nx = "my-model"', "models x: 'my-model'"),
        ('[models]\nx = ""', "models x: ''"),
    ],
)
def test_a_model_of_no_known_vendor_is_refused_with_its_place(tmp_path: Path, text: str, place: str) -> None:
    with pytest.raises(ConfigError, match="names no known vendor's model") as found:
        read(tmp_path, text)
    assert place in str(found.value)
    assert "vendor/model" in found.value.hint


@pytest.mark.parametrize("content", [b"ledger = ", b'ledger = "a"\nledger = "b"\n', b'ledger = "\xff"\n'])
def test_bad_toml_is_a_mistake_of_the_file(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "tokenaudit.toml").write_bytes(content)
    with pytest.raises(ConfigError, match=r"tokenaudit\.toml is not valid TOML"):
        load(tmp_path / "tokenaudit.toml", environ=NO_HOME)


def test_a_named_file_has_to_be_there(tmp_path: Path) -> None:
    for arguments in (
        {"explicit": tmp_path / "no.toml"},
        {"environ": {"TOKENAUDIT_CONFIG": str(tmp_path / "no.toml")}},
    ):
        with pytest.raises(ConfigError, match=r"no\.toml cannot be read: No such file"):
            load(**arguments)
    with pytest.raises(ConfigError, match="cannot be read: Is a directory"):
        load(tmp_path, environ=NO_HOME)


def test_the_environment_wins_over_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    path = write(tmp_path / "conf", 'ledger = "mine"\njobs = 3')
    loaded = load(path, environ={"TOKENAUDIT_LEDGER": "theirs", "TOKENAUDIT_JOBS": "5"})
    assert (loaded.resolve(loaded.config.ledger), loaded.config.jobs) == (tmp_path / "theirs", 5)
    silent = load(path, environ={"TOKENAUDIT_LEDGER": "", "TOKENAUDIT_JOBS": "", "TOKENAUDIT_CONFIG": ""})
    assert (silent.config.ledger, silent.config.jobs) == ("mine", 3)


def test_price_snapshots_lie_where_they_are_told_to_and_else_among_the_users_data(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    path = write(tmp_path / "conf", '[prices]\nsnapshots = "kept"')
    assert load(path, environ={}).price_snapshots({}) == tmp_path / "conf" / "kept"
    assert load(path, environ={"TOKENAUDIT_PRICES": "theirs"}).price_snapshots({}) == tmp_path / "theirs"
    plain = load(near=tmp_path, environ=NO_HOME)
    assert plain.price_snapshots({"XDG_DATA_HOME": str(tmp_path)}) == tmp_path / "tokenaudit" / "prices"
    assert plain.price_snapshots({}) == tmp_path / "home" / ".local" / "share" / "tokenaudit" / "prices"


@pytest.mark.parametrize("jobs", ["0", "-1", "two", "1.5", " 2", "²"])
def test_jobs_of_the_environment_are_a_whole_number(tmp_path: Path, jobs: str) -> None:
    with pytest.raises(ConfigError, match="TOKENAUDIT_JOBS is"):
        load(near=tmp_path, environ=NO_HOME | {"TOKENAUDIT_JOBS": jobs})


def test_a_file_that_is_named_wins_over_the_environments_and_that_over_the_nearest(tmp_path: Path) -> None:
    named = write(tmp_path, 'ledger = "named"', "named.toml")
    other = write(tmp_path, 'ledger = "other"', "other.toml")
    near = write(tmp_path / "near", 'ledger = "near"')
    environ = {"TOKENAUDIT_CONFIG": str(other)}
    assert load(named, near.parent, environ).path == named
    assert load(None, near.parent, environ).path == other
    assert load(None, near.parent, NO_HOME).path == near


def test_the_nearest_file_at_or_above_is_found_and_then_the_users(tmp_path: Path) -> None:
    users = write(tmp_path / "home" / "tokenaudit", 'ledger = "users"')
    environ = {"XDG_CONFIG_HOME": str(tmp_path / "home")}
    deep = tmp_path / "project" / "logs" / "2026"
    deep.mkdir(parents=True)
    assert load(near=deep, environ=environ).path == users
    above = write(tmp_path / "project", "")
    assert load(near=deep, environ=environ).path == above
    nearest = write(deep, "")
    assert load(near=deep, environ=environ).path == nearest
    assert load(near=nearest, environ=environ).path == nearest, "a file is as good a beginning as its folder"


def test_without_any_file_the_defaults_start_from_the_working_directory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    loaded = load(environ=NO_HOME)
    assert loaded == Loaded(Config(), tmp_path, None)
    assert loaded.resolve(DEFAULT_LEDGER) == tmp_path / DEFAULT_LEDGER


def test_paths_of_the_file_start_from_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path / "conf", "")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    loaded = load(Path("conf/tokenaudit.toml"), environ=NO_HOME)
    assert loaded.resolve("prices.csv") == tmp_path / "conf" / "prices.csv"
    assert loaded.resolve("/abs/prices.csv") == Path("/abs/prices.csv")
    assert loaded.resolve("~/prices.csv") == tmp_path / "home" / "prices.csv"


def test_the_example_is_read() -> None:
    found: dict[str, Any] = {alias.name: alias.model for alias in load(EXAMPLE, environ=NO_HOME).config.aliases()}
    assert found["chat-prod"] == "openai/gpt-4.1"
    assert found["arn:aws:bedrock:us-east-1:111122223333:application-inference-profile/search7prod1"] == (
        "anthropic/claude-sonnet-4-5"
    )
