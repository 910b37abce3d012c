from __future__ import annotations

import pytest

from tokenaudit.providers.focus.tags import read_tags


@pytest.mark.parametrize(
    ("text", "tags", "whole"),
    [
        ("", {}, True),
        ("{}", {}, True),
        ('{"team": "search"}', {"team": "search"}, True),
        ('"team":"search","env":"a,b"', {"team": "search", "env": "a,b"}, True),
        ('"team":"search",', {"team": "search"}, True),
        ('{"user:team": "search", "aws:createdBy": "x"}', {"team": "search", "aws:createdBy": "x"}, False),
        ('{"user_team": "search"}', {"team": "search"}, False),
        ('{"resourceTags/user:team": "search"}', {"team": "search"}, False),
        ('{"iamPrincipal/team": "search"}', {"team": "search"}, False),
        ('{"user:": "search"}', {"user:": "search"}, True),
        ('{"user:team": "a", "team": "b"}', {"team": "a"}, False),
        ('{"public": true, "none": null, "n": 4}', {"public": "true", "none": "", "n": "4"}, False),
        ('[["team", "search"]]', {"team": "search"}, True),
        ('[{"key": "team", "value": "search"}]', {"team": "search"}, True),
        ("[1]", {}, False),
        ("team=search", {}, False),
        ("[" * 5000, {}, False),
    ],
)
def test_tags_in_every_form(text: str, tags: dict[str, str], whole: object) -> None:
    assert read_tags(text) == (tags, whole)
