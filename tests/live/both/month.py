"""Writes a month on both clouds into a folder, in the shapes of the example: `python tests/live/both/month.py FOLDER`.

Two weeks of requests, the first as it is shipped, and the bills and metrics of October 2026.
"""

from __future__ import annotations

import json
import sys
from datetime import timedelta
from pathlib import Path

import azure_logs
import bedrock_bill
import bedrock_logs
import bedrock_metrics
from generate import SEED, write_aws_bill, write_azure, write_azure_bill, write_bedrock
from week import DAYS, FIRST, MONDAY, Week

WEEKS = (FIRST, Week(MONDAY + timedelta(days=DAYS), has_incidents=False))


def main(out: Path) -> None:
    """Logs week by week; the bills and CloudWatch's metrics of all of it."""
    events: list[bedrock_logs.Event] = []
    answered = []
    for number, week in enumerate(WEEKS):
        seed = SEED + number
        these = bedrock_logs.events(seed, week)
        logs = azure_logs.logs(seed, week)
        write_bedrock(out / "logs" / "bedrock", seed, these, week=week)
        write_azure(out / "logs" / "azure", logs, week)
        events += these
        answered += logs.answered
    write_aws_bill(out / "bills" / "aws", bedrock_bill.lines(events, SEED))
    write_azure_bill(out / "bills" / "azure", SEED, answered)
    metrics = out / "metrics" / "aws" / "cloudwatch.json"
    metrics.parent.mkdir(parents=True)
    metrics.write_text(json.dumps(bedrock_metrics.answer(events)))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
