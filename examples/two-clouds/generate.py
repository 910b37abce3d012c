"""Writes logs/: one made-up week of both clouds' request logs, in the clouds' own file layouts.

    python examples/two-clouds/generate.py [--seed N] [--out FOLDER]

The same seed gives the same records on every machine. Compressed bytes are the same too, wherever zlib is the same.
"""

from __future__ import annotations

import argparse
import json
import struct
import zlib
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import azure_logs
import bedrock_logs
from week import DAYS, MONDAY, SENTENCES, Dice

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
    """Writes everything into a folder that does not hold the logs yet."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--out", type=Path, default=HERE / "logs")
    options = parser.parse_args()
    if any((options.out / cloud).exists() for cloud in ("bedrock", "azure")):
        raise SystemExit(f"{options.out} already holds logs; remove it first")
    write_bedrock(options.out / "bedrock", options.seed)
    write_azure(options.out / "azure", options.seed)


def write_bedrock(root: Path, seed: int) -> None:
    """The S3 tree: objects named by their time of delivery, side-cars of a long body, one record delivered twice."""
    dice = Dice(seed, "bedrock delivery")
    base = root / "AWSLogs" / bedrock_logs.ACCOUNT / "BedrockModelInvocationLogs"
    events = bedrock_logs.events(seed)
    _write(root / PERMISSION_CHECK, b"")
    _write(base / PERMISSION_CHECK, b"")
    offloaded = next(
        record
        for at, record in events
        if record["operation"] == "ConverseStream" and at >= MONDAY + timedelta(hours=34)
    )
    redelivered: list[dict[str, Any]] = []
    for number in range(DAYS * (timedelta(days=1) // S3_EVERY)):
        begin = MONDAY + number * S3_EVERY
        delivered = begin + S3_EVERY + timedelta(milliseconds=int(dice.between(95_000, 410_000)))
        folder = base / bedrock_logs.REGION / delivered.strftime("%Y/%m/%d/%H")
        records = [record for at, record in events if begin <= at < begin + S3_EVERY]
        if any(record is offloaded for record in records):
            _offload(folder / "data", offloaded)
        stamp = f"{delivered:%Y%m%dT%H%M%S}{delivered.microsecond // 1000:03d}Z"
        lines = _lines([*records, *redelivered])
        _write(folder / f"{stamp}_{dice.hexadecimal(16)}.json.gz", _gzipped(lines))
        redelivered = records[-1:] if number == 12 else []


def _offload(folder: Path, record: dict[str, Any]) -> None:
    """Bodies over 100 KB go to objects of their own; the record keeps their addresses and the token counts."""
    prompt, answer, request = record["input"], record["output"], record["requestId"]
    body = prompt.pop("inputBodyJson")
    body["messages"][0]["content"][0]["text"] = " ".join(SENTENCES * 360)
    growth = OFFLOADED_PROMPT_TOKENS - prompt["inputTokenCount"]
    prompt["inputTokenCount"] = OFFLOADED_PROMPT_TOKENS
    said = answer.pop("outputBodyJson")
    said["usage"]["inputTokens"] += growth
    said["usage"]["totalTokens"] += growth
    address = "s3://example-llm-logs/" + folder.as_posix().split("/bedrock/")[-1]
    for side, part, content in (("input", prompt, body), ("output", answer, said)):
        _write(folder / f"{request}_{side}.json.gz", _gzipped(_text(content)))
        part[f"{side}BodyS3Path"] = f"{address}/{request}_{side}.json.gz"


def write_azure(root: Path, seed: int) -> None:
    """One container a category; each blob is named by the last hour that it covers."""
    logs = azure_logs.logs(seed)
    for _, record in logs.request_response:
        record["properties"] = _text(record["properties"]).decode()
    _write_blobs(root / "insights-logs-gatewayllmlogs", azure_logs.GATEWAY, logs.gateway_llm)
    _write_blobs(root / "insights-logs-gatewaylogs", azure_logs.GATEWAY, logs.gateway)
    _write_blobs(root / "insights-logs-requestresponse", azure_logs.CHAT_ACCOUNT, logs.request_response)


def _write_blobs(container: Path, resource: str, events: Sequence[azure_logs.Event]) -> None:
    last = timedelta(hours=1)
    blobs: dict[datetime, list[dict[str, Any]]] = {}
    for written, record in events:
        blobs.setdefault(MONDAY + ((written - MONDAY) // BLOB_EVERY + 1) * BLOB_EVERY - last, []).append(record)
    for hour, records in blobs.items():
        folder = container / f"resourceId={resource}" / hour.strftime("y=%Y/m=%m/d=%d/h=%H/m=00")
        _write(folder / "PT1H.json", _lines(records))


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
