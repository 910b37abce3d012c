"""What the SDK raises -> what we do. Its own words are never passed on: they may quote a request with what is in it."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from botocore import exceptions as sdk
from botocore.parsers import ResponseParserError

from tokenaudit.errors import CredentialsError, ServiceError, TokenauditError
from tokenaudit.providers.aws.operations import ASSUME_ROLE, DECRYPT, GET_OBJECT

if TYPE_CHECKING:
    from tokenaudit.providers.aws.operations import Operation

RAISED = (sdk.BotoCoreError, sdk.ClientError, sdk.HTTPClientError, ResponseParserError, UnicodeDecodeError)
"""Everything that a call can raise."""

_EXPIRED = frozenset(
    ("ExpiredToken", "ExpiredTokenException", "RequestExpired", "TokenRefreshRequired", "ExpiredTokenError")
)
_UNKNOWN = frozenset(
    (
        "AuthFailure",
        "IncompleteSignature",
        "InvalidAccessKeyId",
        "InvalidClientTokenId",
        "InvalidSignatureException",
        "InvalidToken",
        "MissingAuthenticationToken",
        "MissingAuthenticationTokenException",
        "SignatureDoesNotMatch",
        "UnrecognizedClientException",
    )
)
_DENIED = re.compile(r"AccessDenied|AllAccessDisabled|OptInRequired|UnauthorizedOperation")
_GONE = frozenset(
    (
        "404",
        "NoSuchBucket",
        "NoSuchKey",
        "NotFound",
        "PermanentRedirect",
        "ResourceNotFound",
        "ResourceNotFoundException",
    )
)
_THROTTLED = re.compile(r"Throttl|TooManyRequests|SlowDown|LimitExceeded|RequestLimit|Bandwidth")
_CHANGED = frozenset(("PreconditionFailed", "412"))
_NO_CREDENTIALS = (
    sdk.NoCredentialsError,
    sdk.PartialCredentialsError,
    sdk.CredentialRetrievalError,
    sdk.MetadataRetrievalError,
    sdk.SSOError,
    sdk.TokenRetrievalError,
    sdk.InfiniteLoopConfigError,
    sdk.RefreshWithMFAUnsupportedError,
    sdk.UnknownCredentialError,
)
_LATER = "try again later; what was pulled before stays as it is"
_SIGN_IN = "sign in again (aws sso login, or new keys), and try: aws sts get-caller-identity"
_NAMES = "check the names in [aws] of tokenaudit.toml"

# What the SDK says without an answer of the service: the first that fits. `{n}` is the number of attempts.
_UNANSWERED: tuple[tuple[tuple[type[Exception], ...], str, str], ...] = (
    ((sdk.ParamValidationError, sdk.UnsupportedS3ArnError), "the SDK refuses a name", _NAMES),
    ((sdk.SSLError,), "the certificate is not trusted", "name your company's certificates in AWS_CA_BUNDLE"),
    ((sdk.ProxyConnectionError,), "the proxy refused", "check HTTPS_PROXY and NO_PROXY"),
    (
        (sdk.ReadTimeoutError, sdk.ConnectTimeoutError),
        "no answer in time ({n} attempts)",
        f"{_LATER}; or raise timeout_s in [pull]",
    ),
    ((sdk.IncompleteReadError, sdk.ResponseStreamingError), "the answer was cut off ({n} attempts)", _LATER),
    (
        (ResponseParserError, UnicodeDecodeError),
        "the answer cannot be read",
        "is there a proxy that answers in its place?",
    ),
    ((sdk.ConnectionError, sdk.HTTPClientError), "no connection ({n} attempts)", _LATER),
)


class DeniedError(CredentialsError):
    """Refused. `closed`: the whole Region is not switched on, or a policy of the organisation forbids it."""

    def __init__(self, message: str, *, hint: str, closed: bool) -> None:
        super().__init__(message, hint=hint)
        self.closed = closed


@dataclass(frozen=True)
class What:
    """What was being done, for the message. `target` is a bucket or a log group; `attempts` were made at most."""

    operation: Operation
    region: str | None
    account: str
    attempts: int
    target: str = ""

    def __str__(self) -> str:
        place = f" in {self.region}" if self.region else ""
        target = f" of {self.target}" if self.target else ""
        return f"{self.operation.service} {self.operation.name}{target}{place} ({self.account})"


def translated(error: Exception, what: What) -> TokenauditError:
    """Our error for one that a call raised."""
    if isinstance(error, sdk.ClientError):
        if error.operation_name == ASSUME_ROLE.name:  # on the way to the call that was meant
            what = replace(what, operation=ASSUME_ROLE, region=None, target="")
        return _answered(error.response, what)
    if isinstance(error, _NO_CREDENTIALS):
        return CredentialsError(f"no credentials for AWS ({type(error).__name__})", hint=_SIGN_IN)
    for kinds, said, hint in _UNANSWERED:
        if isinstance(error, kinds):
            return ServiceError(f"{what}: {said.format(n=what.attempts)}", hint=hint)
    return ServiceError(f"{what}: {type(error).__name__}", hint=_LATER)


def _answered(response: Any, what: What) -> TokenauditError:
    """The code is ours to show once it is made of letters; the text beside it is not."""
    told = response.get("Error", {})
    code = re.sub(r"[^A-Za-z0-9.]", "", str(told.get("Code", "")))[:60] or "unknown error"
    status = response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
    if code in _EXPIRED:
        return CredentialsError(f"{what}: the credentials have expired ({code})", hint=_SIGN_IN)
    if code in _UNKNOWN:
        return DeniedError(f"{what}: the credentials are not accepted ({code})", hint=_SIGN_IN, closed=True)
    if _DENIED.search(code) or (status in (401, 403) and not _THROTTLED.search(code)):
        closed = "service control policy" in str(told.get("Message", ""))
        return DeniedError(f"{what}: not permitted ({code})", hint=_permit(what.operation), closed=closed)
    said, hint = _refused(code, status, what)
    return ServiceError(f"{what}: {said}", hint=hint)


def _refused(code: str, status: int, what: What) -> tuple[str, str]:
    """What happened, and what to do, where it is no matter of rights."""
    if code in _CHANGED:
        return "the object changed while it was fetched", "pull again"
    if code in _GONE:
        return f"not there ({code})", _NAMES
    if _THROTTLED.search(code) or status == 429:
        return f"throttled ({code}, {what.attempts} attempts)", _LATER
    if status >= 500:
        return f"the service failed ({code}, {what.attempts} attempts)", _LATER
    return code, _LATER


def _permit(operation: Operation) -> str:
    if operation.action is None:
        return _SIGN_IN
    also = f" (and {DECRYPT}, if the bucket is encrypted with a key)" if operation is GET_OBJECT else ""
    trust = ", and let the role trust you" if operation is ASSUME_ROLE else ""
    return f"allow {operation.action}{also}{trust}; see examples/iam/aws-policy.json"
