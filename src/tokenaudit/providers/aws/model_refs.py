"""What a Bedrock caller may put where a model id belongs, and what can be known from it.

Source of the forms: Bedrock API reference, the patterns of `modelId` in InvokeModel and Converse.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from tokenaudit.model.models import from_bedrock_id

_ARN = re.compile(r"^arn:aws[a-z-]*:(bedrock|sagemaker):([a-z0-9-]*):(\d*):([a-z-]+)/(.+)$")


@dataclass(frozen=True)
class ModelRef:
    """What a reference says.

    `deployment` is the id of an application inference profile, which is opaque: only the configuration (or, later, the
    inventory) knows the model behind it.
    """

    model: str | None = None
    version: str | None = None
    scope: str | None = None
    tier: str | None = None
    resource: str | None = None
    deployment: str | None = None


@lru_cache(maxsize=8192)
def parse(reference: str) -> ModelRef:
    """The model, scope and resource behind `reference`; empty where it is of an unknown form.

    Provisioned, imported and custom models, prompt routers and SageMaker endpoints name no public model: the first is
    billed by the hour (`tier` provisioned), the others are not on the token price list either.
    """
    match = _ARN.match(reference)
    if match is None:
        return _of_id(reference, None)
    service, _, _, kind, name = match.groups()
    if service == "sagemaker":
        return ModelRef(resource=reference)
    if kind in ("foundation-model", "inference-profile"):
        return _of_id(name, reference)
    if kind == "application-inference-profile":
        return ModelRef(resource=reference, deployment=name)
    if kind == "provisioned-model":
        return ModelRef(tier="provisioned", resource=reference)
    return ModelRef(resource=reference)


def _of_id(model_id: str, resource: str | None) -> ModelRef:
    name = from_bedrock_id(model_id)
    return ModelRef(name.model, name.version, name.scope, None, resource)
