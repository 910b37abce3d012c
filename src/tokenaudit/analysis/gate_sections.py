"""The findings of a check as a section: every figure, before and after."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tokenaudit.model.report import Field, Section, Value

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tokenaudit.analysis.gate import Finding

_COLUMNS = (
    Field("metric"),
    Field("provider"),
    Field("model"),
    Field("status"),
    Field("level"),
    Field("before"),
    Field("after"),
    Field("unit"),
    Field("change_ratio", "ratio"),
    Field("usage_change_ratio", "ratio"),
    Field("lower_ratio", "ratio"),
    Field("upper_ratio", "ratio"),
    Field("price_change_ratio", "ratio"),
    Field("threshold_ratio", "ratio"),
    Field("usd_per_month", "USD"),
    Field("n_before"),
    Field("n_after"),
    Field("cause"),
)


def findings_section(section_id: str, title: str, findings: Iterable[Finding]) -> Section:
    """One row a figure. Of shares the changes and the threshold are differences: 0.01 is a point."""
    rows: list[dict[str, Value]] = [
        {
            "metric": each.gauge.name,
            "provider": each.subject[0],
            "model": each.subject[1],
            "status": each.status,
            "level": each.gauge.level,
            "before": each.before,
            "after": each.after,
            "unit": each.gauge.unit,
            "change_ratio": each.change,
            "usage_change_ratio": each.usage_change,
            "lower_ratio": each.lower,
            "upper_ratio": each.upper,
            "price_change_ratio": each.price_change,
            "threshold_ratio": each.gauge.threshold,
            "usd_per_month": each.per_month_usd,
            "n_before": each.n_before,
            "n_after": each.n_after,
            "cause": each.cause or None,
        }
        for each in findings
    ]
    return Section(section_id, title, _COLUMNS, tuple(rows))
