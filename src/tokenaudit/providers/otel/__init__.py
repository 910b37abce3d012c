"""OpenTelemetry: what applications themselves record about their model calls, whichever cloud they call."""

from __future__ import annotations

from tokenaudit.providers.otel.spans import Spans
from tokenaudit.model.ports import Provider

PROVIDER = Provider("otel", (Spans(),))
