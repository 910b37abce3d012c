"""Whose a line is, and whether it is about language models; and that Arrow leaves out none of these."""

from __future__ import annotations

import pyarrow as pa
import pytest

from tokenaudit.model.columns import AZURE, BEDROCK
from tokenaudit.providers.focus.clouds import cloud_of, may_be_ours

AWS = {"ProviderName": "AWS"}
MICROSOFT = {"ProviderName": "Microsoft"}

SHARED = {**MICROSOFT, "x_SkuMeterCategory": "Cognitive Services"}
PARTNER = {**MICROSOFT, "x_PublisherCategory": "Vendor", "x_SkuMeterCategory": "SaaS"}
ACCOUNT = "/Microsoft.CognitiveServices/accounts"

OURS = [
    (BEDROCK, {**AWS, "x_ServiceCode": "AmazonBedrock"}),
    (BEDROCK, {**AWS, "x_ServiceCode": "AmazonBedrockFoundationModels"}),
    (BEDROCK, {**AWS, "ServiceName": "Amazon Bedrock AgentCore"}),
    (BEDROCK, {**AWS, "ServiceName": "Claude Sonnet 4.6 (Amazon Bedrock Edition)", "PublisherName": "Anthropic, PBC"}),
    (BEDROCK, {**AWS, "x_Operation": "InvokeModelStreamingInference", "ServiceName": "Claude"}),
    (BEDROCK, {**AWS, "ChargeCategory": "Tax", "ChargeDescription": "Tax for product code AmazonBedrock"}),
    (BEDROCK, {"ServiceProviderName": "Amazon Web Services", "ServiceName": "Amazon Bedrock"}),
    (BEDROCK, {"ProviderName": "Anthropic", "InvoiceIssuerName": "AWS", "x_Operation": "InvokeModelInference"}),
    (BEDROCK, {"x_ServiceCode": "AmazonBedrock"}),
    (AZURE, {**MICROSOFT, "x_SkuMeterCategory": "Foundry Models"}),
    (AZURE, {"InvoiceIssuerName": "Microsoft Azure", "x_SkuMeterCategory": "Azure OpenAI"}),
    (AZURE, {"x_SkuMeterCategory": "Foundry Models"}),
    (AZURE, {**MICROSOFT, "ServiceName": "Azure OpenAI Service"}),
    (AZURE, {**SHARED, "x_SkuMeterSubcategory": "Azure OpenAI", "SkuMeter": "something new"}),
    (AZURE, {**SHARED, "SkuMeter": "Phi-4 Inp glbl Tokens"}),
    (AZURE, {**SHARED, "x_SkuMeterName": "Provisioned Managed Global Unit"}),
    (AZURE, {**MICROSOFT, "ResourceId": f"/x{ACCOUNT}", "SkuMeter": "gpt 4.1 Inp glbl Tokens"}),
    (AZURE, {**MICROSOFT, "x_ResourceType": ACCOUNT, "SkuMeter": "gpt 4.1 Inp glbl Tokens"}),
    (AZURE, {**PARTNER, "PublisherName": "Mistral AI"}),
    (AZURE, {**PARTNER, "SkuMeter": "Claude Consumption Unit"}),
    (AZURE, {**PARTNER, "SkuMeter": "Cohere Command Inp Tokens"}),
    (AZURE, {**PARTNER, "ResourceId": "/x/Claude-Opus-5-00000000-0000-0000-0000-00000000000c"}),
    (AZURE, {**MICROSOFT, "ChargeDescription": "Azure AI Foundry Provisioned Throughput Reservation, 1 Month"}),
    (AZURE, {**MICROSOFT, "x_SkuDescription": "Azure OpenAI Provisioned Managed Regional"}),
]
FOREIGN = [
    {**AWS, "ServiceName": "Amazon Simple Storage Service", "Tags": '{"project": "bedrock"}'},
    {**AWS, "x_SkuMeterCategory": "Foundry Models"},
    {**AWS, "x_CostCategories": '{"team": "bedrock"}', "x_ServiceCode": "AmazonEC2"},
    {**MICROSOFT, "x_ServiceCode": "AmazonBedrock"},
    {**MICROSOFT, "x_SkuMeterCategory": "Virtual Machines", "SkuMeter": "D2s v5"},
    {**SHARED, "SkuMeter": "S1 Speech To Text"},
    {**SHARED, "SkuMeter": "S1 Characters"},
    {**SHARED, "SkuMeter": "Custom Speech Model Hosting Unit", "x_SkuMeterSubcategory": "Speech"},
    {**MICROSOFT, "x_SkuMeterCategory": "Foundry Models", "SkuMeter": "dall-e-3 Standard Images"},
    {**PARTNER, "PublisherName": "Contoso", "SkuMeter": "Command Centre seats"},
    {**PARTNER, "PublisherName": "Contoso", "ResourceId": "/x/backup-00000000-0000-0000-0000-00000000000c"},
    {"ProviderName": "Google Cloud", "ServiceName": "Vertex AI", "ChargeDescription": "Claude on Vertex"},
    {"ProviderName": "Anthropic", "InvoiceIssuerName": "Anthropic", "ChargeDescription": "claude input tokens"},
    {"ServiceName": "Amazon Bedrock"},
    {},
]


@pytest.mark.parametrize(("provider", "line"), OURS)
def test_lines_about_language_models(provider: str, line: dict[str, str]) -> None:
    assert cloud_of(line) == provider


@pytest.mark.parametrize("line", FOREIGN)
def test_lines_of_somebody_else_or_about_something_else(line: dict[str, str]) -> None:
    assert cloud_of(line) is None


def test_no_line_of_ours_is_left_out_beforehand() -> None:
    names = sorted({name for _, line in OURS for name in line})
    table = pa.table({name.lower(): pa.array([line.get(name) for _, line in OURS], pa.string()) for name in names})
    assert may_be_ours(table).to_pylist() == [True] * len(OURS)


def test_the_mass_is_left_out_beforehand() -> None:
    table = pa.table({"ServiceName": ["Amazon EC2", None], "ProviderName": ["AWS", "AWS"]})
    assert may_be_ours(table).to_pylist() == [False, False]
    assert may_be_ours(table.select(["ProviderName"])).to_pylist() == [False, False]
