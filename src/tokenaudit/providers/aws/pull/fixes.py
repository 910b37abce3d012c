"""What to do about what `tokenaudit doctor` finds: commands and policies, ready to be copied. Pure."""

from __future__ import annotations

import json
import shlex
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tokenaudit.providers.aws.operations import Operation


def allow(*operations: Operation, resource: str = "*") -> str:
    """The policy that permits these calls."""
    actions = sorted({each.action for each in operations if each.action})
    statement = {"Effect": "Allow", "Action": actions, "Resource": resource}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def switch_on_logging(region: str) -> str:
    """The command that lets a Region log to S3. Latencies are in the bodies, so these are logged too."""
    return _put_logging(
        region,
        {
            "s3Config": {"bucketName": "LOG_BUCKET", "keyPrefix": "bedrock"},
            "textDataDeliveryEnabled": True,
            "imageDataDeliveryEnabled": False,
            "embeddingDataDeliveryEnabled": False,
        },
    )


def log_bodies(region: str, config: Mapping[str, Any]) -> str:
    """The command that adds bodies of text to what is logged, and leaves the rest of it as it is."""
    return _put_logging(region, {**config, "textDataDeliveryEnabled": True})


def _put_logging(region: str, config: Mapping[str, Any]) -> str:
    command = "aws bedrock put-model-invocation-logging-configuration"
    return f"{command} --region {shlex.quote(region)} --logging-config {shlex.quote(json.dumps(config))}"


def create_export(region: str) -> str:
    """The command that lets AWS write the bill, as CUR 2.0 by the day, to a bucket."""
    export = {
        "Name": "tokenaudit",
        "DataQuery": {
            "QueryStatement": f"SELECT {', '.join(_COLUMNS)} FROM COST_AND_USAGE_REPORT",
            "TableConfigurations": {
                "COST_AND_USAGE_REPORT": {"TIME_GRANULARITY": "DAILY", "INCLUDE_RESOURCES": "TRUE"}
            },
        },
        "DestinationConfigurations": {
            "S3Destination": {
                "S3Bucket": "EXPORT_BUCKET",
                "S3Prefix": "exports",
                "S3Region": region,
                "S3OutputConfigurations": {
                    "OutputType": "CUSTOM",
                    "Format": "PARQUET",
                    "Compression": "PARQUET",
                    "Overwrite": "OVERWRITE_REPORT",
                },
            }
        },
        "RefreshCadence": {"Frequency": "SYNCHRONOUS"},
    }
    return f"aws bcm-data-exports create-export --region {region} --export {shlex.quote(json.dumps(export))}"


_COLUMNS = (
    "bill_bill_type",
    "bill_billing_entity",
    "bill_billing_period_start_date",
    "bill_invoice_id",
    "bill_payer_account_id",
    "identity_line_item_id",
    "identity_time_interval",
    "line_item_currency_code",
    "line_item_legal_entity",
    "line_item_line_item_description",
    "line_item_line_item_type",
    "line_item_net_unblended_cost",
    "line_item_operation",
    "line_item_product_code",
    "line_item_resource_id",
    "line_item_unblended_cost",
    "line_item_usage_account_id",
    "line_item_usage_amount",
    "line_item_usage_end_date",
    "line_item_usage_start_date",
    "line_item_usage_type",
    "pricing_public_on_demand_cost",
    "pricing_unit",
    "product",
    "product_region_code",
    "product_sku",
    "resource_tags",
)
