"""tokenaudit.toml: where it is found, that every command checks all of it, that it is applied when reading."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from tests.properties import logs

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.cli.conftest import Done

PROFILE = "arn:aws:bedrock:us-east-1:111122223333:application-inference-profile/abcdefghijkl"
NAMES = f"""
[[aws.inference_profiles]]
arn = "{PROFILE}"
model = "claude-sonnet-4-5"
scope = "geo"

[[azure.deployments]]
name = "private"
model = "openai/gpt-4.1-mini"
version = "2025-04-14"
scope = "data_zone"
tier = "standard"

[models]
"my-finetune-7" = "openai/gpt-4.1"
"""
COMMANDS = [
    ("ingest", "."),
    ("compare",),
    ("compare", "."),
    ("export", "usage", "-o", "-"),
    ("ledger", "info"),
    ("ledger", "rejects"),
]


def _toml(folder: Path, text: str) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "tokenaudit.toml"
    path.write_text(text, encoding="utf-8")
    return path


def _opaque(folder: Path) -> Path:
    """Requests of a profile, of a deployment without a model, of an extra name, and of models that the log names."""
    logs.write(folder / "aws.json", [logs.bedrock(1, modelId=PROFILE), logs.bedrock(2)])
    nameless: dict[str, Any] = {"modelName": None, "deploymentName": "private"}
    logs.write(
        folder / "azure.json",
        [
            logs.llm("call-1", **nameless),
            logs.llm("call-2", modelName="my-finetune-7"),
            logs.llm("call-3", deploymentName="private"),
        ],
    )
    return folder


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_checks_the_whole_file(inside: Callable[..., Done], here: Path, command: tuple[str, ...]) -> None:
    _toml(here, "[check]\nconfidence = 0.9\n[[azure.deployments]]\nname = 'x'\nmodell = 'openai/gpt-4.1'\n")
    message, hint = inside(*command).refused(2)
    assert "tokenaudit.toml" in message
    assert "modell" in message
    assert "'model'" in hint


@pytest.mark.parametrize(
    ("text", "named", "near"),
    [
        ("legder = 'x'", "legder", "ledger"),
        ("[aws]\ninference_profile = []", "inference_profile", "inference_profiles"),
        ("[[prices.discounts]]\nprovider = 'aws.bedrock'\npercents = 3", "percents", "percent"),
        ("[price]\noverrides = 'x'", "price", "prices"),
        ("jobs = 0", "jobs", ""),
        ("jobs = 'two'", "jobs", ""),
        ("ledger = 3", "ledger", ""),
        ("ledger = [", "TOML", ""),
        ("[models]\nx = 'nobody knows'", "nobody knows", ""),
        ("[[azure.deployments]]\nname = 'x'\nmodel = 'openai/gpt-4.1'\nscope = 'galaxy'", "galaxy", "data_zone"),
        ("[[azure.deployments]]\nname = 'x'\nmodel = 'openai/gpt-4.1'\ntier = 'gold'", "gold", "standard"),
        ("[[azure.deployments]]\nname = 'x'", "model", ""),
        ("[[prices.discounts]]\nprovider = 'aws.bedrock'\npercent = 120\nvalid_from = 2026-01-01", "120", ""),
        ("[[prices.discounts]]\nprovider = 'aws.bedrock'\npercent = 12", "valid_from", ""),
        ("[prices]\noverrides = 'no-such.csv'", "no-such.csv", ""),
    ],
)
def test_what_is_wrong_is_named(
    inside: Callable[..., Done], here: Path, ledger: Path, text: str, named: str, near: str
) -> None:
    _toml(here, text)
    message, hint = inside("compare", "--ledger", ledger).refused(2)
    assert named in message
    assert near in hint


def test_it_is_found_upward_from_the_working_directory_and_its_paths_start_at_it(
    inside: Callable[..., Done], here: Path, two_clouds: Path
) -> None:
    _toml(here, "ledger = 'kept/ledger'")
    deep = here / "a" / "b"
    deep.mkdir(parents=True)
    assert inside("ingest", two_clouds, cwd=deep).code == 0
    assert (here / "kept" / "ledger" / "usage").is_dir()
    assert inside("ledger", "info", cwd=deep).code == 0


def test_the_user_s_own_file_counts_where_no_other_is_found(
    inside: Callable[..., Done], home: Path, here: Path
) -> None:
    _toml(home / ".config" / "tokenaudit", "legder = 1")
    assert "legder" in inside("ledger", "info").refused(2)[0]
    _toml(here, "ledger = 'x'")
    assert "no ledger" in inside("ledger", "info").refused(3)[0]
    _toml(here / "xdg" / "tokenaudit", "jbos = 1")
    (here / "tokenaudit.toml").unlink()
    assert "jbos" in inside("ledger", "info", XDG_CONFIG_HOME=str(here / "xdg")).refused(2)[0]


def test_options_win_over_the_environment_and_that_over_the_file(
    inside: Callable[..., Done], here: Path, ledger: Path, two_clouds: Path
) -> None:
    _toml(here, "ledger = 'from-file'")
    assert "from-file" in inside("ledger", "info").refused(3)[0]
    assert "from-env" in inside("ledger", "info", TOKENAUDIT_LEDGER="from-env").refused(3)[0]
    assert (
        "from-option" in inside("ledger", "info", "--ledger", "from-option", TOKENAUDIT_LEDGER="from-env").refused(3)[0]
    )
    assert inside("ledger", "info", TOKENAUDIT_LEDGER=str(ledger)).code == 0
    other = _toml(here / "other", "ledger = 'beside-it'")
    assert "beside-it" in inside("ledger", "info", TOKENAUDIT_CONFIG=str(other)).refused(3)[0]
    assert (
        "from-file"
        in inside("ledger", "info", "--config", here / "tokenaudit.toml", TOKENAUDIT_CONFIG=str(other)).refused(3)[0]
    )
    assert "TOKENAUDIT_JOBS" in inside("ingest", two_clouds, TOKENAUDIT_JOBS="many").refused(2)[0]
    assert "TOKENAUDIT_JOBS" in inside("ingest", two_clouds, TOKENAUDIT_JOBS="0").refused(2)[0]


def test_with_paths_the_file_at_or_above_the_first_one_wins(
    inside: Callable[..., Done], here: Path, tmp_path: Path
) -> None:
    project = _opaque(tmp_path / "project" / "logs")
    _toml(project.parent, NAMES)
    _toml(here, "[models]\n'my-finetune-7' = 'openai/gpt-4.1-nano'")
    for path in (project, project / "azure.json"):
        models = {row["model"] for row in inside("compare", path, "--format", "json").rows()}
        assert "openai/gpt-4.1" in models
        assert "openai/gpt-4.1-nano" not in models


def test_a_changed_mapping_needs_no_new_ingest_and_the_log_has_the_last_word(
    inside: Callable[..., Done], here: Path
) -> None:
    _opaque(here / "logs")
    assert inside("ingest", "logs").code == 0
    bare = inside("compare", "--format", "json")
    assert {row["model"] for row in bare.rows() if row["list_cost_usd"] is None} == {None}
    text = " ".join(each["text"] for each in bare.report["caveats"] if each["code"] == "unresolved_model")
    for name in (PROFILE, "private", "chat-prod", "tokenaudit.toml"):
        assert name in text
    _toml(here, NAMES)
    named = inside("compare", "--format", "json", "--by", "model,deployment,scope,tier,model_version")
    assert "unresolved_model" not in named.caveats
    by_name = {(row["model"], row["scope"], row["tier"], row["model_version"]): row["requests"] for row in named.rows()}
    assert by_name == {
        ("anthropic/claude-sonnet-4-5", "geo", "standard", None): 1,
        ("anthropic/claude-sonnet-4-5", "regional", "standard", "20250929"): 1,
        ("openai/gpt-4.1-mini", "data_zone", "standard", "2025-04-14"): 2,
        ("openai/gpt-4.1", None, None, None): 1,
    }
    exported = inside("export", "usage", "-o", "-").out
    assert "openai/gpt-4.1-mini" in exported
    (here / "tokenaudit.toml").unlink()
    assert inside("compare", "--format", "json").rows() == bare.rows()


def test_prices_of_one_s_own_are_used(inside: Callable[..., Done], here: Path) -> None:
    logs.write(here / "logs" / "a.json", [logs.bedrock(1)])
    (here / "prices.csv").write_text(
        "provider,model,scope,tier,token_kind,usd_per_mtok,valid_from\n"
        "aws.bedrock,anthropic/claude-sonnet-4-5,regional,standard,output,1000,2020-01-01\n",
        encoding="utf-8",
    )
    _toml(here, "[prices]\noverrides = 'prices.csv'")
    (row,) = inside("compare", "logs", "--format", "json").rows()
    assert row["usd_per_mtok_output"] == 1000


def test_a_ledger_that_is_not_on_this_machine_is_refused(inside: Callable[..., Done], here: Path) -> None:
    _toml(here, "ledger = 's3://bucket/ledger'")
    message, hint = inside("ledger", "info").refused(2)
    assert "s3://bucket/ledger" in message
    assert "--ledger" in hint


@pytest.mark.parametrize("given", [("--ledger", "abfss://c@a/x"), ("TOKENAUDIT_LEDGER", "abfss://c@a/x")])
def test_nor_one_that_is_named_on_the_way_is_made_here(
    inside: Callable[..., Done], here: Path, given: tuple[str, str]
) -> None:
    option, address = given
    before = set(here.rglob("*"))
    done = inside("ingest", "logs", *given) if option == "--ledger" else inside("ingest", "logs", **{option: address})
    assert done.refused(2) == ("abfss://c@a/x is not on this machine", "name a folder with --ledger")
    assert set(here.rglob("*")) == before
