"""SDK errors become ours here, and nothing of what a service said goes along but codes.

Messages of services name addresses with signatures, header values and whatever somebody put into a name. So ours say
the operation, the target without its query, the status and the code, and the right that is missing.
"""

from __future__ import annotations

import json
import re
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from azure.core.exceptions import (
    AzureError,
    ClientAuthenticationError,
    HttpResponseError,
    ResourceModifiedError,
    ServiceRequestError,
    ServiceResponseError,
)

from tokenaudit.errors import CredentialsError, ServiceError
from tokenaudit.providers.azure.client.answers import NoDataError, TooMuchError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tokenaudit.providers.azure.client.operations import Operation

_CODE = re.compile(r"[A-Za-z][A-Za-z0-9_.-]{0,63}")
_ENTRA_CODE = re.compile(r"\bAADSTS\d+\b")
_TOO_BIG = frozenset(("ResponseSizeError", "QueryRunResultTruncated", "E_QUERY_RESULT_SET_TOO_LARGE"))
"""What Log Analytics calls an answer over its limits."""


@contextmanager
def translated(operation: Operation, target: str) -> Iterator[None]:
    """Raises CredentialsError, ServiceError, TooMuchError or NoDataError for whatever the SDK raises inside."""
    try:
        yield
    except ClientAuthenticationError as error:
        raise _not_allowed(operation, target, error) from None
    except ResourceModifiedError:
        raise ServiceError(
            f"{operation.service}: {_bare(target)} was replaced while it was read", hint="run it again"
        ) from None
    except HttpResponseError as error:
        if error.status_code is None or error.status_code < 300:
            raise cut_off(operation, target) from None  # a good answer with a body that is none, or ends too early
        raise _refused(operation, target, error) from None
    except (ServiceRequestError, ServiceResponseError) as error:
        raise ServiceError(
            f"{operation.service} could not be reached: {operation.name} of {_bare(target)} ({type(error).__name__})",
            hint="check the network, proxies and trusted certificates, and run it again: what was read is kept",
        ) from None
    except (AzureError, ValueError, TypeError, LookupError, AttributeError):
        # The SDKs raise plain errors for answers that lack what they take for granted.
        raise cut_off(operation, target) from None


def cut_off(operation: Operation, target: str) -> ServiceError:
    """An answer that is not whole, or not of the documented form."""
    return ServiceError(
        f"{operation.service}: the answer to {operation.name} of {_bare(target)} is cut off, or of an unknown form",
        hint="run it again; if it stays so, the service has changed: please report it",
    )


def repeats(operation: Operation, target: str) -> ServiceError:
    """Pages that lead back to a page that was read already."""
    return ServiceError(
        f"{operation.service}: the pages of {operation.name} of {_bare(target)} go round in a circle",
        hint="run it again later; nothing of this part was taken",
    )


def _refused(operation: Operation, target: str, error: HttpResponseError) -> Exception:
    status, code = error.status_code, _code(error)
    if code in _TOO_BIG:
        return TooMuchError()
    if status in (401, 403):
        return _not_allowed(operation, target, error)
    if status == 404:
        return NoDataError()
    said = " ".join(filter(None, (str(status), code)))
    hint = "run it again later: what was read is kept"
    if status == 429:
        hint = "the service asks for fewer calls: wait some minutes, and run it again: what was read is kept"
    return ServiceError(f"{operation.service} answered {said} to {operation.name} of {_bare(target)}", hint=hint)


def _not_allowed(operation: Operation, target: str, error: HttpResponseError) -> Exception:
    if _is_of_entra(error):
        entra = _ENTRA_CODE.search(str(error))
        return CredentialsError(
            f"no token of Microsoft Entra ID for {operation.service}" + (f" ({entra.group()})" if entra else ""),
            hint="`az login`, or AZURE_TENANT_ID, AZURE_CLIENT_ID and a secret or AZURE_FEDERATED_TOKEN_FILE",
        )
    status = error.status_code or 401
    said = " ".join(filter(None, (str(status), _code(error))))
    if status == 401:
        hint = "the token has expired or is of another tenant: sign in again, or set `tenant` in [azure]"
    else:
        hint = f"needed: {operation.permission}; `tokenaudit doctor` prints the command"
    return CredentialsError(f"{operation.service} answered {said} to {operation.name} of {_bare(target)}", hint=hint)


def _is_of_entra(error: HttpResponseError) -> bool:
    """Whether there was no token at all: what credentials raise has no answer, or one of the token endpoint."""
    request = getattr(error.response, "request", None)
    return error.response is None or "/oauth2/" in str(getattr(request, "url", ""))


def _code(error: HttpResponseError) -> str:
    """The innermost of the service's codes, where it looks like one: Log Analytics wraps the reason twice."""
    for found in (*reversed(list(_codes(error.response))), getattr(error, "error_code", None)):
        if isinstance(found, str) and _CODE.fullmatch(found):
            return found
    return ""


def _codes(response: Any) -> Iterator[Any]:
    try:
        level = json.loads(response.text())
    except (AttributeError, ValueError, AzureError):
        return
    level = level.get("error") if isinstance(level, dict) else None
    while isinstance(level, dict):
        yield level.get("code")
        level = level.get("innererror") or level.get("innerError")


def _bare(target: str) -> str:
    """A target without query and fragment: a signature stands there."""
    return re.split(r"[?#]", target, maxsplit=1)[0]
