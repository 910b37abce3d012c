"""The two sources. A file may mix categories (an Event Hub capture does): each record goes to its kind's function."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tokenaudit.model.reject import Reject
from tokenaudit.providers.azure.decoding import RecordError
from tokenaudit.providers.azure.envelope import records
from tokenaudit.providers.azure.gateway_logs import gateway_part, llm_part
from tokenaudit.providers.azure.parts import GATEWAY_LOGS, REQUEST_LOGS
from tokenaudit.providers.azure.recognise import kind_of_head
from tokenaudit.providers.azure.record import Kind, flatten, is_labelled, kind_of
from tokenaudit.providers.azure.request_logs import is_of_another_service, request_part, usage_part
from tokenaudit.providers.rows import Foreign, normalise_rows

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from typing import Any

    from tokenaudit.model.ports import Blob, Normalised, Sample
    from tokenaudit.providers.azure.parts import Row
    from tokenaudit.providers.azure.record import Record

_PART_OF: dict[Kind, Callable[[Record, str], Row | None]] = {
    "llm": llm_part,
    "gateway": gateway_part,
    "request": request_part,
    "usage": usage_part,
}


@dataclass(eq=False)
class AzureLogs:
    """A kind of Azure log, recognised by the first record of a known kind; so no object is of both."""

    name: str
    kinds: frozenset[Kind]
    version: int = 2

    def recognise(self, sample: Sample) -> bool:
        """Whether the first record that we know is of this source."""
        return kind_of_head(sample) in self.kinds

    def normalise(self, blobs: Iterable[Blob]) -> Iterator[Normalised]:
        """Parts of calls; requests of other AI services are foreign.

        Records of other categories (Audit, Trace) are passed over and not counted.
        """
        return normalise_rows(blobs, _rows, "parts")


SOURCES = (
    AzureLogs(GATEWAY_LOGS, frozenset[Kind](("llm", "gateway"))),
    AzureLogs(REQUEST_LOGS, frozenset[Kind](("request", "usage"))),
)


def _rows(blob: Blob) -> Iterator[Row | Reject | Foreign]:
    for line, item in records(blob.slices):
        try:
            row = _row(item, blob.uri)
        except RecordError as reason:
            yield Reject(blob.uri, line, str(reason))
        except RecursionError:
            yield Reject(blob.uri, line, "nested too deeply")
        else:
            if row is not None:
                yield row


def _row(item: dict[str, Any] | RecordError, uri: str) -> Row | Foreign | None:
    """The part that a record is; None when it is no log of calls. Raises RecordError."""
    if isinstance(item, RecordError):
        raise item
    record = flatten(item)
    kind = kind_of(record)
    if kind == "request" and is_of_another_service(record):
        return Foreign()
    if kind is not None:
        return _PART_OF[kind](record, uri)
    if is_labelled(record):
        return None
    raise RecordError("neither a category nor the fields of a log that is known")
