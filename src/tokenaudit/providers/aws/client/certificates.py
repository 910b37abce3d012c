"""TLS contexts that threads may share from their very first connections on.

The SDK has all connections of a client share one context, and loads the certificates of authorities into it again for
each of them. OpenSSL does not lock the list in which it notes where certificates come from (`X509_STORE_add_lookup`):
two first connections at once can spoil it, and the process ends with a segmentation fault when the context is freed.
"""

from __future__ import annotations

import ssl
from threading import Lock
from typing import TYPE_CHECKING, Any, cast

from botocore import httpsession
from botocore.httpsession import create_urllib3_context

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from _typeshed import ReadableBuffer, StrOrBytesPath


class SharedContext(ssl.SSLContext):
    """A context to which each thing is told once, by one thread at a time; telling it again changes nothing."""

    def __init__(self, *_: Any) -> None:
        """For a context that is made; it takes no arguments of its own."""
        self._told: set[tuple[Any, ...]] = set()
        self._telling = Lock()

    def load_verify_locations(
        self,
        cafile: StrOrBytesPath | None = None,
        capath: StrOrBytesPath | None = None,
        cadata: str | ReadableBuffer | None = None,
    ) -> None:
        """As its base does, unless these were loaded before."""
        self._tell_once(super().load_verify_locations, cafile, capath, cadata)

    def set_alpn_protocols(self, alpn_protocols: Iterable[str]) -> None:
        """As its base does, unless they were set before."""
        self._tell_once(super().set_alpn_protocols, tuple(alpn_protocols))

    def _tell_once(self, tell: Callable[..., None], *what: Any) -> None:
        key = (tell.__name__, *what)
        with self._telling:
            if key not in self._told:
                tell(*what)
                self._told.add(key)


def shared_context(*arguments: Any, **named: Any) -> SharedContext:
    """A context as the SDK makes it, to be shared."""
    context = create_urllib3_context(*arguments, **named)
    context.__class__ = SharedContext
    shared = cast("SharedContext", context)
    SharedContext.__init__(shared)
    return shared


def share_contexts() -> None:
    """From here on every context of the SDK's clients is one to be shared. It has no setting for it."""
    httpsession.create_urllib3_context = shared_context
