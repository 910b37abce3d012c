"""What somebody without tokenaudit would write: `python baselines.py duckdb|naive|jq LOGS OUT`.

`duckdb` is SQL by somebody who knows DuckDB well, `naive` is gzip, json and pandas, `jq` is a filter in the shell. The
first two write the ledger's columns as Parquet, `jq` writes them as tab-separated text. None of them dedupes, survives
a torn line or counts what it lost.
"""

from __future__ import annotations

import gzip
import json
import shlex
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

_COLUMNS = """{
  timestamp: 'TIMESTAMP', accountId: 'VARCHAR', region: 'VARCHAR', requestId: 'VARCHAR', operation: 'VARCHAR',
  modelId: 'VARCHAR', inferenceRegion: 'VARCHAR', errorCode: 'VARCHAR', identity: 'STRUCT(arn VARCHAR)',
  requestMetadata: 'MAP(VARCHAR, VARCHAR)',
  input: 'STRUCT(inputTokenCount BIGINT, cacheReadInputTokenCount BIGINT, cacheWriteInputTokenCount BIGINT)',
  output: 'STRUCT(outputTokenCount BIGINT, outputBodyJson JSON)'
}"""

# The body is parsed once for all of its paths; which of them exist depends on the operation.
_DUCKDB = """
COPY (
  WITH record AS (
    SELECT *, json_extract_string(output.outputBodyJson, [
      '$.metrics.latencyMs',
      '$[#-1]."amazon-bedrock-invocationMetrics".invocationLatency',
      '$[#-1]."amazon-bedrock-invocationMetrics".firstByteLatency',
      '$.stopReason',
      '$.serviceTier.type',
      '$.usage.cacheDetails[1].inputTokens',
      '$.usage.cache_creation.ephemeral_1h_input_tokens',
      '$[0].message.usage.cache_creation.ephemeral_1h_input_tokens'
    ]) AS body
    FROM read_json('{logs}/**/*.json.gz', format = 'newline_delimited', columns = {columns}, filename = true,
                   maximum_object_size = 67108864)
  ), told AS (
    SELECT *, coalesce(body[6], body[7], body[8], '0')::BIGINT AS write_1h FROM record
  )
  SELECT
    md5(concat_ws('|', accountId, region, requestId)) AS usage_id,
    'aws.bedrock' AS provider, 'aws.invocation_logs' AS source, 'request' AS grain,
    timestamp AS started_at, timestamp::DATE AS day, 1::BIGINT AS request_count,
    requestId AS request_id, accountId AS account, region, inferenceRegion AS served_region,
    regexp_replace(
      regexp_replace(modelId, '^(us|global)\\.', ''), '(-\\d{{8}})?(-v\\d+)?(:\\d+)?$', ''
    ) AS model,
    modelId AS model_ref,
    CASE WHEN modelId LIKE 'global.%' THEN 'global' WHEN modelId LIKE 'us.%' THEN 'geo' ELSE 'regional' END AS scope,
    coalesce(body[5], 'standard') AS tier,
    operation, operation LIKE '%Stream' AS streamed,
    input.inputTokenCount AS input_tokens,
    input.cacheReadInputTokenCount AS cache_read_tokens,
    input.cacheWriteInputTokenCount - write_1h AS cache_write_tokens,
    if(input.cacheWriteInputTokenCount IS NULL, NULL, write_1h) AS cache_write_1h_tokens,
    output.outputTokenCount AS output_tokens,
    coalesce(body[1], body[2])::DOUBLE AS latency_ms,
    body[3]::DOUBLE AS first_token_ms,
    'provider' AS vantage,
    CASE WHEN errorCode = 'ThrottlingException' THEN 'throttled' WHEN errorCode IS NOT NULL THEN 'client_error'
         WHEN body[4] = 'guardrail_intervened' THEN 'filtered' ELSE 'ok' END AS outcome,
    errorCode AS status, identity.arn AS caller, requestMetadata AS tags, filename AS object_uri
  FROM told
) TO '{out}' (FORMAT parquet, COMPRESSION zstd)
"""

_JQ = """
(.output.outputBodyJson // null) as $body
| (if ($body | type) == "array" then $body[-1]["amazon-bedrock-invocationMetrics"] else null end) as $last
| [.timestamp, .accountId, .region, .requestId, .operation, .modelId, .inferenceRegion,
   .input.inputTokenCount, .input.cacheReadInputTokenCount, .input.cacheWriteInputTokenCount,
   .output.outputTokenCount,
   (if ($body | type) == "object" then $body.metrics.latencyMs else $last.invocationLatency end),
   $last.firstByteLatency, .errorCode, .identity.arn, .requestMetadata.team, .requestMetadata.env]
| @tsv
"""


def duckdb(logs: str, out: str) -> None:
    """One statement, one thread."""
    import duckdb as engine  # noqa: PLC0415 - each baseline pays for its own imports alone

    connection = engine.connect(config={"threads": 1, "preserve_insertion_order": False})
    connection.execute(_DUCKDB.format(logs=logs, columns=_COLUMNS, out=out))


def naive(logs: str, out: str) -> None:
    """A row is a dictionary, the table a pandas frame."""
    import pandas as pd  # noqa: PLC0415 - the same

    rows = []
    for path in sorted(Path(logs).rglob("*.json.gz")):
        with gzip.open(path, "rt", encoding="utf-8") as lines:
            rows += [_row(json.loads(line), str(path)) for line in lines]
    frame = pd.DataFrame(rows)
    frame["started_at"] = pd.to_datetime(frame["started_at"], utc=True)
    frame["day"] = frame["started_at"].dt.date
    counts = [name for name in frame.columns if name.endswith("_tokens")]
    frame[counts] = frame[counts].astype("Int64")
    frame.to_parquet(out, index=False)


def _row(record: dict[str, Any], uri: str) -> dict[str, Any]:
    asked, answer = record["input"], record.get("output", {})
    body = answer.get("outputBodyJson")
    latency = first = None
    tier, stop, write_1h = "standard", None, 0
    if isinstance(body, list):
        metrics = body[-1].get("amazon-bedrock-invocationMetrics", {})
        latency, first = metrics.get("invocationLatency"), metrics.get("firstByteLatency")
        write_1h = body[0]["message"]["usage"]["cache_creation"]["ephemeral_1h_input_tokens"]
    elif isinstance(body, dict):
        latency, stop = body.get("metrics", {}).get("latencyMs"), body.get("stopReason")
        tier = body.get("serviceTier", {}).get("type", tier)
        usage = body.get("usage", {})
        write_1h = usage.get("cache_creation", {}).get("ephemeral_1h_input_tokens", 0)
        write_1h += sum(part["inputTokens"] for part in usage.get("cacheDetails", []) if part["ttl"] == "1h")
    written, error, model_ref = asked.get("cacheWriteInputTokenCount"), record.get("errorCode"), record["modelId"]
    return {
        "usage_id": f"{record['accountId']}|{record['region']}|{record['requestId']}",
        "provider": "aws.bedrock",
        "source": "aws.invocation_logs",
        "grain": "request",
        "started_at": record["timestamp"],
        "request_count": 1,
        "request_id": record["requestId"],
        "account": record["accountId"],
        "region": record["region"],
        "served_region": record.get("inferenceRegion"),
        "model": model_ref.rsplit(".", 1)[-1].split("-20")[0].split("-v")[0],
        "model_ref": model_ref,
        "scope": {"global": "global", "us": "geo"}.get(model_ref.split(".")[0], "regional"),
        "tier": tier,
        "operation": record["operation"],
        "streamed": record["operation"].endswith("Stream"),
        "input_tokens": asked.get("inputTokenCount"),
        "cache_read_tokens": asked.get("cacheReadInputTokenCount"),
        "cache_write_tokens": None if written is None else written - write_1h,
        "cache_write_1h_tokens": None if written is None else write_1h,
        "output_tokens": answer.get("outputTokenCount"),
        "latency_ms": latency,
        "first_token_ms": first,
        "vantage": "provider",
        "outcome": "throttled" if error else "filtered" if stop == "guardrail_intervened" else "ok",
        "status": error,
        "caller": record["identity"]["arn"],
        "tags": json.dumps(record.get("requestMetadata", {})),
        "object_uri": uri,
    }


def jq(logs: str, out: str) -> None:
    """`zcat` and one filter, joined by a pipe."""
    find = f"find {shlex.quote(logs)} -name '*.json.gz' -print0 | sort -z | xargs -0 zcat"
    command = f"{find} | jq -r {shlex.quote(_JQ)} > {shlex.quote(out)}"
    subprocess.run(["sh", "-c", command], check=True)


BASELINES: dict[str, Callable[[str, str], None]] = {"duckdb": duckdb, "naive": naive, "jq": jq}


if __name__ == "__main__":
    BASELINES[sys.argv[1]](sys.argv[2], sys.argv[3])
