"""What opens a door does not get out, and everything else does."""

from __future__ import annotations

import pytest

from tokenaudit.model.endpoints import fault
from tokenaudit.model.secrets import scrub

# In two pieces, so that this file holds nothing that a search for secrets finds.
KEY = "AKIA" + "Q3EGRIDVJ5PV2C7N"
TOKEN = "eyJ" + "hbGciOiJIUzI1NiJ9" + ".eyJzdWIiOiIxIn0" + ".c2lnbmF0dXJlLXBhcnQ"
SECRET = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYzz=="  # of nobody  # noqa: S105


@pytest.mark.parametrize(
    "text",
    [
        f"Authorization: Bearer {SECRET}",
        f"authorization: AWS4-HMAC-SHA256 Credential={KEY}/20261001, SignedHeaders=host, Signature={SECRET}",
        f"{{'Authorization': b'SharedKey account:{SECRET}', 'x-ms-date': 'today'}}",
        f"GET https://a.blob.core.windows.net/c/b?sv=2024-11-04&sig={SECRET}&se=2026",
        f"https://b.s3.amazonaws.com/k?X-Amz-Credential={SECRET}&X-Amz-Security-Token={SECRET}&X-Amz-Signature={SECRET}",
        f"'x-amz-security-token': '{SECRET}'",
        f'{{"SecretAccessKey": "{SECRET}", "SessionToken": "{SECRET}"}}',
        f"<SecretAccessKey>{SECRET}</SecretAccessKey>",
        f"AWS_SECRET_ACCESS_KEY={SECRET} AWS_SESSION_TOKEN={SECRET}",
        f"DefaultEndpointsProtocol=https;AccountName=a;AccountKey={SECRET};EndpointSuffix=x",
        f"SharedAccessSignature {SECRET}",
        f"client_secret={SECRET}&grant_type=client_credentials",
        f'{{"access_token": "{SECRET}", "expires_in": 3600}}',
        f"client_assertion={SECRET}",
        f"api-key: {SECRET}",
        f"Ocp-Apim-Subscription-Key: {SECRET}",
        f"the token {TOKEN} has expired",
        f"the key {KEY} is not known",
        f"https://somebody:{SECRET.replace('/', '')}@host/path",
    ],
)
def test_secrets_are_taken_out(text: str) -> None:
    shown = scrub(text)
    for secret in (SECRET, SECRET.replace("/", ""), KEY, TOKEN, SECRET[:12]):
        assert secret not in shown
    assert "***" in shown


@pytest.mark.parametrize(
    "text",
    [
        "s3://bucket/AWSLogs/111122223333/BedrockModelInvocationLogs/us-east-1/2026/10/01/00/x.json.gz",
        "arn:aws:iam::111122223333:role/tokenaudit is not allowed to call bedrock:ListInferenceProfiles",
        "https://management.azure.com/subscriptions/00000000-0000-0000-0000-000000000001?api-version=2024-10-01",
        "input_tokens=7 output_tokens=9, design=3, assignee: nobody",
        "log in with `az login`, or set AZURE_CLIENT_ID; the access token has expired",
    ],
)
def test_everything_else_stays(text: str) -> None:
    assert scrub(text) == text


@pytest.mark.parametrize(
    ("address", "wrong"),
    [
        ("https://management.chinacloudapi.cn", None),
        ("https://a.blob.core.windows.net/container/prefix", None),
        ("http://127.0.0.1:10000/devstoreaccount1", None),
        ("http://localhost:5000", None),
        ("http://[::1]:5000/", None),
        ("http://management.azure.com", "is not https"),
        ("http://127.0.0.1.evil.example", "is not https"),
        ("http://127.0.0.1@evil.example", "is not https"),
        ("https://user:word@host", "a user or a password"),
        ("https://host/c?sv=1&sig=2", "no place in a file"),
        ("ftp://host", "is no address"),
        ("file:///etc/passwd", "is no address"),
        ("host/path", "is no address"),
        ("https://", "is no address"),
        ("https://[::1", "is no address"),
    ],
)
def test_credentials_go_to_safe_addresses_only(address: str, wrong: str | None) -> None:
    found = fault(address)
    assert (found is None) if wrong is None else (found is not None and wrong in found)
