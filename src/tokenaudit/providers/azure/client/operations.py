"""Everything that is ever called in Azure, with the right that it needs. All of it reads.

The client makes no call that is not in this table; `--dry-run`, the doctor and examples/iam/ are made of it. Actions
are those of the resource providers' operation lists, roles the built-in ones that hold them:
https://learn.microsoft.com/azure/role-based-access-control/built-in-roles
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Role:
    """A built-in role, and the id that it has in every tenant."""

    name: str
    guid: str


MONITORING_READER = Role("Monitoring Reader", "43d0d8ad-25c7-4714-9337-8ba259a9fe05")
COST_READER = Role("Cost Management Reader", "72fafb9e-0641-4937-9268-a91bfd8191a3")
BLOB_READER = Role("Storage Blob Data Reader", "2a2b9908-6ea1-4ae2-8e65-a410df84e7d1")
LOG_READER = Role("Log Analytics Reader", "73c42c96-874c-492b-b04d-ab87d138a893")


@dataclass(frozen=True)
class Operation:
    """One call. `actions` and `data_actions` are what a custom role has to allow, `role` the built-in one that does.

    Reports at billing scopes need a role of the billing account, which is none of Azure's access control: `role` is
    None there, and `billing_role` says which.
    """

    service: str
    name: str
    why: str
    role: Role | None
    actions: tuple[str, ...] = ()
    data_actions: tuple[str, ...] = ()
    billing_role: str = ""

    @property
    def permission(self) -> str:
        """For people: the role, and the actions that it stands for."""
        rights = ", ".join(self.actions + self.data_actions)
        return f"{self.role.name} ({rights})" if self.role else self.billing_role


_ARM = "Azure Resource Manager"
_MONITOR = "Azure Monitor"
_COSTS = "Cost Management"
_BLOBS = "Blob Storage"
_BLOB_DATA = ("Microsoft.Storage/storageAccounts/blobServices/containers/blobs/read",)

SUBSCRIPTIONS = Operation(
    _ARM,
    "Subscriptions - List",
    "which subscriptions there are",
    MONITORING_READER,
    ("Microsoft.Resources/subscriptions/read",),
)
ACCOUNTS = Operation(
    "Cognitive Services",
    "Accounts - List",
    "which accounts of Azure OpenAI and Foundry there are",
    MONITORING_READER,
    ("Microsoft.CognitiveServices/accounts/read",),
)
DEPLOYMENTS = Operation(
    "Cognitive Services",
    "Deployments - List",
    "which model, version and kind of deployment a deployment's name stands for",
    MONITORING_READER,
    ("Microsoft.CognitiveServices/accounts/deployments/read",),
)
GATEWAYS = Operation(
    "API Management",
    "Api Management Service - List",
    "which gateways may log calls of language models",
    MONITORING_READER,
    ("Microsoft.ApiManagement/service/read",),
)
DIAGNOSTIC_SETTINGS = Operation(
    _MONITOR,
    "Diagnostic Settings - List",
    "where logs are written to, and which",
    MONITORING_READER,
    ("Microsoft.Insights/diagnosticSettings/read",),
)
STORAGE_ACCOUNT = Operation(
    _ARM,
    "Storage Accounts - Get Properties",
    "the address of a storage account that logs or exports are written to",
    MONITORING_READER,
    ("Microsoft.Storage/storageAccounts/read",),
)
WORKSPACE = Operation(
    _ARM,
    "Workspaces - Get",
    "the id of a workspace that logs are written to",
    MONITORING_READER,
    ("Microsoft.OperationalInsights/workspaces/read",),
)
CONTAINERS = Operation(
    _BLOBS,
    "List Containers",
    "which kinds of log a storage account holds",
    BLOB_READER,
    ("Microsoft.Storage/storageAccounts/blobServices/containers/read",),
)
LIST_BLOBS = Operation(_BLOBS, "List Blobs", "which blobs there are", BLOB_READER, (), _BLOB_DATA)
GET_BLOB = Operation(_BLOBS, "Get Blob", "their content", BLOB_READER, (), _BLOB_DATA)
LOG_QUERY = Operation(
    "Log Analytics",
    "Query - Execute",
    "logs of requests, without prompts and answers",
    LOG_READER,
    ("Microsoft.OperationalInsights/workspaces/query/read", "Microsoft.OperationalInsights/workspaces/query/*/read"),
)
METRIC_DEFINITIONS = Operation(
    _MONITOR,
    "Metric Definitions - List",
    "which metrics an account has, and by what they can be split",
    MONITORING_READER,
    ("Microsoft.Insights/metricDefinitions/read",),
)
METRICS = Operation(
    _MONITOR,
    "Metrics - List",
    "tokens, requests and latencies by deployment",
    MONITORING_READER,
    ("Microsoft.Insights/metrics/read",),
)
EXPORTS = Operation(
    _COSTS,
    "Exports - List",
    "which exports of costs there are, and where they are written to",
    COST_READER,
    ("Microsoft.CostManagement/exports/read",),
)
COST_QUERY = Operation(
    _COSTS,
    "Query - Usage",
    "costs by day, account and meter, where there is no export",
    COST_READER,
    ("Microsoft.CostManagement/query/read",),
)
COST_REPORT = Operation(
    _COSTS,
    "Generate Cost Details Report - Create Operation",
    "costs line by line at a billing scope, where there is no export",
    None,
    billing_role="a reader of the billing scope: Enrollment reader (EA), Billing profile reader (MCA)",
)

OPERATIONS: tuple[Operation, ...] = (
    SUBSCRIPTIONS,
    ACCOUNTS,
    DEPLOYMENTS,
    GATEWAYS,
    DIAGNOSTIC_SETTINGS,
    STORAGE_ACCOUNT,
    WORKSPACE,
    CONTAINERS,
    LIST_BLOBS,
    GET_BLOB,
    LOG_QUERY,
    METRIC_DEFINITIONS,
    METRICS,
    EXPORTS,
    COST_QUERY,
    COST_REPORT,
)
