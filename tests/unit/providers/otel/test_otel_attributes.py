"""How single values are taken out of attributes."""

from __future__ import annotations

from typing import Any

import pytest

from tokenaudit.model.columns import MAX_TOKENS
from tokenaudit.providers.otel import attributes as names
from tokenaudit.providers.otel.attributes import count, flag, is_model_call, number, text
from tokenaudit.providers.otel.span import RefusedError

KEY = ("n",)


@pytest.mark.parametrize(
    ("value", "expected"),
    [(7, 7), ("7", 7), (7.0, 7), ("7.0", 7), (" 7 ", 7), (0, 0), (MAX_TOKENS, MAX_TOKENS), ("", None), (None, None)],
)
def test_counts(value: object, expected: int | None) -> None:
    assert count({"n": value}, KEY) == expected


@pytest.mark.parametrize(
    "value",
    [
        -1,
        "-1",
        7.5,
        "7.5",
        True,
        False,
        float("nan"),
        float("inf"),
        "NaN",
        "seven",
        MAX_TOKENS + 1,
        [7],
        {},
        "1e3",
        "9" * 5000,
    ],
)
def test_what_is_no_count_is_refused(value: object) -> None:
    with pytest.raises(RefusedError, match="token count"):
        count({"n": value}, KEY)


def test_the_current_name_wins_over_the_deprecated_one() -> None:
    both = {"gen_ai.usage.prompt_tokens": 9, "gen_ai.usage.input_tokens": 7}
    assert count(both, names.INPUT) == 7


def test_text_is_valid_unicode() -> None:
    assert text({"n": "a\ud800b"}, "n") == "a?b"
    assert text({"n": 429}, "n") == "429"
    assert text({"n": True}, "n") is None
    assert text({"n": " ", "m": "x"}, "n") is None
    assert text({"n": "", "m": "x"}, "n", "m") == "x"


@pytest.mark.parametrize(
    ("value", "expected"), [(True, True), ("False", False), ("yes", None), (None, None), ("1", True)]
)
def test_flags(value: object, expected: bool | None) -> None:  # noqa: FBT001 - the expected value of a flag
    assert flag({"n": value}, KEY) is expected


@pytest.mark.parametrize(("value", "expected"), [("0.5", 0.5), (2, 2.0), ("NaN", None), (True, None), ("x", None)])
def test_numbers(value: object, expected: float | None) -> None:
    assert number(value) == expected
    assert number(10**400) is None


@pytest.mark.parametrize(
    ("attributes", "expected"),
    [
        ({"gen_ai.operation.name": "chat"}, True),
        ({"gen_ai.operation.name": "embeddings"}, True),
        ({"gen_ai.operation.name": "invoke_agent", "gen_ai.usage.input_tokens": 5}, False),
        ({"gen_ai.operation.name": "fetch_response", "gen_ai.request.model": "m"}, False),
        ({"gen_ai.usage.prompt_tokens": 5}, True),
        ({"gen_ai.request.model": "m"}, True),
        ({"gen_ai.system": "openai"}, False),
        ({"http.route": "/"}, False),
    ],
)
def test_model_calls(attributes: dict[str, Any], expected: bool) -> None:  # noqa: FBT001 - the same
    assert is_model_call(attributes) is expected


def test_no_attribute_with_content_is_wanted() -> None:
    content = ("messages", "prompt", "completion", "content", "instructions", "arguments", "result", "definitions")
    assert not [name for name in names.WANTED if any(word in name for word in content) and "_tokens" not in name]
