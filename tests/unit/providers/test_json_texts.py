"""JSON documents one after another, and the names at the top of the first."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tokenaudit.model.reject import Reject
from tokenaudit.providers.json_texts import NOT_JSON, json_head, texts, top_names

objects = st.dictionaries(st.text(max_size=5), st.integers() | st.text(max_size=5), max_size=3)


@given(st.lists(objects, max_size=4), st.sampled_from(("lines", "list", "pretty", "pretty list")))
def test_every_layout_gives_the_same_documents(documents: list[dict[str, object]], layout: str) -> None:
    indent = 1 if layout.startswith("pretty") else None
    if layout.endswith("list"):
        content = json.dumps(documents, indent=indent)
    else:
        content = "\n".join(json.dumps(each, indent=indent) for each in documents)
    assert [found[1] for found in texts("u", content) if not isinstance(found, Reject)] == documents


def test_a_broken_text_costs_only_itself() -> None:
    found = list(texts("u", '{"a": 1}\n{"torn": \n{"b": 2}'))
    assert found == [(1, {"a": 1}), Reject("u", 2, NOT_JSON), (3, {"b": 2})]


@pytest.mark.parametrize(
    ("content", "names"),
    [
        ('{"a": {"b": 1}, "c": [{"d": 2}]}', {"a", "c"}),
        ('[{"a": 1}, {"z": 2}]', {"a"}),
        ('{"a": "\\"x\\": 1", "c', {"a"}),
        ('{"a": {"b": [1, ', {"a"}),
        ("", set()),
    ],
)
def test_the_names_at_the_top(content: str, names: set[str]) -> None:
    assert top_names(content) == names


def test_what_does_not_begin_like_json_has_no_head() -> None:
    assert json_head(b"\xef\xbb\xbf \n[{}]") == "[{}]"
    assert json_head(b"a,b\n{}") == ""
