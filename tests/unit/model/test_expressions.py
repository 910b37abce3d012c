"""Filters, sides and pairs as people write them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tokenaudit.errors import UsageError
from tokenaudit.model.expressions import DEFAULT_SIDES, base_filter, group_keys, pairs, side
from tokenaudit.model.question import Condition, Filter, Side, Window

if TYPE_CHECKING:
    from collections.abc import Sequence

NOW = datetime(2026, 11, 24, 15, 30, tzinfo=UTC)
OCTOBER = Window(datetime(2026, 10, 1, tzinfo=UTC), datetime(2026, 11, 1, tzinfo=UTC))


def test_the_sides_that_are_meant_when_none_is_named() -> None:
    assert [side(text, NOW).label for text in DEFAULT_SIDES] == ["bedrock", "azure"]


@pytest.mark.parametrize(
    ("text", "conditions", "window"),
    [
        ("provider=bedrock", [("provider", ["bedrock"])], Window()),
        ("provider=bedrock,model=anthropic/*", [("provider", ["bedrock"]), ("model", ["anthropic/*"])], Window()),
        (" provider = bedrock , model = a/b ", [("provider", ["bedrock"]), ("model", ["a/b"])], Window()),
        ("model=a/b|c/d", [("model", ["a/b", "c/d"])], Window()),
        ("model=a/b | c/d", [("model", ["a/b", "c/d"])], Window()),
        ("tag:team=search", [("tag:team", ["search"])], Window()),
        ("tag:query=a=b", [("tag:query", ["a=b"])], Window()),
        ("2026-10", [], OCTOBER),
        ("provider=azure,2026-10", [("provider", ["azure"])], OCTOBER),
        ("2026-10-01..2026-11-01,provider=azure", [("provider", ["azure"])], OCTOBER),
        ("provider=azure,,", [("provider", ["azure"])], Window()),
    ],
)
def test_sides(text: str, conditions: list[tuple[str, list[str]]], window: Window) -> None:
    expected = tuple(Condition(key, tuple(patterns)) for key, patterns in conditions)
    assert side(text, NOW).filter == Filter(expected, window)


@pytest.mark.parametrize(
    ("text", "label"),
    [
        ("provider=azure", "azure"),
        ("provider=azure-openai", "azure-openai"),
        ("provider=azure|bedrock", "provider=azure|bedrock"),
        ("provider=azure,2026-10", "provider=azure,2026-10"),
        ("provider=azure,model=a/b", "provider=azure,model=a/b"),
        ("model=a/b", "model=a/b"),
        ("2026-10", "2026-10"),
    ],
)
def test_a_side_is_called_what_was_written(text: str, label: str) -> None:
    assert side(text, NOW).label == label


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "a side says nothing"),
        (" , ", "a side says nothing"),
        ("bedrock", "'bedrock' is no condition and no window"),
        ("provider=", "'provider=' is no condition and no window"),
        ("=bedrock", "'=bedrock' is no condition and no window"),
        ("provider=bedrock,anthropic/*", "'anthropic/*' is no condition and no window"),
        ("2026-10,2026-11", "'2026-11' is no condition and no window"),
        ("2026-10x", "'2026-10x' is no time that is understood here"),
        ("2026-13", "'2026-13' is no time that is understood here"),
        ("2026-11..2026-10", "nothing lies between 2026-11 and 2026-10"),
    ],
)
def test_sides_that_are_none(text: str, message: str) -> None:
    with pytest.raises(UsageError) as caught:
        side(text, NOW)
    assert str(caught.value) == message
    assert caught.value.hint
    if "side" in message or "condition" in message:
        assert "provider=bedrock,model=anthropic/*,2026-10" in caught.value.hint


def test_what_both_sides_share() -> None:
    choices: dict[str, Sequence[str]] = {"provider": ("bedrock", "azure"), "model": (), "account": ("111122223333",)}
    found = base_filter(OCTOBER, choices, ["team=search", "path=a=b", "empty="])
    assert found.window == OCTOBER
    assert found.conditions == (
        Condition("provider", ("bedrock", "azure")),
        Condition("account", ("111122223333",)),
        Condition("tag:team", ("search",)),
        Condition("tag:path", ("a=b",)),
        Condition("tag:empty", ("",)),
    )
    assert base_filter(Window(), {}, []) == Filter()


@pytest.mark.parametrize("tag", ["team", "=search", ""])
def test_a_tag_needs_a_name_and_a_value(tag: str) -> None:
    with pytest.raises(UsageError, match="is no tag") as caught:
        base_filter(Window(), {}, [tag])
    assert "--tag NAME=VALUE" in caught.value.hint


def test_pairs() -> None:
    assert pairs([]) == []
    assert pairs(["a=b", "c = d,e/f=g/h"]) == [("a", "b"), ("c", "d"), ("e/f", "g/h")]


@pytest.mark.parametrize("text", ["", "a", "a=", "=b", "a=b,", "a=b,c"])
def test_pairs_that_are_none(text: str) -> None:
    with pytest.raises(UsageError, match="pairs no models") as caught:
        pairs([text])
    assert "--match claude-sonnet-4-5=gpt-4.1" in caught.value.hint


@pytest.mark.parametrize(
    ("texts", "keys"),
    [
        ([], ("model",)),
        (["", " , "], ("model",)),
        (["day"], ("day",)),
        (["model,day", " tag:team ", "day"], ("model", "day", "tag:team")),
    ],
)
def test_group_keys(texts: list[str], keys: tuple[str, ...]) -> None:
    assert group_keys(texts, ("model",)) == keys


@given(st.text() | st.text(alphabet="=,|.:-0123456789amodel", max_size=20))
def test_anything_is_a_side_or_a_usage_error(text: str) -> None:
    hint = "none needed"
    try:
        assert isinstance(side(text, NOW), Side)
    except UsageError as error:
        hint = error.hint
    assert hint
