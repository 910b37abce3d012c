"""What stands between this machine and a whole pull: every source, what is wrong with it, and what mends it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tokenaudit import __version__
from tokenaudit.errors import CredentialsError, TokenauditError
from tokenaudit.model.pulling import Finding
from tokenaudit.model.report import Field, Provenance, Report, Section, Value, Verdict
from tokenaudit.model.secrets import scrub
from tokenaudit.pipeline.pull.run import nothing_configured

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from tokenaudit.pipeline.pull.clouds import Connected

_COLUMNS = tuple(map(Field, ("provider", "source", "check", "status", "finding")))
_FIXES = tuple(map(Field, ("provider", "source", "check", "fix")))


def doctor(clouds: Iterable[Connected]) -> Report:
    """One row a source and check; every fix once, ready to be copied. The worst finding gives the exit code.

    Missing rights (4) are worse than what a service does not do (5): they mend themselves never. Raises ConfigError
    where no cloud is used here at all.
    """
    rows: list[dict[str, Value]] = []
    fixes: dict[str, dict[str, Value]] = {}
    codes: set[int] = set()
    unused: list[TokenauditError] = []
    used = False
    for connected in clouds:
        for finding in _findings(connected, unused):
            used = used or finding.status != "off" or finding.check != "reachable"
            place: dict[str, Value] = {
                "provider": connected.provider,
                "source": scrub(finding.source),
                "check": finding.check,
            }
            rows.append({**place, "status": finding.status, "finding": scrub(finding.text)})
            if finding.fix:
                fixes.setdefault(finding.fix, {**place, "fix": scrub(finding.fix)})
            codes.add(finding.exit_code)
    if not used:
        raise nothing_configured(unused)
    sections = [Section("doctor", "Sources", _COLUMNS, tuple(rows))]
    if fixes:
        sections.append(Section("fixes", "What mends it", _FIXES, tuple(fixes.values())))
    code = next((each for each in (4, 5, *sorted(codes)) if each in codes), 0)
    return Report(
        "doctor",
        tuple(sections),
        Provenance(__version__),
        verdict=Verdict("not-ready", code) if code else Verdict(),
    )


def _findings(connected: Connected, unused: list[TokenauditError]) -> Iterator[Finding]:
    """What a cloud finds; an error of the whole cloud is a finding too."""
    try:
        yield from connected.cloud.examine()
    except TokenauditError as error:
        if isinstance(error, CredentialsError) and not connected.named:
            unused.append(error)
            text = f"not used: nobody is logged in and nothing names it ({error})"
            yield Finding(connected.provider, "reachable", "off", text, error.hint)
        else:
            yield Finding(connected.provider, "reachable", "failed", str(error), error.hint, error.exit_code)
