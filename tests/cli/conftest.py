"""The command as a user runs it, in an environment without anything of the machine's own, and a small ledger."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from tests.properties import logs

if TYPE_CHECKING:
    from collections.abc import Callable

COMMAND = (sys.executable, "-m", "tokenaudit")
CLOCKED = Path(__file__).parents[1] / "live" / "clocked.py"
"""The same command at another time, which is its first argument."""
_OURS = ("TOKENAUDIT_", "NO_COLOR", "FORCE_COLOR", "LC_", "LANG", "PYTHONIOENCODING", "COLUMNS", "TERM", "XDG_")
DAY = "2026-10-01"


@dataclass(frozen=True)
class Done:
    """How a run of the command ended."""

    code: int
    out: str
    err: str

    @property
    def report(self) -> dict[str, Any]:
        """The JSON document on stdout."""
        found: dict[str, Any] = json.loads(self.out)
        return found

    def rows(self, section: str = "compare") -> list[dict[str, Any]]:
        """The rows of one section of the JSON document."""
        found: list[dict[str, Any]] = next(each["rows"] for each in self.report["sections"] if each["id"] == section)
        return found

    @property
    def caveats(self) -> dict[str, str]:
        """The text of the last caveat of each code."""
        return {each["code"]: each["text"] for each in self.report["caveats"]}

    def refused(self, code: int) -> tuple[str, str]:
        """The message and the hint, after checking that the end is an error as the contract has it: two lines."""
        assert (self.code, self.out) == (code, ""), self
        lines = self.err.splitlines()
        assert [line.split(": ")[0] for line in lines] == ["error", "hint"], self.err
        return lines[0].removeprefix("error: "), lines[1].removeprefix("hint: ")


Run = "Callable[..., Done]"


def environment(home: Path, **changes: str) -> dict[str, str]:
    """The environment of a run: `home` is the user's, and `changes` are added."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(_OURS)}
    return kept | {"HOME": str(home), "LANG": "C.UTF-8"} | changes


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A user's home folder, empty; beside the folder in which commands run."""
    folder = tmp_path / "home"
    folder.mkdir()
    return folder


@pytest.fixture
def here(tmp_path: Path) -> Path:
    """The working directory of the command."""
    folder = tmp_path / "here"
    folder.mkdir()
    return folder


@pytest.fixture
def tokenaudit(home: Path, here: Path) -> Callable[..., Done]:
    """The real command in a process of its own: `tokenaudit("compare", path, NO_COLOR="1")`; names in capitals are
    variables of the environment, `cwd` is where it runs, `at` what it takes the time to be."""

    def run(*arguments: str | Path, cwd: Path = here, at: str | None = None, **changes: str) -> Done:
        command = COMMAND if at is None else (sys.executable, str(CLOCKED), at)
        done = subprocess.run(
            [*command, *map(str, arguments)],
            cwd=cwd,
            env=environment(home, **changes),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=False,
            timeout=60,
        )
        encoding = "utf-8"
        return Done(done.returncode, done.stdout.decode(encoding), done.stderr.decode(encoding))

    return run


@pytest.fixture
def inside(
    home: Path, here: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[..., Done]:
    """The same command inside this process, for tables of many cases: a tenth of the time."""

    def run(*arguments: str | Path, cwd: Path = here, **changes: str) -> Done:
        from tokenaudit.cli.app import main  # noqa: PLC0415  # the other tests need it only in a process of its own

        with monkeypatch.context() as patch:
            for name in [name for name in os.environ if name.startswith(_OURS)]:
                patch.delenv(name)
            for name, value in {"HOME": str(home), **changes}.items():
                patch.setenv(name, value)
            patch.chdir(cwd)
            patch.setattr(sys, "argv", ["tokenaudit", *map(str, arguments)])
            capsys.readouterr()
            with pytest.raises(SystemExit) as left:
                main()
        said = capsys.readouterr()
        return Done(int(left.value.code or 0), said.out, said.err)

    return run


def write_logs(folder: Path) -> Path:
    """Two clouds, two days, two teams: 6 Bedrock requests, 4 Azure ones, one Bedrock error, one of an unnamed model.

    Bedrock 0-2 are on the 1st (team search), 3-5 on the 2nd (team support); number 5 was throttled. Azure calls 0-2 are
    on the 1st, one of them without a gateway record; call 3, of a deployment whose model nobody names, is on the 2nd.
    """
    bedrock = [
        logs.bedrock(
            number,
            logs.after(hours=24 * (number // 3)),
            requestMetadata={"team": "search" if number < 3 else "support"},
        )
        for number in range(5)
    ]
    throttled = logs.bedrock(5, logs.after(hours=25), output=None, errorCode="ThrottlingException")
    logs.write(folder / "aws" / "one.json.gz", bedrock[:3])
    logs.write(folder / "aws" / "two.json.gz", [*bedrock[3:], throttled])
    azure = [record for number in range(3) for record in (logs.llm(f"call-{number}"), logs.gateway(f"call-{number}"))][
        :-1
    ]
    unnamed = logs.llm("call-3", logs.after(hours=24), modelName=None, deploymentName="private")
    logs.write(folder / "azure" / "gateway.json", [*azure, unnamed])
    return folder


@pytest.fixture(scope="session")
def two_clouds(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the logs that `write_logs` describes."""
    return write_logs(tmp_path_factory.mktemp("logs"))


@pytest.fixture(scope="session")
def ledger(two_clouds: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A ledger with those logs, for commands that only read."""
    folder = tmp_path_factory.mktemp("ledgers") / "ledger"
    subprocess.run(
        [*COMMAND, "ingest", str(two_clouds), "--ledger", str(folder), "--quiet"],
        env=environment(folder.parent),
        cwd=folder.parent,
        check=True,
        capture_output=True,
        timeout=60,
    )
    return folder
