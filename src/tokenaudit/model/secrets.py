"""What opens a door is taken out of text before anybody sees it: signatures, keys and tokens of both clouds."""

from __future__ import annotations

import re

_GONE = "***"

_NAMES_OF_SECRETS = (
    # parts of signed addresses (AWS Signature Version 4, shared access signatures), and headers of the same names
    "sig",
    "signature",
    "x-amz-signature",
    "x-amz-security-token",
    "x-amz-credential",
    # settings and fields
    "(?:aws_?)?secret_?access_?key",
    "(?:aws_?)?session_?token",
    "(?:aws_?)?access_?key_?id",
    "security_?token",
    "(?:access|refresh|id)_?token",
    "(?:account|shared_?access|ocp-apim-subscription)[_-]?key",
    "api[_-]?key",
    "client_?(?:secret|assertion)",
    "password",
)
_SECRETS = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        # an Authorization header to the end of its line, or to the quote that ends it in a printed dictionary
        r"((?:proxy-)?authorization['\"]?\s*[:=]\s*b?['\"]?)[^\r\n'\"]+",
        r"(\b(?:bearer|sharedkey|sharedaccesssignature)\s+)[\w.~+/=:%&-]+",
        rf"((?<![a-z0-9])(?:{'|'.join(_NAMES_OF_SECRETS)})['\"]?\s*[:=]\s*b?['\"]?)[^&\s'\",;<]+",
        r"(<(?:SecretAccessKey|SessionToken)>)[^<]+",
        # what shows by its form what it is: a JSON Web Token, an AWS access key
        r"()\beyJ[\w-]{8,}\.[\w-]+(?:\.[\w-]*)?",
        r"()\b(?:AKIA|ASIA)[A-Z0-9]{16}\b",
        # user and password in an address
        r"(\bhttps?://)[^/\s:@]+:[^/\s@]+(?=@)",
    )
)
"""Each keeps its first group and loses the rest."""


def scrub(text: str) -> str:
    """The text without anything that looks like a credential."""
    for secret in _SECRETS:
        text = secret.sub(rf"\g<1>{_GONE}", text)
    return text
