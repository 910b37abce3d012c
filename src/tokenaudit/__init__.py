"""What LLM tokens really cost, and how fast they come, on AWS Bedrock and Azure OpenAI.

The Python face is one function: `open_ledger(path).usage(...)` gives the ledger's rows as a pandas frame, and so do
`charges(...)` and `metrics(...)`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from os import PathLike

    from tokenaudit.pipeline.face import OpenLedger

__version__ = "0.1.0"
__all__ = ["__version__", "open_ledger"]


def open_ledger(path: str | PathLike[str] | None = None, *, config: str | PathLike[str] | None = None) -> OpenLedger:
    """A ledger for reading: the one in folder `path`, or the configured one.

    `config` names a tokenaudit.toml; without it the nearest one at or above the working directory counts. Raises
    `tokenaudit.errors.LedgerError` where there is no ledger and `ConfigError` for a wrong configuration.
    """
    from tokenaudit.pipeline.face import open_ledger as opened  # pandas is loaded when it is needed  # noqa: PLC0415

    return opened(path, config)
