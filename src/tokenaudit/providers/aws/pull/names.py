"""What the opaque names of an account stand for: application inference profiles, and provisioned throughput."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from tokenaudit.errors import TokenauditError
from tokenaudit.model.columns import BEDROCK
from tokenaudit.model.pulling import Failure, InventoryItem
from tokenaudit.providers.aws.model_refs import parse
from tokenaudit.providers.aws.operations import LIST_PROFILES, LIST_PROVISIONED, LIST_TAGS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from tokenaudit.providers.aws.pull.account import Account

_REGION = re.compile(r"^arn:[a-z-]+:bedrock:([a-z0-9-]*):")


def inventory(account: Account) -> Iterator[InventoryItem | Failure]:
    """Every opaque name of every Region in use. What cannot be had is a Failure."""
    for region in account.in_use():
        for ask in (_profiles, _provisioned):
            try:
                yield from ask(account, region)
            except TokenauditError as error:
                yield Failure(f"aws.{ask.__name__.strip('_')} {account.id}/{region}", "inventory", error)


def _profiles(account: Account, region: str) -> Iterator[InventoryItem]:
    for page in account.client.pages(LIST_PROFILES, region, "", typeEquals="APPLICATION"):
        for each in page.get("inferenceProfileSummaries", ()):
            arn = each["inferenceProfileArn"]
            told = account.client.call(LIST_TAGS, region, "", resourceARN=arn)
            yield profile_item(each, told.get("tags", ()), account.id, region)


def _provisioned(account: Account, region: str) -> Iterator[InventoryItem]:
    for page in account.client.pages(LIST_PROVISIONED, region):
        for each in page.get("provisionedModelSummaries", ()):
            yield provisioned_item(each, account.id, region)


def profile_item(
    summary: Mapping[str, Any], tags: Iterable[Mapping[str, str]], account: str, region: str
) -> InventoryItem:
    """An application inference profile. Its model is known if all that it leads to are one model."""
    arns = [each["modelArn"] for each in summary.get("models", ()) if each.get("modelArn")]
    names = {(found.model, found.version) for found in map(parse, arns)}
    model, version = names.pop() if len(names) == 1 else (None, None)
    facts = {"profile": summary["inferenceProfileName"], "region": region, "status": summary["status"]}
    return InventoryItem(
        match="resource",
        name=summary["inferenceProfileArn"],
        model=model,
        provider=BEDROCK,
        account=account,
        version=version,
        scope=scope_of(arns),
        facts=facts | {f"tag:{each['key']}": each["value"] for each in tags},
    )


def provisioned_item(summary: Mapping[str, Any], account: str, region: str) -> InventoryItem:
    """Provisioned throughput: billed by the hour, whatever the tokens."""
    found = parse(summary["foundationModelArn"])
    return InventoryItem(
        match="resource",
        name=summary["provisionedModelArn"],
        model=found.model,
        provider=BEDROCK,
        account=account,
        version=found.version,
        tier="provisioned",
        facts={
            "name": summary["provisionedModelName"],
            "region": region,
            "status": summary["status"],
            "model_units": str(summary["modelUnits"]),
            "commitment": summary.get("commitmentDuration", "none"),
        },
    )


def scope_of(model_arns: Iterable[str]) -> str | None:
    """Where requests of a profile may run: a model without a Region is everywhere, models of several are a geography.

    Source: CreateInferenceProfile and GetInferenceProfile, Bedrock API reference.
    """
    regions = {found.group(1) for arn in model_arns if (found := _REGION.match(arn))}
    if not regions:
        return None
    if "" in regions:
        return "global"
    return "geo" if len(regions) > 1 else "regional"
