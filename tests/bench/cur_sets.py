"""Cost and Usage Reports of any size, as csv.gz and as Parquet: the same lines, the same for the same seed.

python tests/bench/cur_sets.py OUT [--rows 5000000] [--bedrock 0.02]
"""

from __future__ import annotations

import argparse
import gzip
from itertools import pairwise
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from numpy.typing import NDArray

CHUNK = 100_000
SEED = 20261001

MODELS = ("Claude4.5Sonnet", "Claude4.6Opus", "Claude4.5Haiku", "NovaPro", "Nova2.0Lite", "Llama4-Maverick-17B")
WORDS = (
    "input-tokens",
    "output-tokens",
    "cache-read-input-token-count",
    "cache-write-input-token-count",
    "input-tokens-cross-region-global",
    "output-tokens-batch",
)
BEDROCK_TYPES = [f"{region}-{model}-{word}" for region in ("USE1", "EU", "APN1") for model in MODELS for word in WORDS]
OTHER_TYPES = [f"USE1-BoxUsage:m{number}.{size}" for number in range(4, 8) for size in ("large", "xlarge", "2xlarge")]
OTHER_TYPES += [
    "USE1-DataTransfer-Out-Bytes",
    "USE1-Requests-Tier1",
    "USE1-TimedStorage-ByteHrs",
    "USE1-EBS:VolumeUsage.gp3",
]
OTHER_CODES = ("AmazonEC2", "AmazonS3", "AWSLambda", "AmazonRDS", "AmazonCloudWatch", "AWSDataTransfer")

Picks = NDArray[np.int64]


def texts(picks: Picks, values: list[str]) -> pa.Array:
    """The picked texts."""
    return pa.array(values, pa.string()).take(pa.array(picks % len(values)))


def maps(picks: Picks, values: list[dict[str, str]]) -> pa.Array:
    """The picked maps."""
    return pa.array([list(each.items()) for each in values], pa.map_(pa.string(), pa.string())).take(
        pa.array(picks % len(values))
    )


def chunk(random: np.random.Generator, first: int, rows: int, share: float) -> pa.Table:
    """Lines `first` and on. About `share` of them are Bedrock's."""
    ours = random.random(rows) < share
    pick = random.integers(0, 1 << 30, rows)
    hour = np.sort(random.integers(0, 744, rows))
    hours = [f"2026-10-{1 + at // 24:02}T{at % 24:02}:00:00.000Z" for at in range(744)] + ["2026-11-01T00:00:00.000Z"]
    days = [f"{a}/{b}" for a, b in pairwise(hours)]
    accounts = [f"{111122223333 + number:012}" for number in range(40)]
    quantity = np.round(random.gamma(1.5, 900.0, rows), 3)
    cost = np.round(quantity * random.choice([0.003, 0.015, 0.0003, 0.00375], rows), 10)
    usage = pa.array(np.where(ours, pick % len(BEDROCK_TYPES), len(BEDROCK_TYPES) + pick % len(OTHER_TYPES)))
    names = pa.array([*BEDROCK_TYPES, *OTHER_TYPES])
    sold, app = np.asarray(usage), pick % 60
    code = pa.array(["AmazonBedrock", "AmazonBedrockService", *OTHER_CODES]).take(
        pa.array(np.where(ours, pick % 2, 2 + pick % len(OTHER_CODES)))
    )
    unit = pa.array(["1K tokens", "Hrs", "GB-Mo", "Requests"]).take(pa.array(np.where(ours, 0, 1 + pick % 3)))
    resources = [
        f"arn:aws:bedrock:us-east-1:{accounts[0]}:application-inference-profile/{at:012x}" for at in range(200)
    ]
    machines = [f"arn:aws:ec2:us-east-1:{accounts[at % 40]}:instance/i-{at:017x}" for at in range(20_000)]
    resource = pa.array([*resources, *machines]).take(
        pa.array(np.where(ours, pick % len(resources), len(resources) + pick % len(machines)))
    )
    line_ids = [f"{at:052x}" for at in (np.arange(first, first + rows) * 2654435761 % (1 << 61)).tolist()]
    teams = [{"user_team": f"team-{at % 23}", "user_cost_center": f"cc-{at % 7:04}"} for at in range(161)]
    products = [
        {"product_name": "Amazon Web Services", "region": "us-east-1", "sku": f"SKU{at:09}"} for at in range(300)
    ]
    same = np.zeros(rows, np.int64)
    money = [f"{value:.10f}" for value in cost.tolist()]
    columns: dict[str, pa.Array] = {
        "bill_bill_type": texts(same, ["Anniversary"]),
        "bill_billing_entity": texts(same, ["AWS"]),
        "bill_billing_period_end_date": texts(same, ["2026-11-01T00:00:00.000Z"]),
        "bill_billing_period_start_date": texts(same, ["2026-10-01T00:00:00.000Z"]),
        "bill_invoice_id": texts(same, ["1234567890"]),
        "bill_invoicing_entity": texts(same, ["Amazon Web Services, Inc."]),
        "bill_payer_account_id": texts(same, accounts[:1]),
        "bill_payer_account_name": texts(same, ["payer"]),
        "cost_category": maps(pick, [{}]),
        "discount": maps(pick, [{}]),
        "discount_total_discount": pa.array(["0.0"] * rows),
        "identity_line_item_id": pa.array(line_ids),
        "identity_time_interval": texts(hour, days),
        "line_item_availability_zone": texts(pick, ["us-east-1a", "us-east-1b", ""]),
        "line_item_blended_cost": pa.array(money),
        "line_item_blended_rate": pa.array(["0.0030000000"] * rows),
        "line_item_currency_code": texts(same, ["USD"]),
        "line_item_iam_principal": texts(
            app, [f"arn:aws:sts::{accounts[0]}:assumed-role/app-{at}/s" for at in range(60)]
        ),
        "line_item_legal_entity": texts(same, ["Amazon Web Services, Inc."]),
        "line_item_line_item_description": texts(
            sold, [f"$0.00{at} per 1K tokens for model {at}" for at in range(1, 199)]
        ),
        "line_item_line_item_type": texts(pick // 7, ["Usage"] * 19 + ["EdpDiscount"]),
        "line_item_net_unblended_cost": pa.array(money),
        "line_item_net_unblended_rate": pa.array(["0.0030000000"] * rows),
        "line_item_operation": texts(
            pick // 3, ["InvokeModelInference", "InvokeModelStreamingInference", "RunInstances"]
        ),
        "line_item_product_code": code,
        "line_item_resource_id": resource,
        "line_item_unblended_cost": pa.array(money),
        "line_item_unblended_rate": pa.array(["0.0030000000"] * rows),
        "line_item_usage_account_id": texts(app // 2, accounts),
        "line_item_usage_account_name": texts(app // 2, [f"account-{at}" for at in range(40)]),
        "line_item_usage_amount": pa.array([f"{value:.3f}" for value in quantity.tolist()]),
        "line_item_usage_end_date": texts(hour, hours[1:]),
        "line_item_usage_start_date": texts(hour, hours[:-1]),
        "line_item_usage_type": names.take(usage),
        "pricing_public_on_demand_cost": pa.array(money),
        "pricing_public_on_demand_rate": pa.array(["0.0030000000"] * rows),
        "pricing_rate_code": texts(sold, [f"4JGB54U6JUKU{at:04}.JRTCKXETXF.6YS6EN2CT7" for at in range(500)]),
        "pricing_term": texts(same, ["OnDemand"]),
        "pricing_unit": unit,
        "product": maps(sold, products),
        "product_region_code": texts(sold // 36, ["us-east-1", "eu-west-1", "ap-northeast-1"]),
        "product_servicecode": code,
        "product_sku": texts(sold, [f"4JGB54U6JUKU{at:04}" for at in range(500)]),
        "resource_tags": maps(app, teams),
    }
    return pa.table(columns)


def as_csv(table: pa.Table) -> bytes:
    """Lines of a CSV, quoted where they have to be: maps are JSON text there, and one name has a comma."""
    columns = []
    for field, column in zip(table.schema, table.columns, strict=True):
        array = column.combine_chunks()
        if pa.types.is_map(field.type):
            items = pc.binary_join_element_wise(array.keys, array.items, '"":""')
            joined = pc.binary_join(pa.ListArray.from_arrays(array.offsets, items), '"",""')
            whole = pc.binary_join_element_wise('"{""', joined, '""}"', "")
            array = pc.if_else(pc.equal(joined, ""), "{}", whole)
        elif "legal_entity" in field.name or "invoicing_entity" in field.name:
            array = pc.binary_join_element_wise('"', array, '"', "")
        columns.append(array)
    lines = pc.binary_join_element_wise(*columns, ",").to_pylist()
    return ("\n".join(lines) + "\n").encode()


def as_parquet(table: pa.Table) -> pa.Table:
    """The lines with the kinds of column that a Parquet export has: numbers and times are no texts there."""
    for position, field in enumerate(table.schema):
        kind = None
        if field.name.endswith(("_cost", "_rate", "_amount", "_discount")):
            kind = pa.float64()
        elif field.name.endswith("_date"):
            kind = pa.timestamp("ms", tz="UTC")
        if kind is not None:
            table = table.set_column(position, field.name, table.column(position).cast(kind))
    return table


def write(out: Path, rows: int, share: float) -> tuple[Path, Path]:
    """Both files, in `out`."""
    out.mkdir(parents=True, exist_ok=True)
    csv_path, parquet_path = out / "cur.csv.gz", out / "cur.snappy.parquet"
    random = np.random.default_rng(SEED)
    writer = None
    with gzip.open(csv_path, "wb", compresslevel=4) as packed:
        for first in range(0, rows, CHUNK):
            table = chunk(random, first, min(CHUNK, rows - first), share)
            typed = as_parquet(table)
            if writer is None:
                writer = pq.ParquetWriter(parquet_path, typed.schema, compression="snappy")
                packed.write((",".join(table.schema.names) + "\n").encode())
            writer.write_table(typed)
            packed.write(as_csv(table))
    if writer is not None:
        writer.close()
    return csv_path, parquet_path


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("out", type=Path)
    parser.add_argument("--rows", type=int, default=5_000_000)
    parser.add_argument("--bedrock", type=float, default=0.02, help="share of the lines that are Bedrock's")
    chosen = parser.parse_args()
    for path in write(chosen.out, chosen.rows, chosen.bedrock):
        print(path, path.stat().st_size)
