"""Azure OpenAI and Foundry: logs of API Management and of the accounts, the accounts' metrics, and bills.

See README.md beside this.
"""

from tokenaudit.model.ports import Provider
from tokenaudit.providers.azure.bills import manifest
from tokenaudit.providers.azure.bills.cost_export import CostExport
from tokenaudit.providers.azure.bills.cost_query import CostQuery
from tokenaudit.providers.azure.connector import AzureConnector
from tokenaudit.providers.azure.metrics import Metrics
from tokenaudit.providers.azure.price_list import AzurePriceList
from tokenaudit.providers.azure.source import SOURCES

PROVIDER = Provider(
    "azure",
    (*SOURCES, Metrics(), CostExport(), CostQuery()),
    # Read for what it says of the files beside it, which is done before they are opened.
    sidecars=(r"/manifest\.json$",),
    manifest=manifest.read,
    price_list=AzurePriceList(),
    connector=AzureConnector(),
)
