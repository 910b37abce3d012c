"""`[check]` of tokenaudit.toml: what the gate is told to do, as `model.gate_policy` has it."""

from __future__ import annotations

import difflib
from dataclasses import replace
from decimal import Decimal
from math import inf
from typing import TYPE_CHECKING, Annotated, Any, Literal

import msgspec

from tokenaudit.errors import ConfigError, UsageError
from tokenaudit.model.expressions import share
from tokenaudit.model.gate_policy import AT_LEAST, Budget, Policy, Ratchet
from tokenaudit.model.gauges import GAUGES, Level  # msgspec reads the levels
from tokenaudit.model.group_keys import KNOWN, is_key

if TYPE_CHECKING:
    from pathlib import Path

Share = Annotated[str, msgspec.Meta(pattern=r"^\s*\d+(\.\d+)?\s*%?\s*$")] | Annotated[float, msgspec.Meta(ge=0, le=1)]
"""`"5%"` or 0.05."""
FilePath = Annotated[str, msgspec.Meta(min_length=1)]
"""Of a file or a folder, relative to tokenaudit.toml."""


class _Table(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """Base of the tables below `[check]`."""


class MetricRule(_Table):
    """`[check.metrics.NAME]`: how strictly a figure is judged. What is left out is as docs/gate.md has it."""

    level: Level | None = None
    threshold: Share | None = None
    floor: Annotated[float, msgspec.Meta(ge=0)] | None = None
    n_min: Annotated[int, msgspec.Meta(ge=10)] | None = None


class BudgetRule(_Table):
    """`[[check.budgets]]`: a limit that needs no baseline: `max` for costs and durations, `min` for shares."""

    metric: Literal[
        "usd_per_request",
        "usd_per_day",
        "usd_per_month",
        "latency_p95_ms",
        "first_token_p95_ms",
        "priced_ratio",
        "coverage_ratio",
        "reconciled_ratio",
    ]
    max: Annotated[float, msgspec.Meta(ge=0)] | None = None
    min: Share | None = None
    level: Level = "error"
    model: str = "*"


class RatchetRule(_Table):
    """`[check.ratchet]`: what may change in all since a pinned baseline, against slow drift."""

    pinned: FilePath
    max_drift: Share = "15%"
    level: Level = "error"


class Check(_Table):
    """`[check]`: budgets and thresholds of the gate."""

    baseline: FilePath | None = None
    confidence: Annotated[float, msgspec.Meta(gt=0.5, lt=1)] = 0.95
    pair_by: str | None = None
    metrics: dict[str, MetricRule] = {}
    budgets: list[BudgetRule] = []
    ratchet: RatchetRule | None = None

    def policy(self) -> Policy:
        """How to judge: the defaults of every figure, and over them what the file says."""
        gauges = dict(GAUGES)
        for name, rule in self.metrics.items():
            given: dict[str, Any] = {
                key: value for key, value in msgspec.structs.asdict(rule).items() if value is not None
            }
            if rule.threshold is not None:
                given["threshold"] = float(as_share(rule.threshold))
            gauges[name] = replace(gauges[name], **given)
        return Policy(gauges, tuple(map(_budget, self.budgets)), _ratchet(self.ratchet), self.confidence)


def check_gate(path: Path, check: Check) -> None:
    """Raises ConfigError for a figure that there is not, a limit that limits nothing, a share that is none."""
    if check.pair_by is not None and not is_key(check.pair_by):
        raise ConfigError(f"{path}: [check] pair_by {check.pair_by!r} names no case", hint=f"known keys: {KNOWN}")
    for name, rule in check.metrics.items():
        if name not in GAUGES:
            near = difflib.get_close_matches(name, GAUGES, n=1, cutoff=0.5)
            hint = f"did you mean {near[0]!r}?" if near else "one of: " + ", ".join(GAUGES)
            raise ConfigError(f"{path}: [check.metrics] knows no figure {name!r}", hint=hint)
        if rule.floor == inf:
            raise ConfigError(
                f"{path}: no change of {name} reaches a floor without an end", hint='level = "off" says so'
            )
    for budget in check.budgets:
        wanted, other = ("min", "max") if budget.metric in AT_LEAST else ("max", "min")
        if getattr(budget, wanted) is None or getattr(budget, other) is not None:
            raise ConfigError(
                f"{path}: the budget of {budget.metric} needs a `{wanted}`, and no `{other}`",
                hint='e.g. metric = "usd_per_month", max = 500 or metric = "priced_ratio", min = "99%"',
            )
        if budget.metric in AT_LEAST and budget.model != "*":
            raise ConfigError(
                f"{path}: the budget of {budget.metric} is of everything together, and of no model {budget.model!r}",
                hint="leave `model` out",
            )
        if budget.max == inf:
            raise ConfigError(
                f"{path}: the budget of {budget.metric} has no end: it is kept whatever is spent",
                hint='write a number, or level = "off"',
            )
    try:
        check.policy()
    except UsageError as error:
        raise ConfigError(f"{path}: [check]: {error}", hint=error.hint) from error


def as_share(value: str | float) -> Decimal:
    """A share as the file has it, text or number. Raises UsageError for what is none."""
    return share(str(value))


def _budget(rule: BudgetRule) -> Budget:
    limit = Decimal(str(rule.max)) if rule.min is None else as_share(rule.min)
    return Budget(rule.metric, limit, rule.level, rule.model)


def _ratchet(rule: RatchetRule | None) -> Ratchet | None:
    return None if rule is None else Ratchet(float(as_share(rule.max_drift)), rule.level)
