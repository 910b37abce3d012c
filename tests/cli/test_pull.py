"""`pull`, `doctor` and `init` as a user runs them, against an invented cloud that is installed as a package."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import time
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pexpect
import pytest
from tests.cli.conftest import COMMAND, environment
from tests.properties import ledgers, logs
from tests.properties.orchard import ROOT_VARIABLE, behave, fetched, install

from tokenaudit import registry
from tokenaudit.config import load
from tokenaudit.ledger.ledger import open_for_reading

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.cli.conftest import Done

TREE = Path(__file__).resolve().parents[2]
FILES = 40
# In two pieces, so that this file holds nothing that a search for secrets finds.
KEY = "AKIA" + "Q3EGRIDVJ5PV2C7N"
SECRET = "wJalrXUtnFEMIxK7MDENGxbPxRfiCYzz"  # of nobody  # noqa: S105


@pytest.fixture
def cloud(tmp_path: Path) -> Path:
    """A cloud with some logs of two providers."""
    root = tmp_path / "cloud"
    for number in range(FILES):
        own = [logs.bedrock(event, logs.after(seconds=event)) for event in range(10 * number, 10 * number + 12)]
        logs.write(root / "logs" / f"aws-{number:03}.json.gz", own)
    calls = [record for number in range(5) for record in (logs.llm(f"call-{number}"), logs.gateway(f"call-{number}"))]
    logs.write(root / "logs" / "gateway.json", calls)
    return root


@pytest.fixture
def variables(cloud: Path, tmp_path: Path) -> dict[str, str]:
    """What the environment says so that the cloud is there."""
    paths = [install(tmp_path / "site"), TREE / "src", TREE]
    return {ROOT_VARIABLE: str(cloud), "PYTHONPATH": os.pathsep.join(map(str, paths))}


@pytest.fixture
def pulling(
    inside: Callable[..., Done], variables: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[..., Done]]:
    """The command where that cloud is installed, inside this process."""
    monkeypatch.syspath_prepend(tmp_path / "site")

    def run(*arguments: str | Path, **changes: Any) -> Done:
        for known in (registry.providers, registry.sources):  # who was there when another test asked
            known.cache_clear()
        return inside(*arguments, **variables, **changes)

    yield run
    for known in (registry.providers, registry.sources):
        known.cache_clear()


@pytest.fixture
def outside(tokenaudit: Callable[..., Done], variables: dict[str, str]) -> Callable[..., Done]:
    """The same in a process of its own, as a user runs it."""

    def run(*arguments: str | Path, **changes: Any) -> Done:
        return tokenaudit(*arguments, **variables, **changes)

    return run


def row(done: Done, feed: str = "orchard.logs orchard://logs") -> dict[str, Any]:
    return next(each for each in done.rows("pull") if each["feed"] == feed)


def usage(ledger: Path) -> list[dict[str, Any]]:
    plain = ({**each, "object_uri": None, "tags": None} for each in ledgers.rows_of(ledger))
    return sorted(plain, key=lambda each: str(each["usage_id"]))


def test_a_pull_is_an_ingest_from_afar(
    pulling: Callable[..., Done], outside: Callable[..., Done], cloud: Path, here: Path
) -> None:
    done = outside("pull", "orchard", "--format", "json")
    assert done.code == 0
    assert done.err == "note: orchard is asked with []\n"
    counts = row(done)
    assert (counts["status"], counts["objects"], counts["fetched"], counts["kind"]) == (
        "ok",
        FILES + 1,
        FILES + 1,
        "logs",
    )
    assert counts["rows"] == 10 * FILES + 2 + 5
    assert done.report["verdict"] == {"status": "pass", "exit_code": 0}
    assert usage(here / ".tokenaudit" / "ledger") == usage(ledgers.taken(here / "ingested", [cloud / "logs"]))
    again = pulling("pull", "orchard", "--format", "json", "--quiet")
    assert (again.err, row(again)["fetched"], row(again)["skipped"]) == ("", 0, FILES + 1)
    assert len(fetched(cloud)) == FILES + 1
    assert pulling("compare", "--format", "json").rows()[0]["requests"] == 10 * FILES + 2


def test_a_dry_run_shows_the_calls_and_makes_none(pulling: Callable[..., Done], cloud: Path, here: Path) -> None:
    done = pulling("pull", "orchard", "--dry-run", "--only", "logs,costs", "--since", "2026-10", "--format", "json")
    assert done.code == 0
    calls = done.rows("plan")
    assert [(call["kind"], call["permission"], call["cost_usd"]) for call in calls] == [
        ("logs", "orchard:Pick", None),
        ("costs", "orchard:Pick", 0.01),
    ]
    assert {call["since"] for call in calls} == {"2026-10-01T00:00:00Z"}
    assert "about $0.01" in done.caveats["api_cost"]
    assert fetched(cloud) == []
    assert list(here.iterdir()) == []


def test_a_dry_run_says_from_where_known_sources_go_on(pulling: Callable[..., Done], cloud: Path, here: Path) -> None:
    logs.write(cloud / "metrics" / "day.json", [logs.bedrock(1)])
    assert pulling("pull", "orchard", "--only", "logs,metrics", "--until", "2026-10-20").code == 0
    file = here / ".tokenaudit" / "ledger" / "pull.json"
    names = {kind: f"orchard.{kind} orchard://{kind}" for kind in ("logs", "metrics")}
    goes_on = {"since": "2026-10-17T00:00:00Z", "until": "2026-11-01T00:00:00Z", "whole_until": "2026-10-20T00:00:00Z"}
    asked = ("pull", "orchard", "--dry-run", "--only", "logs", "--until", "2026-11", "--format", "json")
    done = pulling(*asked)
    known = {"provider": "orchard", "feed": names["logs"], "kind": "logs", **goes_on}
    assert done.rows("known") == [known]
    assert done.report["window"] == {"since": "2026-10-02T00:00:00Z", "until": "2026-11-01T00:00:00Z"}
    assert "also of one that would be new" in done.caveats["dry_run"]
    memory = json.loads(file.read_text())
    del memory["kinds"]  # as versions before this one wrote it
    file.write_text(json.dumps(memory))
    before = [{**known, "feed": name, "kind": None} for name in names.values()]
    assert pulling(*asked).rows("known") == before
    assert [row["since"] for row in pulling(*asked, "--since", "2026-10-25").rows("known")] == [
        "2026-10-25T00:00:00Z"
    ] * 2


def test_filters_are_said_to_make_no_difference(pulling: Callable[..., Done], cloud: Path) -> None:
    told = "no difference to this command: a pull fetches everything of its window from the clouds that CLOUD names"
    one = pulling("pull", "orchard", "--dry-run", "--provider", "azure")
    assert one.err.splitlines()[0] == f"note: --provider makes {told}"
    filters = ("--provider", "azure", "--model", "x", "--account", "y", "--tag", "team=z")
    all_of_them = pulling("pull", "orchard", *filters)
    assert all_of_them.code == 0
    assert all_of_them.err.splitlines()[0] == f"note: --provider, --model, --account, --tag make {told}"
    assert len(fetched(cloud)) == FILES + 1
    assert pulling("pull", "orchard", *filters, "--quiet").err == ""


def test_a_source_that_is_missing_is_told_with_its_code(pulling: Callable[..., Done], cloud: Path) -> None:
    behave(cloud, hidden={"costs": "service"})
    done = pulling("pull", "orchard", "--format", "json")
    assert done.code == 5
    assert row(done)["status"] == "ok"
    assert row(done, "orchard.costs")["status"] == "failed"
    assert done.report["verdict"] == {"status": "incomplete", "exit_code": 5}
    assert "costs cannot be listed" in done.caveats["missing_source"]
    assert done.err.splitlines()[-2:] == [
        "error: 1 of 3 sources is missing something: costs cannot be listed",
        "hint: allow orchard:List",
    ]
    behave(cloud, hidden={"costs": "service", "metrics": "credentials"})
    assert pulling("pull", "orchard").code == 4
    behave(cloud, away="credentials")
    assert pulling("pull", "orchard").code == 4


def test_the_time_limit_ends_it_with_what_is_there(pulling: Callable[..., Done], cloud: Path, here: Path) -> None:
    behave(cloud, slow_s=0.5)
    done = pulling("pull", "orchard", "--time-limit", "1s", "--format", "json", "--only", "logs")
    assert (done.code, row(done)["status"], row(done)["whole_until"]) == (5, "partial", None)
    assert 0 < row(done)["fetched"] < FILES
    assert "time limit" in done.err
    behave(cloud)
    assert pulling("pull", "orchard").code == 0
    assert usage(here / ".tokenaudit" / "ledger") == usage(ledgers.taken(here / "ingested", [cloud / "logs"]))


@pytest.mark.parametrize(
    ("arguments", "message", "hint"),
    [
        (("pull", "moon"), "'moon'", "orchard"),
        (("pull", "orchard", "--only", "logs,prices"), "prices", "inventory, logs, metrics, costs"),
        (("pull", "orchard", "--time-limit", "30"), "'30'", "30m"),
        (("pull", "orchard", "--time-limit", "0m"), "'0m'", "30m"),
        (("pull", "orchard", "--max-api-cost", "-1"), "'-1'", "0.5"),
        (("pull", "orchard", "--max-api-cost", "NaN"), "'NaN'", "0.5"),
        (("pull", "orchard", "--since", "2999-01"), "2999-01-01", "earlier"),
        (("doctor", "moon"), "'moon'", "orchard"),
    ],
    ids=lambda value: " ".join(value[1:]) if isinstance(value, tuple) else "",
)
def test_what_makes_no_sense_is_refused(
    pulling: Callable[..., Done], arguments: tuple[str, ...], message: str, hint: str
) -> None:
    said = pulling(*arguments, "--quiet").refused(2)
    assert message in said[0]
    assert hint in said[1]


def test_the_inventory_explains_names_until_the_configuration_does(
    pulling: Callable[..., Done], cloud: Path, here: Path
) -> None:
    (cloud / "logs" / "gateway.json").unlink()
    logs.write(cloud / "logs" / "unnamed.json", [logs.llm("call-9", modelName=None, deploymentName="private")])
    item = {
        "match": "deployment",
        "name": "private",
        "model": "openai/gpt-4.1",
        "provider": "azure.ai.openai",
        "account": logs.AZURE_SUBSCRIPTION,
        "scope": "data_zone",
    }
    behave(cloud, inventory=[item])
    assert pulling("pull", "orchard").code == 0
    models = {each["model"] for each in pulling("compare", "--format", "json").rows() if each["side"] == "azure"}
    assert models == {"openai/gpt-4.1"}
    assert "data_zone" in pulling("export", "usage", "-o", "-", "--provider", "azure").out
    assert pulling("ledger", "info", "--format", "json").rows("ledger")[0]["names"] == 1
    (here / "tokenaudit.toml").write_text('[[azure.deployments]]\nname = "private"\nmodel = "openai/gpt-4o"\n')
    models = {each["model"] for each in pulling("compare", "--format", "json").rows() if each["side"] == "azure"}
    assert models == {"openai/gpt-4o"}


def test_nothing_that_opens_a_door_is_shown(
    pulling: Callable[..., Done], outside: Callable[..., Done], cloud: Path
) -> None:
    signed = f"https://account.blob.core.windows.net/c?sv=1&sig={SECRET}"
    finding = {"source": signed, "check": "reachable", "status": "failed", "text": f"Bearer {SECRET}", "fix": KEY}
    behave(cloud, findings=[finding], fail={"gateway.json": "service"}, renamed={}, away_text=signed)
    logs.write(cloud / "logs" / f"x?X-Amz-Signature={SECRET}", [logs.bedrock(7)])
    for arguments in (("pull", "orchard"), ("doctor", "orchard"), ("pull", "orchard", "--dry-run")):
        for fmt in ("table", "json", "csv", "markdown"):
            run = outside if fmt == "table" else pulling  # what libraries write past Python is seen only outside
            done = run(*arguments, "--verbose", "--format", fmt)
            assert SECRET not in done.out + done.err, arguments
            assert KEY not in done.out + done.err
    assert (
        "fetched orchard://logs/aws-001.json.gz" in pulling("pull", "orchard", "-v", "--ledger", cloud.parent / "l").err
    )


# --- interrupted -----------------------------------------------------------------------------------------------------


def begin(variables: dict[str, str], here: Path, home: Path) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [*COMMAND, "pull", "orchard", "--quiet"],
        cwd=here,
        env=environment(home, TOKENAUDIT_JOBS="1", **variables),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )


def when_fetching(running: subprocess.Popen[bytes], cloud: Path, count: int) -> None:
    while running.poll() is None and len(fetched(cloud)) < count:
        time.sleep(0.01)


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGINT])
def test_ended_from_outside_and_run_again_it_is_the_same_ledger(
    pulling: Callable[..., Done], variables: dict[str, str], cloud: Path, here: Path, home: Path, how: signal.Signals
) -> None:
    ledger = here / ".tokenaudit" / "ledger"
    behave(cloud, slow_s=0.4)
    for count in (3, 30):
        before = len(fetched(cloud))
        running = begin(variables, here, home)
        when_fetching(running, cloud, before + count)
        os.killpg(running.pid, how)
        out, said = running.communicate(timeout=30)
        assert out == b""
        if how is signal.SIGINT:
            assert running.returncode == 130
            assert [line.split(b":")[0] for line in said.splitlines()] == [b"error", b"hint"], said
            assert list(ledger.rglob("mirror-*")) == []
    behave(cloud)
    assert pulling("pull", "orchard").code == 0
    assert list(ledger.rglob("mirror-*")) == []
    assert usage(ledger) == usage(ledgers.taken(here / "ingested", [cloud / "logs"]))


# --- doctor ----------------------------------------------------------------------------------------------------------

FIX = "cloud logging on \\\n  --region us-east-1"


def test_doctor_says_what_is_wrong_and_what_mends_it(pulling: Callable[..., Done], cloud: Path) -> None:
    fine = {"source": "costs", "check": "reachable", "status": "ok", "text": "2 exports"}
    off = {"source": "logs", "check": "switched on", "status": "failed", "text": "off", "fix": FIX, "exit_code": 5}
    behave(cloud, findings=[fine])
    assert pulling("doctor", "orchard").code == 0
    behave(cloud, findings=[fine, off])
    done = pulling("doctor", "orchard", "--format", "json")
    assert done.code == 5
    assert [(each["source"], each["status"]) for each in done.rows("doctor")] == [("costs", "ok"), ("logs", "failed")]
    assert [each["fix"] for each in done.rows("fixes")] == [FIX]
    assert FIX in pulling("doctor", "orchard").out
    assert f"```\n{FIX}\n```" in pulling("doctor", "orchard", "--format", "markdown").out
    behave(cloud, findings=[off, {**off, "source": "metrics", "exit_code": 4}])
    assert pulling("doctor", "orchard").code == 4
    behave(cloud, away="credentials")
    done = pulling("doctor", "orchard")
    assert done.code == 4
    assert "run orchard login" in done.out


# --- init ------------------------------------------------------------------------------------------------------------


def test_init_writes_what_every_command_accepts_and_replaces_nothing(pulling: Callable[..., Done], here: Path) -> None:
    done = pulling("init", "--no-discover")
    assert (done.code, done.out) == (0, "tokenaudit.toml\n")
    text = (here / "tokenaudit.toml").read_text()
    assert load(here / "tokenaudit.toml", environ={}).config == load(None, here / "x", {"XDG_CONFIG_HOME": "/"}).config
    assert "exists" in pulling("init", "--no-discover").refused(2)[0]
    (here / "tokenaudit.toml").write_text("[broken")
    assert pulling("init", "--no-discover", "--force").code == 0
    assert (here / "tokenaudit.toml").read_text() == text
    uncommented = "\n".join(re.sub(r"^# (\w+ = )", r"\1", line) for line in text.splitlines())
    (here / "tokenaudit.toml").write_text(uncommented)
    assert set(tomllib.loads(uncommented)["aws"]) >= {"profile", "regions", "roles", "logs", "exports"}
    assert load(here / "tokenaudit.toml", environ={}).config.azure.subscriptions


def test_init_keeps_how_the_clouds_let_us_in_and_names_what_is_gone(pulling: Callable[..., Done], here: Path) -> None:
    endpoints = '[azure.endpoints]\nmanagement = "https://management.chinacloudapi.cn"\n'
    (here / "tokenaudit.toml").write_text(f'{endpoints}[models]\nx = "openai/gpt-4.1"\n')
    done = pulling("init", "--no-discover", "--force")
    assert "note: kept of the file that was there: azure.endpoints\n" in done.err
    assert "note: gone of the file that was there: models\n" in done.err
    config = load(here / "tokenaudit.toml", environ={}).config
    assert (config.azure.endpoints.management, config.models) == ("https://management.chinacloudapi.cn", {})


def test_init_asks_on_a_terminal_only(variables: dict[str, str], cloud: Path, here: Path, home: Path) -> None:
    behave(cloud, suggestions=[["regions", '["us-east-1"]']])
    terminal = pexpect.spawn(
        COMMAND[0],
        [*COMMAND[1:], "init"],
        cwd=str(here),
        env=environment(home, TERM="xterm", **variables),
        encoding="utf-8",
        timeout=60,
    )
    terminal.expect("Folder of the ledger")
    terminal.sendline("spent/tokens")
    terminal.expect("Clouds to read")
    terminal.sendline("orchard")
    terminal.expect("Ask them what there is")
    terminal.sendline("y")
    terminal.expect("tokenaudit doctor")
    terminal.expect(pexpect.EOF)
    terminal.close()
    assert terminal.exitstatus == 0
    assert load(here / "tokenaudit.toml", environ={}).config.ledger == "spent/tokens"


def test_on_a_terminal_there_is_a_bar_for_each_source_and_nothing_of_it_stays(
    variables: dict[str, str], cloud: Path, here: Path, home: Path
) -> None:
    behave(cloud, slow_s=0.05)
    terminal = pexpect.spawn(
        COMMAND[0],
        [*COMMAND[1:], "pull", "orchard"],
        cwd=str(here),
        env=environment(home, TERM="xterm-256color", **variables),
        dimensions=(50, 140),
        encoding="utf-8",
        timeout=60,
    )
    sent = terminal.read()
    terminal.close()
    assert terminal.exitstatus == 0
    assert re.search(r"orchard\.logs.*/41", sent)
    last = re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", sent).splitlines()
    assert any(line.startswith("Pulled") for line in last)
    assert open_for_reading(here / ".tokenaudit" / "ledger").version is not None
