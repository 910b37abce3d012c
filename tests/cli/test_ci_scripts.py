"""The shell parts of examples/ci, run as a service would run them; and the workflows, read."""

from __future__ import annotations

import json
import os
import re
import shutil
import stat
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from tests.cli.conftest import environment
from tests.cli.weeks import SPLIT, Kind, write

if TYPE_CHECKING:
    from collections.abc import Callable

CI = Path(__file__).resolve().parents[2] / "examples" / "ci"
SCRIPTS = sorted([*CI.glob("*.sh"), CI / "hooks" / "pre-push"])
MARK = "<!-- tokenaudit -->"

# Stands for GitHub: comments live in a file, --jq is jq's own business, and a body comes from the file that it names.
GH = """#!{python}
import json, pathlib, subprocess, sys
store = pathlib.Path({store!r})
comments = json.loads(store.read_text())
arguments = sys.argv[1:]
assert arguments[0] == "api"
method = arguments[arguments.index("--method") + 1] if "--method" in arguments else "GET"
address = next(each for each in arguments if each.startswith("repos/"))
if method == "GET":
    query = arguments[arguments.index("--jq") + 1]
    done = subprocess.run(["jq", "-r", query], input=json.dumps(comments), text=True, capture_output=True, check=True)
    sys.stdout.write(done.stdout)
    raise SystemExit
name, _, source = arguments[arguments.index("--field") + 1].partition("=@")
assert name == "body"
body = pathlib.Path(source).read_text()
if method == "PATCH":
    number = int(address.rsplit("/", 1)[1])
    next(each for each in comments if each["id"] == number)["body"] = body
else:
    comments.append({{"id": len(comments) + 1, "user": {{"login": "github-actions[bot]"}}, "body": body}})
store.write_text(json.dumps(comments))
"""


@pytest.fixture
def bin_folder(tmp_path: Path) -> Path:
    """A folder for the PATH, with the program as `tokenaudit`."""
    folder = tmp_path / "bin"
    folder.mkdir()
    _executable(folder / "tokenaudit", f'#!/bin/sh\nexec {sys.executable} -m tokenaudit "$@"\n')
    return folder


@pytest.fixture
def run(bin_folder: Path, home: Path, here: Path) -> Callable[..., subprocess.CompletedProcess[str]]:
    def script(name: str, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
        path = f"{bin_folder}{os.pathsep}{os.environ['PATH']}"
        return subprocess.run(
            ["bash", str(CI / name), *arguments],
            cwd=here,
            env=environment(home, **{"PATH": path, **variables}),
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )

    return script


def _executable(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)


@pytest.fixture
def github(bin_folder: Path, tmp_path: Path) -> Callable[[], list[dict[str, Any]]]:
    """A made-up `gh` on the PATH; gives the comments of the pull request."""
    store = tmp_path / "comments.json"
    other = {"id": 1, "user": {"login": "somebody"}, "body": f"{MARK}\nI can write that, too"}
    store.write_text(json.dumps([other]), encoding="utf-8")
    _executable(bin_folder / "gh", GH.format(python=sys.executable, store=str(store)))

    def comments() -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = json.loads(store.read_text(encoding="utf-8"))
        return found

    return comments


needs_jq = pytest.mark.skipif(shutil.which("jq") is None, reason="jq is not installed")  # .ci/run installs it
PULL_REQUEST = {"GITHUB_REPOSITORY": "acme/app", "PR_NUMBER": "7"}


@needs_jq
def test_a_comment_is_made_once_and_brought_up_to_date(
    run: Callable[..., subprocess.CompletedProcess[str]], here: Path, github: Callable[[], list[dict[str, Any]]]
) -> None:
    for text in (f'{MARK}\nfirst `$(x)` "quoted"\n', f"{MARK}\nsecond\n"):
        (here / "comment.md").write_text(text, encoding="utf-8")
        done = run("comment.sh", "comment.md", **PULL_REQUEST)
        assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
        assert [each["body"] for each in github()][1:] == [text]
    assert github()[0]["body"].endswith("I can write that, too"), "somebody else's comment is left alone"


@needs_jq
def test_where_nothing_changed_no_comment_is_made_and_an_older_one_says_so(
    run: Callable[..., subprocess.CompletedProcess[str]], here: Path, github: Callable[[], list[dict[str, Any]]]
) -> None:
    (here / "comment.md").write_bytes(b"")
    assert run("comment.sh", "comment.md", **PULL_REQUEST).returncode == 0
    assert len(github()) == 1
    (here / "comment.md").write_text(f"{MARK}\nworse\n", encoding="utf-8")
    run("comment.sh", "comment.md", **PULL_REQUEST)
    (here / "comment.md").write_bytes(b"")
    run("comment.sh", "comment.md", **PULL_REQUEST)
    assert [each["body"] for each in github()][1:] == [f"{MARK}\n## tokenaudit: nothing got worse\n"]


def test_the_baseline_is_that_of_the_target_branch(
    run: Callable[..., subprocess.CompletedProcess[str]], here: Path, tmp_path: Path
) -> None:
    def git(*arguments: str, cwd: Path = here) -> None:
        identity = ("-c", "user.name=T", "-c", "user.email=t@example.com", "-c", "commit.gpgsign=false")
        subprocess.run(["git", *identity, *arguments], cwd=cwd, check=True, capture_output=True, timeout=60)

    upstream = tmp_path / "upstream"
    upstream.mkdir()
    git("init", "-q", "-b", "main", cwd=upstream)
    (upstream / "llm-baseline.json").write_text("of main", encoding="utf-8")
    git("add", ".", cwd=upstream)
    git("commit", "-qm", "one", cwd=upstream)
    git("clone", "-q", str(upstream), ".")
    (here / "llm-baseline.json").write_text("of the pull request: everything is allowed", encoding="utf-8")
    assert run("main-baseline.sh", "main").returncode == 0
    assert (here / "baseline.json").read_text(encoding="utf-8") == "of main"
    none = run("main-baseline.sh", "main", "no-such.json")
    assert (none.returncode, (here / "baseline.json").exists()) == (0, False)
    assert "only budgets are judged" in none.stderr


@pytest.fixture
def two_weeks(run: Callable[..., subprocess.CompletedProcess[str]], here: Path, bin_folder: Path) -> Path:
    """A ledger filled by the script, in the second week of which prompts are longer, and the baseline of the first."""
    write(here / "logs", [Kind(300)], [Kind(300, fresh=1_600)])
    done = run("fill-ledger.sh", TOKENAUDIT_LOGS="logs/week-0.json.gz:logs/week-1.json.gz")
    assert (done.returncode, done.stdout) == (0, ""), done.stderr
    command = [str(bin_folder / "tokenaudit"), "baseline", "save", "--until", SPLIT, "-o", "baseline.json", "-q"]
    subprocess.run(command, cwd=here, check=True, capture_output=True, timeout=60)
    return here


@pytest.mark.parametrize(
    ("service", "first"),
    [
        ("github", "::error title=usd_per_success"),
        ("azure", "##vso[task.logissue type=error]usd_per_success"),
        ("gitlab", "Against the baseline"),
    ],
)
def test_one_run_leaves_every_document_and_the_exit_code(
    run: Callable[..., subprocess.CompletedProcess[str]], two_weeks: Path, service: str, first: str
) -> None:
    summary = two_weeks / "summary.md"
    extra = {"GITHUB_STEP_SUMMARY": str(summary)} if service == "github" else {}
    done = run("check.sh", SERVICE=service, SINCE=SPLIT, **extra)
    assert (done.returncode, done.stderr) == (1, "")
    assert done.stdout.startswith(first)
    out = two_weeks / "llm-check"
    assert (out / "comment.md").read_text(encoding="utf-8").startswith(f"{MARK}\n## tokenaudit: regression")
    assert json.loads((out / "report.json").read_text(encoding="utf-8"))["verdict"]["exit_code"] == 1
    assert "<failure" in (out / "junit.xml").read_text(encoding="utf-8")
    assert (out / "code-quality.json").exists() == (service == "gitlab")
    assert (f"##vso[task.uploadsummary]{out}/comment.md" in done.stdout) == (service == "azure")
    assert summary.exists() == (service == "github")


def test_without_a_baseline_the_run_is_good(
    run: Callable[..., subprocess.CompletedProcess[str]], two_weeks: Path
) -> None:
    assert run("check.sh", SINCE=SPLIT, BASELINE="none.json").returncode == 0
    assert run("check.sh", SERVICE="jenkins").returncode == 2
    assert (two_weeks / "llm-check").is_dir()


def test_the_hook_stops_a_push_of_a_dearer_suite_and_nobody_without_one(
    run: Callable[..., subprocess.CompletedProcess[str]], here: Path, bin_folder: Path
) -> None:
    assert run("hooks/pre-push").returncode == 0
    write(here / "replay", [Kind(30, spread=0.9)], [Kind(30, fresh=1_400, spread=0.9)])
    for number, logs in enumerate(("week-0.json.gz", "week-1.json.gz")):
        ledger = f"ledger-{number}"
        for command in (
            ["ingest", f"replay/{logs}", "--ledger", ledger, "-q"],
            ["baseline", "save", "--ledger", ledger, "--pair-by", "tag:case", "-o", f"{number}.json", "-q"],
        ):
            subprocess.run(
                [str(bin_folder / "tokenaudit"), *command], cwd=here, check=True, capture_output=True, timeout=60
            )
    same = run("hooks/pre-push", TOKENAUDIT_LOGS="replay/week-0.json.gz", BASELINE="0.json")
    dearer = run("hooks/pre-push", TOKENAUDIT_LOGS="replay/week-1.json.gz", BASELINE="0.json")
    assert (same.returncode, dearer.returncode) == (0, 1)


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.name)
def test_each_script_is_bash_and_may_be_run(script: Path) -> None:
    assert os.access(script, os.X_OK)
    assert "set -euo pipefail" in script.read_text(encoding="utf-8")
    subprocess.run(["bash", "-n", str(script)], check=True, timeout=60)


@pytest.mark.parametrize("workflow", sorted(CI.glob("*.yml")), ids=lambda path: path.name)
def test_a_workflow_calls_scripts_that_there_are_and_has_no_secret(workflow: Path) -> None:
    text = workflow.read_text(encoding="utf-8")
    called = set(re.findall(r"\bci/([\w-]+\.sh)", text))
    assert called <= {script.name for script in SCRIPTS}
    if not workflow.name.startswith("pull-"):
        assert {"fill-ledger.sh", "main-baseline.sh", "check.sh"} <= called
    assert not re.search(r"secrets\.|access[_-]?key|password", text, re.IGNORECASE)
    if workflow.name == "github-actions.yml":
        # What somebody else may have written (a branch's name, a title) reaches a shell only as a variable.
        assert not re.search(r"run:.*\$\{\{\s*github\.(event|head_ref|base_ref)", text)
        assert "id-token: write" in text
        assert "pull_request_target" not in text
