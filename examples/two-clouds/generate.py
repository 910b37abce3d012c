"""Writes logs/, bills/ and metrics/: one made-up week on both clouds, in the clouds' own file layouts.

    python examples/two-clouds/generate.py [--seed N] [--out FOLDER]

The same seed gives the same records on every machine. Compressed bytes are the same too, wherever zlib is the same.
"""

from __future__ import annotations

import argparse
import csv
import io
import json
import struct
import zlib
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import azure_bill
import azure_logs
import bedrock_bill
import bedrock_logs
import bedrock_metrics
from week import DAYS, FIRST, MONDAY, SENTENCES, Dice, Week

if TYPE_CHECKING:
    from collections.abc import Sequence

HERE = Path(__file__).resolve().parent
SEED = 20261005

# S3 delivers every few minutes and Storage every hour; fewer and fuller files keep the example small.
S3_EVERY = timedelta(hours=3)
BLOB_EVERY = timedelta(hours=12)
PERMISSION_CHECK = "amazon-bedrock-logs-permission-check"
OFFLOADED_PROMPT_TOKENS = 38_400


def main() -> None:
    """Writes everything into a folder that does not hold it yet."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--out", type=Path, default=HERE)
    options = parser.parse_args()
    out, seed = options.out, options.seed
    for folder in ("logs", "bills", "metrics"):
        if (out / folder).exists():
            raise SystemExit(f"{out} already holds {folder}; remove it first")
    events = bedrock_logs.events(seed)
    offloaded = _lengthen(events)
    logs = azure_logs.logs(seed)
    write_bedrock(out / "logs" / "bedrock", seed, events, offloaded)
    write_azure(out / "logs" / "azure", logs)
    write_aws_bill(out / "bills" / "aws", bedrock_bill.lines(events, seed))
    write_azure_bill(out / "bills" / "azure", seed, logs.answered)
    _write(out / "metrics" / "aws" / "cloudwatch.json", _text(bedrock_metrics.answer(events)) + b"\n")


def write_bedrock(
    root: Path,
    seed: int,
    events: Sequence[bedrock_logs.Event],
    offloaded: dict[str, Any] | None = None,
    week: Week = FIRST,
) -> None:
    """The S3 tree: objects named by their time of delivery; in the first week side-cars and a record delivered twice.

    The records of the lost hour are in none of them.
    """
    dice = Dice(seed, "bedrock delivery", week)
    base = root / "AWSLogs" / bedrock_logs.ACCOUNT / "BedrockModelInvocationLogs"
    _write(root / PERMISSION_CHECK, b"")
    _write(base / PERMISSION_CHECK, b"")
    redelivered: list[dict[str, Any]] = []
    for number in range(DAYS * (timedelta(days=1) // S3_EVERY)):
        begin = week.monday + number * S3_EVERY
        delivered = begin + S3_EVERY + timedelta(milliseconds=int(dice.between(95_000, 410_000)))
        folder = base / bedrock_logs.REGION / delivered.strftime("%Y/%m/%d/%H")
        records = [each.record for each in events if begin <= each.at < begin + S3_EVERY and not each.is_lost]
        if offloaded is not None and any(record is offloaded for record in records):
            _offload(folder / "data", offloaded)
        stamp = f"{delivered:%Y%m%dT%H%M%S}{delivered.microsecond // 1000:03d}Z"
        lines = _lines([*records, *redelivered])
        _write(folder / f"{stamp}_{dice.hexadecimal(16)}.json.gz", _gzipped(lines))
        redelivered = records[-1:] if number == 12 and week.has_incidents else []


def _lengthen(events: list[bedrock_logs.Event]) -> dict[str, Any]:
    """Makes one prompt so long that its bodies will not fit into the log, and gives its record."""
    number, event = next(
        (number, event)
        for number, event in enumerate(events)
        if event.record["operation"] == "ConverseStream" and event.at >= MONDAY + timedelta(hours=34)
    )
    if event.billed is None:
        raise ValueError("a call that failed has no bodies")
    record, counts = event.record, event.record["output"]["outputBodyJson"]["usage"]
    growth = OFFLOADED_PROMPT_TOKENS - event.billed.input
    record["input"]["inputTokenCount"] = OFFLOADED_PROMPT_TOKENS
    counts["inputTokens"] += growth
    counts["totalTokens"] += growth
    events[number] = event._replace(billed=replace(event.billed, input=OFFLOADED_PROMPT_TOKENS))
    return record


def _offload(folder: Path, record: dict[str, Any]) -> None:
    """Bodies over 100 KB go to objects of their own; the record keeps their addresses and the token counts."""
    prompt, answer, request = record["input"], record["output"], record["requestId"]
    body = prompt.pop("inputBodyJson")
    body["messages"][0]["content"][0]["text"] = " ".join(SENTENCES * 360)
    said = answer.pop("outputBodyJson")
    address = "s3://example-llm-logs/" + folder.as_posix().split("/bedrock/")[-1]
    for side, part, content in (("input", prompt, body), ("output", answer, said)):
        _write(folder / f"{request}_{side}.json.gz", _gzipped(_text(content)))
        part[f"{side}BodyS3Path"] = f"{address}/{request}_{side}.json.gz"


def write_azure(root: Path, logs: azure_logs.Logs, week: Week = FIRST) -> None:
    """One container a category; each blob is named by the last hour that it covers."""
    for _, record in logs.request_response:
        record["properties"] = _text(record["properties"]).decode()
    _write_blobs(root / "insights-logs-gatewayllmlogs", azure_logs.GATEWAY, logs.gateway_llm, week)
    _write_blobs(root / "insights-logs-gatewaylogs", azure_logs.GATEWAY, logs.gateway, week)
    _write_blobs(root / "insights-logs-requestresponse", azure_logs.CHAT_ACCOUNT, logs.request_response, week)


def _write_blobs(container: Path, resource: str, events: Sequence[azure_logs.Event], week: Week) -> None:
    begin, last = week.monday, timedelta(hours=1)
    blobs: dict[datetime, list[dict[str, Any]]] = {}
    for written, record in events:
        blobs.setdefault(begin + ((written - begin) // BLOB_EVERY + 1) * BLOB_EVERY - last, []).append(record)
    for hour, records in blobs.items():
        folder = container / f"resourceId={resource}" / hour.strftime("y=%Y/m=%m/d=%d/h=%H/m=00")
        _write(folder / "PT1H.json", _lines(records))


def write_aws_bill(root: Path, lines: Sequence[dict[str, str]]) -> None:
    """A Data Export that overwrites: one file of data, and the manifest that names it."""
    base, period = f"exports/{bedrock_bill.EXPORT}", f"BILLING_PERIOD={bedrock_bill.MONTH[0]:%Y-%m}"
    data = f"{base}/data/{period}/{bedrock_bill.EXPORT}-00001.csv.gz"
    manifest = {"exportName": bedrock_bill.EXPORT, "dataFiles": [f"s3://example-billing/{data}"]}
    _write(root / data, _gzipped(_table(bedrock_bill.COLUMNS, lines)))
    _write(root / f"{base}/metadata/{period}/{bedrock_bill.EXPORT}-Manifest.json", _pretty(manifest))


def write_azure_bill(root: Path, seed: int, answered: Sequence[azure_bill.Answered]) -> None:
    """Two runs of one month-to-date export: the later one holds what the earlier one did, and more."""
    for run in azure_bill.runs(seed):
        data = b"\xef\xbb\xbf" + _table(azure_bill.COLUMNS, azure_bill.lines(answered, seed, run.until))
        _write(root / run.folder / azure_bill.PART, data)
        _write(root / run.folder / "manifest.json", _pretty(azure_bill.manifest(run, data)))


def _table(columns: Sequence[str], lines: Sequence[dict[str, str]]) -> bytes:
    out = io.StringIO()
    writer = csv.DictWriter(out, columns, lineterminator="\n")
    writer.writeheader()
    writer.writerows(lines)
    return out.getvalue().encode()


def _pretty(value: Any) -> bytes:
    return json.dumps(value, indent=2).encode() + b"\n"


def _text(value: Any) -> bytes:
    return json.dumps(value, separators=(",", ":")).encode()


def _lines(records: Sequence[dict[str, Any]]) -> bytes:
    return b"".join(_text(record) + b"\n" for record in records)


def _gzipped(data: bytes) -> bytes:
    """Gzip that names neither time nor system; `gzip.compress` writes different headers in Python 3.11 and 3.13."""
    deflate = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    body = deflate.compress(data) + deflate.flush()
    return b"\x1f\x8b\x08\0\0\0\0\0\x02\xff" + body + struct.pack("<II", zlib.crc32(data), len(data) & 0xFFFFFFFF)


def _write(path: Path, data: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)


if __name__ == "__main__":
    main()
