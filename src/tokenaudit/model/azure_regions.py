"""Regions as the cloud's API names them. Bills also write older names: `US East 2`, `EU West`, `JA East`."""

from __future__ import annotations

from functools import lru_cache

_NOWHERE = frozenset(("", "unassigned", "unknown", "n/a", "none"))
_BILLED_AS = {
    "aecentral": "uaecentral",
    "aenorth": "uaenorth",
    "apeast": "eastasia",
    "apsoutheast": "southeastasia",
    "aucentral": "australiacentral",
    "aueast": "australiaeast",
    "ausoutheast": "australiasoutheast",
    "becentral": "belgiumcentral",
    "brsouth": "brazilsouth",
    "cacentral": "canadacentral",
    "caeast": "canadaeast",
    "chnorth": "switzerlandnorth",
    "chwest": "switzerlandwest",
    "denorth": "germanynorth",
    "dewestcentral": "germanywestcentral",
    "escentral": "spaincentral",
    "eunorth": "northeurope",
    "euwest": "westeurope",
    "frcentral": "francecentral",
    "frsouth": "francesouth",
    "incentral": "centralindia",
    "insouth": "southindia",
    "inwest": "westindia",
    "itnorth": "italynorth",
    "jaeast": "japaneast",
    "jawest": "japanwest",
    "krcentral": "koreacentral",
    "krsouth": "koreasouth",
    "noeast": "norwayeast",
    "nowest": "norwaywest",
    "plcentral": "polandcentral",
    "qacentral": "qatarcentral",
    "secentral": "swedencentral",
    "sesouth": "swedensouth",
    "uscentral": "centralus",
    "useast": "eastus",
    "useast2": "eastus2",
    "usnorthcentral": "northcentralus",
    "ussouthcentral": "southcentralus",
    "uswest": "westus",
    "uswest2": "westus2",
    "uswest3": "westus3",
    "uswestcentral": "westcentralus",
    "zanorth": "southafricanorth",
    "zawest": "southafricawest",
}


@lru_cache(maxsize=1024)
def region_id(location: str | None) -> str | None:
    """`East US 2`, `EastUS2` and `US East 2` are `eastus2`; None where the line lies in no region."""
    name = (location or "").casefold().replace(" ", "")
    return None if name in _NOWHERE else _BILLED_AS.get(name, name)
