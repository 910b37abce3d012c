"""What a caller may put where a model id belongs."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tokenaudit.providers.aws.model_refs import ModelRef, parse

HERE = "arn:aws:bedrock:us-east-1:111122223333:"
SONNET = "anthropic.claude-sonnet-4-5-20250929-v1:0"


@pytest.mark.parametrize("partition", ["aws", "aws-cn", "aws-us-gov", "aws-iso"])
@pytest.mark.parametrize(
    ("spelled", "arn"),
    [
        (SONNET, "bedrock:us-east-1::foundation-model/" + SONNET),
        ("us." + SONNET, "bedrock:us-east-1:111122223333:inference-profile/us." + SONNET),
        ("global." + SONNET, "bedrock:us-east-1:111122223333:inference-profile/global." + SONNET),
    ],
)
def test_an_arn_says_what_the_bare_id_says_and_where_it_is(spelled: str, arn: str, partition: str) -> None:
    bare, full = parse(spelled), parse(f"arn:{partition}:{arn}")
    assert bare.model == "anthropic/claude-sonnet-4-5"
    assert bare.resource is None
    assert full == ModelRef(bare.model, bare.version, bare.scope, None, f"arn:{partition}:{arn}")


def test_an_application_profile_is_opaque() -> None:
    arn = HERE + "application-inference-profile/abcdefghijkl"
    assert parse(arn) == ModelRef(resource=arn, deployment="abcdefghijkl")


def test_provisioned_throughput_is_a_tier() -> None:
    arn = HERE + "provisioned-model/abcdefghijkl"
    assert parse(arn) == ModelRef(resource=arn, tier="provisioned")


@pytest.mark.parametrize(
    "rest",
    [
        "custom-model/amazon.titan-text-lite-v1:0:8k/abcdefghijkl",
        "custom-model-deployment/abcdefghijkl",
        "imported-model/abcdefghijkl",
        "prompt/ABCDEFGHIJ:3",
        "prompt-router/abcdefghijkl",
        "default-prompt-router/anthropic.claude:1",
        "marketplace/model-endpoint/anything",
        "a-kind-of-tomorrow/amazon.nova-pro-v1:0",
    ],
)
def test_what_names_no_model_of_the_price_list_keeps_its_arn(rest: str) -> None:
    assert parse(HERE + rest) == ModelRef(resource=HERE + rest)


def test_a_marketplace_endpoint_is_a_resource() -> None:
    arn = "arn:aws:sagemaker:us-east-1:111122223333:endpoint/mine"
    assert parse(arn) == ModelRef(resource=arn)


@pytest.mark.parametrize(
    "text", ["", "arn:", "arn:aws:bedrock:us-east-1:x", "arn:aws:s3:::bucket/anthropic.claude", "my-model"]
)
def test_other_text_says_nothing(text: str) -> None:
    assert parse(text) == ModelRef()


@given(st.text() | st.text(max_size=40).map((HERE + "inference-profile/").__add__))
def test_nothing_raises(text: str) -> None:
    assert parse(text).scope in {None, "regional", "geo", "global"}
