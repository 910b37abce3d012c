"""What worker processes are made from: everything that reads, loaded once for all of them, with every source."""

from __future__ import annotations

from tokenaudit import registry
from tokenaudit.pipeline import worker

__all__ = ("worker",)

registry.sources()
