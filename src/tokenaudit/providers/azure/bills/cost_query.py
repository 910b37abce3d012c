"""The source `azure.cost_query`: saved answers of the Cost Management Query API."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from tokenaudit.model.reject import Reject
from tokenaudit.providers.azure.bills.charge import Identities, Setting
from tokenaudit.providers.azure.bills.charging import charges, meter_of, normalised, note
from tokenaudit.providers.azure.bills.dates import LENGTH, day, order_of
from tokenaudit.providers.azure.bills.pages import Page, looks_like_pages, pages
from tokenaudit.providers.azure.bills.scale import Scales
from tokenaudit.providers.azure.bills.selection import is_ours

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from tokenaudit.model.ports import Blob, Normalised, Sample
    from tokenaudit.providers.azure.bills.columns import Line
    from tokenaudit.providers.rows import Row


class CostQuery:
    """Answers as JSON, recognised by an answer's columns and rows."""

    name = "azure.cost_query"
    version = 1

    def recognise(self, sample: Sample) -> bool:
        """Whether the object begins with an answer whose columns hold a cost."""
        return looks_like_pages(sample.head, whole=sample.whole)

    def normalise(self, blobs: Iterable[Blob]) -> Iterator[Normalised]:
        """Charges. An answer without rows gives none; rows that are not about language models count as foreign."""
        for blob in blobs:
            foreign, items = _read(blob, self.name)
            yield from normalised(blob.uri, items, foreign)


def _read(blob: Blob, source: str) -> tuple[int, Iterator[Row | Reject]]:
    """An object's foreign rows, counted, and the rest. Answers are small: thousands of rows a page."""
    refused: list[Reject] = []
    answers: list[tuple[Page, list[Line]]] = []
    days: set[str] = set()
    foreign = 0
    for page in pages(b"".join(blob.slices)):
        if not isinstance(page, Page):
            refused.append(Reject(blob.uri, page[0], str(page[1])))
            continue
        ours = []
        for line in page.lines():
            if isinstance(line, Reject):
                refused.append(replace(line, uri=blob.uri))
                continue
            days.add((line.get("date") or line.get("month") or "")[:LENGTH])
            if is_ours(line, meter_of(line)):
                ours.append(line)
            else:
                foreign += 1
        answers.append((page, ours))
    return foreign, _charges(answers, refused, days, blob.uri, source)


def _charges(
    answers: list[tuple[Page, list[Line]]], refused: list[Reject], days: set[str], uri: str, source: str
) -> Iterator[Row | Reject]:
    yield from refused
    order = order_of(days, (), ())
    named = [found for found in (day(text, order) for text in days) if found is not None]
    setting = Setting(source, uri, order, spreads=False, last_day=max(named, default=None), tells_invoices=False)
    scales, identities = Scales(), Identities(uri)
    for _, lines in answers:
        note(lines, scales, from_query=True)
    for page, lines in answers:
        page_setting = replace(setting, spreads=page.spreads)
        yield from charges(lines, page_setting, scales, identities, from_query=True)
