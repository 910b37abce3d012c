"""What no file of the tree may hold or be called."""

from __future__ import annotations

import contextlib
import gzip
import re
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

MAX_LINES = 400
NAMES_THAT_SAY_NOTHING = frozenset(("utils", "util", "helpers", "helper", "common", "core", "misc"))

# A class of one letter in each pattern: so that this file does not hold what it looks for.
UNFINISHED = re.compile(
    r"\b(TO[D]O|FIX[M]E|XX[X]|HA[C]K)\b|NotImplemented[E]rror|\bpytest\.sk[i]p\(|pragma: no[ ]cover"
)
BARE_IGNORE = re.compile(r"#\s*type:\s*ignor[e](?!\[)")
MACHINE_PATHS = re.compile(r"(?<![\w.}-])/(wor[k]|roo[t]|opt/pyp[i])\b|/(User[s]|hom[e])/[a-z]+/")
REGISTRY = re.compile(
    r"pyp[i]\.org|python[h]osted\.org|registry\.np[m]js|\b(deb|security)\.deb[i]an\.org"
    r"|--(extra-)?inde[x]-url|--fin[d]-links"
)
# Somebody else's package has the command's name on the public index.
OTHER_PACKAGE = re.compile(r"\b(install|add|uvx)\s+(-\S+\s+)*['\"]?tokenaudi[t](?=[\s\[=<>`'\"]|$)", re.MULTILINE)


def findings(texts: dict[Path, str], pattern: re.Pattern[str], *tops: str) -> list[str]:
    return [
        f"{path}:{text.count(chr(10), 0, match.start()) + 1}: {match.group()}"
        for path, text in texts.items()
        if not tops or path.parts[0] in tops
        for match in pattern.finditer(text)
    ]


def test_files_stay_small(texts: dict[Path, str]) -> None:
    lines = {path: text.count("\n") for path, text in texts.items() if path.suffix == ".py"}
    assert {str(path): count for path, count in lines.items() if count > MAX_LINES} == {}


def test_names_say_something(tree: list[Path]) -> None:
    assert [str(path) for path in tree if NAMES_THAT_SAY_NOTHING & {*path.parts, path.stem}] == []


def test_nothing_is_left_unfinished_or_silenced(texts: dict[Path, str]) -> None:
    assert findings(texts, UNFINISHED, "src", "tests", "examples", "scripts") == []
    assert findings(texts, BARE_IGNORE, "src", "tests", "examples", "scripts") == []


def test_no_file_names_a_machine_or_a_package_registry(texts: dict[Path, str]) -> None:
    assert findings(texts, MACHINE_PATHS) == []
    assert findings(texts, REGISTRY) == []


def test_no_file_tells_to_install_the_other_package_of_that_name(texts: dict[Path, str]) -> None:
    assert findings(texts, OTHER_PACKAGE) == []


# The bars are taken out before a pattern looks: what is bad would be found here too.
@pytest.mark.parametrize(
    ("pattern", "bad", "good"),
    [
        (UNFINISHED, "# TO|DO: later", "the list of what to do"),
        (BARE_IGNORE, "x = 1  # type: ig|nore", "x = 1  # type: ig|nore[attr-defined]"),
        (MACHINE_PATHS, "cd /wo|rk/main", "example.net/wo|rk/main, ${base}/wo|rk"),
        (REGISTRY, "https://py|pi.org/simple", "the Python package index"),
        (OTHER_PACKAGE, "pip install -q token|audit", "pip install token|audit-cli"),
        (OTHER_PACKAGE, "pip install 'token|audit[spark]'", "after the install, token|audit answers"),
    ],
)
def test_the_patterns_find_what_they_are_for(pattern: re.Pattern[str], bad: str, good: str) -> None:
    assert pattern.search(bad.replace("|", ""))
    assert not pattern.search(good.replace("|", ""))


# --- what samples may hold ------------------------------------------------------------------------------------------

ACCOUNTS = frozenset(("111122223333", "123456789012", "444455556666"))  # the documentation's own
SUBSCRIPTION = re.compile(r"0{8}-0{4}-0{4}-0{4}-0{8}\d{4}")

AWS_ACCOUNT = re.compile(
    r"(?:arn:aws[a-z-]*:[a-z0-9-]*:[a-z0-9-]*:|AWSLogs/|account_?id\"?\s*[:=]\s*\"?)(\d{12})\b", re.IGNORECASE
)
AZURE_SUBSCRIPTION = re.compile(r"/subscriptions/([0-9a-f-]{36})", re.IGNORECASE)
SECRET = re.compile(
    r"\b(?:AKIA|ASIA)(?![A-Z0-9]*EXAMPLE)[A-Z0-9]{16}\b"  # AWS access key
    r"|-----BEGIN [A-Z ]*PRIVATE KEY-----"
    r"|\beyJ[A-Za-z0-9_-]{10,}\.eyJ[A-Za-z0-9_-]{10,}\."  # JSON Web Token
    r"|[?&]sig=[A-Za-z0-9%+/=]{16,}"  # shared access signature
    r"|AccountKey=[A-Za-z0-9+/=]{20,}"
    r"|\b(?:sk|pk|ghp|gho|xox[bp])[-_][A-Za-z0-9]{16,}"
)
E_MAIL = re.compile(r"[\w.+-]+@(?!example\.(?:com|org|net)\b)[\w-]+\.[a-z]{2,}", re.IGNORECASE)


@pytest.fixture(scope="session")
def samples(root: Path, tree: list[Path]) -> dict[Path, str]:
    """Fixtures and examples, inflated; a sample that is broken on purpose is read as it lies there."""
    found = {}
    for path in tree:
        if path.parts[0] in {"fixtures", "examples"}:
            content = (root / path).read_bytes()
            if path.suffix == ".gz":
                with contextlib.suppress(OSError, EOFError):
                    content = gzip.decompress(content)
            found[path] = content.decode("utf-8", "replace")
    return found


def test_samples_name_no_account_of_anybody(samples: dict[Path, str]) -> None:
    assert {
        f"{path}: {account}"
        for path, text in samples.items()
        for account in AWS_ACCOUNT.findall(text)
        if account not in ACCOUNTS
    } == set()
    assert {
        f"{path}: {subscription}"
        for path, text in samples.items()
        for subscription in AZURE_SUBSCRIPTION.findall(text)
        if not SUBSCRIPTION.fullmatch(subscription)
    } == set()


def test_samples_hold_no_secret_and_no_address_of_a_person(samples: dict[Path, str]) -> None:
    assert findings(samples, SECRET) == []
    assert findings(samples, E_MAIL) == []


@pytest.mark.parametrize(
    "text",
    [
        "AKIA|Q3EGRIDVJ5PV2C7N",
        "?sv=1&sig|=aaaaaaaaaaaaaaaaaaaa",
        "-----BEGIN |PRIVATE KEY-----",
        "sk|-a1a1a1a1a1a1a1a1a1a1",
    ],
)
def test_a_secret_would_be_found(text: str) -> None:
    assert SECRET.search(text.replace("|", ""))
