"""Everything that can go wrong on purpose.

    TokenauditError                exit code
    |-- UsageError                 2   the command line asks for something impossible
    |-- ConfigError                2   tokenaudit.toml or TOKENAUDIT_* is wrong
    |-- DataError                  3   unreadable, nothing found, or refused by --strict
    |   `-- LedgerError            3   the ledger itself is missing, damaged or busy
    |-- CredentialsError           4   missing credentials or permission
    `-- ServiceError               5   a service could not be reached or throttled us to the end

Exit code 1 is no error: it is a bad verdict, and a report carries it. 70 is our bug, 130 an interruption; `cli.app`
gives them. A record that could not be understood is not an exception either: it is a `model.reject.Reject`.
"""

from __future__ import annotations

import errno
from typing import ClassVar

REFUSALS = frozenset((errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EACCES, errno.EPERM))
"""What a system answers that has no room, or that does not let us write: nobody's mistake."""


class TokenauditError(Exception):
    """An error that the user can act upon: what happened, and in `hint` what to do next."""

    exit_code: ClassVar[int] = 70

    def __init__(self, message: str, *, hint: str) -> None:
        super().__init__(message)
        self.hint = hint


class UsageError(TokenauditError):
    """The command line asks for something impossible."""

    exit_code = 2


class ConfigError(TokenauditError):
    """The configuration file, or an environment variable, is wrong."""

    exit_code = 2


class DataError(TokenauditError):
    """Data is unreadable, absent, or not acceptable under `--strict`."""

    exit_code = 3


class LedgerError(DataError):
    """The ledger is missing, damaged, or held by another process."""


class CredentialsError(TokenauditError):
    """Credentials are missing, expired, or lack a permission."""

    exit_code = 4


class ServiceError(TokenauditError):
    """A service could not be reached, or throttled us to the end."""

    exit_code = 5
