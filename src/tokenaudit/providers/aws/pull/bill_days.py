"""Answers of Cost Explorer about many days -> a document for each day. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tokenaudit.providers.aws.cost_explorer_rows import NO_USAGE

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import date

GROUPS = ({"Type": "DIMENSION", "Key": "SERVICE"}, {"Type": "DIMENSION", "Key": "USAGE_TYPE"})
METRICS = ("UnblendedCost", "NetUnblendedCost", "AmortizedCost", "NetAmortizedCost", "UsageQuantity")
_ACCOUNT = {"Type": "DIMENSION", "Key": "LINKED_ACCOUNT"}


def question(account: str, start: date, end: date) -> dict[str, Any]:
    """What is asked: every service, for Bedrock has had four names and a wrong one gives an empty answer.

    Of one account, so that accounts that see one another's costs tell none twice. Credits, refunds and tax would be
    mixed into the usage, as two groupings are all that there may be; they are left out.
    """
    return {
        "TimePeriod": {"Start": f"{start}", "End": f"{end}"},
        "Granularity": "DAILY",
        "Metrics": list(METRICS),
        "GroupBy": list(GROUPS),
        "Filter": _usage_of(account),
    }


def _usage_of(account: str) -> dict[str, Any]:
    return {
        "And": [
            {"Dimensions": {"Key": "LINKED_ACCOUNT", "Values": [account]}},
            {"Not": {"Dimensions": {"Key": "RECORD_TYPE", "Values": list(NO_USAGE)}}},
        ]
    }


def by_day(pages: Iterable[Mapping[str, Any]], days: Iterable[date], account: str) -> dict[date, dict[str, Any]]:
    """A document for each day, in the form of an answer; the groups of one day may stand on several pages.

    That all of it is of one account was asked for: so the account is a key of every group, and the filter of the
    question stands beside the answer. A day that the answer does not tell has no groups.
    """
    wanted = {f"{day}": day for day in days}
    documents: dict[date, dict[str, Any]] = {
        day: {"GroupDefinitions": [*GROUPS, _ACCOUNT], "ResultsByTime": [], "Filter": _usage_of(account)}
        for day in wanted.values()
    }
    results: dict[str, dict[str, Any]] = {}
    for page in pages:
        for result in page.get("ResultsByTime", ()):
            start = result["TimePeriod"]["Start"]
            if start not in wanted:
                continue
            if start not in results:
                results[start] = {"TimePeriod": result["TimePeriod"], "Total": {}, "Groups": [], "Estimated": False}
                documents[wanted[start]]["ResultsByTime"].append(results[start])
            results[start]["Estimated"] |= result.get("Estimated") is True
            results[start]["Groups"] += [
                {"Keys": [*group["Keys"], account], "Metrics": group["Metrics"]} for group in result.get("Groups", ())
            ]
    return documents
