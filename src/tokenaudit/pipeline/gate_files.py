"""Where the baselines of a check lie: what the command names, else what tokenaudit.toml does."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tokenaudit.pipeline.baseline_file import read_baseline

if TYPE_CHECKING:
    from pathlib import Path

    from tokenaudit.config import Loaded
    from tokenaudit.model.baseline import Baseline


def sought_at(loaded: Loaded, named: Path | None) -> Path | None:
    """Where the baseline to check against should lie; None where none is named."""
    configured = loaded.config.check.baseline
    return named if named is not None else loaded.resolve(configured) if configured else None


def baseline_at(path: Path) -> Baseline | None:
    """The baseline there; None where the file is not. Raises DataError for a file that is there and no baseline."""
    return read_baseline(path) if path.exists() else None


def pinned_of(loaded: Loaded) -> Baseline | None:
    """The pinned baseline of the ratchet; None without one. Raises DataError where the file is missing."""
    ratchet = loaded.config.check.ratchet
    return None if ratchet is None or ratchet.level == "off" else read_baseline(loaded.resolve(ratchet.pinned))
