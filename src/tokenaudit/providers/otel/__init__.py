"""OpenTelemetry: what applications themselves record about their model calls, whichever cloud they call."""

from __future__ import annotations

from tokenaudit.model.ports import Provider
from tokenaudit.providers.otel.spans import Spans

PROVIDER = Provider("otel", (Spans(),))
