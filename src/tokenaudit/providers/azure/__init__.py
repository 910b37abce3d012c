"""Azure OpenAI and Foundry: logs of API Management and of the accounts themselves, and the accounts' metrics.

See README.md beside this.
"""

from tokenaudit.model.ports import Provider
from tokenaudit.providers.azure.metrics import Metrics
from tokenaudit.providers.azure.source import SOURCES

PROVIDER = Provider("azure", (*SOURCES, Metrics()))
