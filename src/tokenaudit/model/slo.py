"""Service level objectives for latency, as people write them: `ttft=450ms,tpot=40ms,e2e=5s`, or the name of a preset.

The presets are the limits that MLPerf Inference sets its server scenarios, time to first token and time per output
token: mlcommons/inference_policies, `inference_rules.adoc` at ac93e89c.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from difflib import get_close_matches

from tokenaudit.errors import UsageError


@dataclass(frozen=True)
class Slo:
    """Upper limits in milliseconds, inclusive; None is no limit."""

    ttft_ms: float | None = None
    tpot_ms: float | None = None
    e2e_ms: float | None = None

    def __str__(self) -> str:
        """As it may be written: `ttft=450ms,tpot=40ms`."""
        limits = (("ttft", self.ttft_ms), ("tpot", self.tpot_ms), ("e2e", self.e2e_ms))
        return ",".join(f"{name}={limit:.10g}ms" for name, limit in limits if limit is not None)


PRESETS: dict[str, Slo] = {
    "mlperf-server": Slo(2000.0, 200.0),
    "mlperf-interactive": Slo(450.0, 40.0),
    "llama2-70b": Slo(2000.0, 200.0),
    "llama2-70b-interactive": Slo(450.0, 40.0),
    "llama3.1-8b": Slo(2000.0, 100.0),
    "llama3.1-8b-interactive": Slo(500.0, 30.0),
    "llama3.1-405b": Slo(6000.0, 175.0),
    "llama3.1-405b-interactive": Slo(4500.0, 80.0),
    "mixtral-8x7b": Slo(2000.0, 200.0),
    "deepseek-r1": Slo(2000.0, 80.0),
    "deepseek-r1-interactive": Slo(1500.0, 15.0),
    "gpt-oss-120b": Slo(3000.0, 80.0),
    "gpt-oss-120b-interactive": Slo(2000.0, 20.0),
}

_METRICS = ("ttft", "tpot", "e2e")
_MS = {"us": 0.001, "ms": 1.0, "s": 1000.0, "m": 60_000.0, "min": 60_000.0}
_DURATION = re.compile(r"(\d+(?:\.\d+)?|\.\d+)\s*([a-z]+)")
_LONGEST_MS = 86_400_000.0
_HINT = "write --slo ttft=450ms,tpot=40ms,e2e=5s, or one of: " + ", ".join(PRESETS)


def slo(text: str) -> Slo:
    """Limits and presets with commas; what comes later replaces what came before.

    Raises UsageError for what is neither, for a limit without a unit, and where nothing is limited.
    """
    found = Slo()
    for part in filter(None, (piece.strip().lower() for piece in text.split(","))):
        name, equals, value = (piece.strip() for piece in part.partition("="))
        if not equals:
            preset = PRESETS.get(name)
            if preset is None:
                raise UsageError(f"--slo: {part!r} is no limit and no preset", hint=_near(name, PRESETS) or _HINT)
            found = replace(found, ttft_ms=preset.ttft_ms, tpot_ms=preset.tpot_ms)
        elif name in _METRICS:
            found = replace(found, **{f"{name}_ms": _milliseconds(part, value)})
        else:
            hint = _near(name, _METRICS) or f"limits are on {', '.join(_METRICS)}"
            raise UsageError(f"--slo: there is no limit on {name!r}", hint=hint)
    if found == Slo():
        raise UsageError("--slo limits nothing", hint=_HINT)
    return found


def _milliseconds(part: str, value: str) -> float:
    match = _DURATION.fullmatch(value)
    limit = float(match[1]) * _MS[match[2]] if match is not None and match[2] in _MS else 0.0
    if not 0 < limit <= _LONGEST_MS:
        hint = "write a number above 0, at most a day, with its unit: us, ms, s or min"
        raise UsageError(f"--slo: {part!r} is no limit", hint=hint)
    return limit


def _near(name: str, known: dict[str, Slo] | tuple[str, ...]) -> str | None:
    close = get_close_matches(name, known, n=1)
    return f"did you mean {close[0]}?" if close else None
