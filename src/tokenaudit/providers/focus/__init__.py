"""FOCUS, the FinOps Open Cost and Usage Specification: bills of either cloud in one form."""

from __future__ import annotations

from tokenaudit.model.ports import Provider
from tokenaudit.providers.focus.charges import FocusFiles

PROVIDER = Provider("focus", (FocusFiles(),))
