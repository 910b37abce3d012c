"""`aws.cost_explorer`: saved answers of GetCostAndUsage, one page or several, as they came.

See README.md beside this file for what each key and metric becomes, and which groups are about Bedrock.
"""

from __future__ import annotations

import json
import re
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from tokenaudit import schema
from tokenaudit.model.ports import Normalised
from tokenaudit.model.reject import Reject
from tokenaudit.providers.aws.charge_ids import ChargeIds
from tokenaudit.providers.aws.cost_explorer_rows import NAME, OTHER, OURS, TAX, Group, groups_of, row_of, whose
from tokenaudit.schema import RowBuffer

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from tokenaudit.model.ports import Blob, Sample

_MARK = b'"ResultsByTime"'
_HEADERS = re.compile(rb'"HTTPHeaders"\s*:\s*\{[^{}]*\}')
_KEY = re.compile(rb'"((?:[^"\\]|\\.)*)"\s*:')
# What may stand before the results: a document that says anything else first is another, and only quotes an answer.
_BEFORE = frozenset(
    b"results GroupDefinitions Type Key NextPageToken DimensionValueAttributes Value Attributes description "
    b"ResponseMetadata RequestId HTTPStatusCode RetryAttempts Filter And Or Not Dimensions Values MatchOptions".split()
)
_FIRST = _BEFORE | {b"ResultsByTime", b"HTTPHeaders"}
_NO_JSON = "no JSON"
_NO_ANSWER = "no answer of GetCostAndUsage: ResultsByTime is missing"


class CostExplorer:
    """The source. A row is what one group cost in one period; groups that are not Bedrock's are counted and dropped."""

    name = NAME
    version = 2

    def recognise(self, sample: Sample) -> bool:
        """By the results, and by nothing unknown standing before them."""
        first = _KEY.search(sample.head)
        if not first or first[1] not in _FIRST:
            return False  # most objects are none: to look for the mark in a quarter of a megabyte takes far longer
        before, mark, _ = sample.head.partition(_MARK)
        if not mark or before.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] not in (b"{", b"["):
            return False
        return _BEFORE.issuperset(_KEY.findall(_HEADERS.sub(b"", before)))

    def normalise(self, blobs: Iterable[Blob]) -> Iterator[Normalised]:
        """Rows of `charges`, object by object."""
        for blob in blobs:
            groups, rejects = _groups(blob)
            wide = any(whose(group) == OTHER for group in groups)
            ours = [group for group in groups if whose(group) == OURS or (whose(group) == TAX and not wide)]
            ids = ChargeIds(blob.export or blob.uri).of([group.identity for group in ours]).to_pylist()
            buffer = RowBuffer(schema.charges())
            for group, charge_id in zip(ours, ids, strict=True):
                try:
                    buffer.add(row_of(group, blob.uri, charge_id))
                except ValueError as error:
                    rejects.append(Reject(blob.uri, group.line, str(error)))
            records = {blob.uri: len(buffer) + len(rejects)}
            foreign = {blob.uri: len(groups) - len(ours)}
            yield Normalised(buffer.take(), tuple(rejects), records, "charges", foreign)


def _groups(blob: Blob) -> tuple[list[Group], list[Reject]]:
    content = b"".join(blob.slices).removeprefix(b"\xef\xbb\xbf")
    try:
        documents = [(0, json.loads(content, parse_float=Decimal))]
    except (ValueError, RecursionError):
        documents = []
    groups: list[Group] = []
    rejects: list[Reject] = []
    for line, text in enumerate(() if documents else content.splitlines(), 1):
        if text.strip():
            try:
                documents.append((line, json.loads(text, parse_float=Decimal)))
            except (ValueError, RecursionError):
                rejects.append(Reject(blob.uri, line, _NO_JSON))
    for line, document in documents:
        for page in _pages(document):
            results = page.get("ResultsByTime") if isinstance(page, dict) else None
            if not isinstance(results, list):
                rejects.append(Reject(blob.uri, line, _NO_ANSWER))
                continue
            for result in results:
                try:
                    groups += groups_of(result, page.get("GroupDefinitions"), line, page.get("Filter"))
                except ValueError as error:
                    rejects.append(Reject(blob.uri, line, str(error)))
    return groups, rejects


def _pages(document: Any) -> list[Any]:
    if isinstance(document, dict) and isinstance(document.get("results"), list):
        return list(document["results"])
    return document if isinstance(document, list) else [document]
