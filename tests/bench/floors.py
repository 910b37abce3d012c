"""The floors: what it costs merely to inflate every object and to find its newlines.

`python floors.py isal FOLDER` is the 1.0 of every table; `deflate` (libdeflate) shows how far below it one could come.
One member per object is assumed, as S3 delivers them.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable


def _isal() -> Callable[[bytes], bytes | bytearray]:
    from isal import isal_zlib  # noqa: PLC0415 - each floor pays for its own import alone

    return lambda data: isal_zlib.decompress(data, 31)


def _deflate() -> Callable[[bytes], bytes | bytearray]:
    import deflate  # noqa: PLC0415 - the same

    return lambda data: deflate.gzip_decompress(data, int.from_bytes(data[-4:], "little"))


FLOORS = {"isal": _isal, "deflate": _deflate}


def main() -> None:
    """Prints the number of lines."""
    name, folder = sys.argv[1:3]
    inflate = FLOORS[name]()
    print(sum(inflate(path.read_bytes()).count(b"\n") for path in sorted(Path(folder).rglob("*.json.gz"))))


if __name__ == "__main__":
    main()
