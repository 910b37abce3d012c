"""Writes the benchmark's log sets: `python tests/bench/make_sets.py full --mb 1000`. See README.md beside this file.

Each set is a folder: `logs/`, an S3 tree of .json.gz objects, and `truth.json`, what a reader has to find in it.
The same seed and size give the same records everywhere.
"""

from __future__ import annotations

import argparse
import json
import shutil
import time
import zlib
from collections import defaultdict
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from random import Random

from records import ACCOUNT, REGION, START, Maker, Truth
from traps import WEEK_SECONDS, write_traps

DEFAULT_OUT = Path(__file__).resolve().parents[2] / ".bench"
SEED = 7
GZIP_LEVEL = 6
DUPLICATE_SHARE = 0.004


@dataclass(frozen=True)
class LogSet:
    """A set of ordinary logs: how long an object is, inflated, and whether bodies are logged."""

    mb: int
    object_bytes: int
    bodies: bool


SETS = {
    "full": LogSet(mb=1000, object_bytes=15_600_000, bodies=True),
    "tiny": LogSet(mb=1000, object_bytes=29_000_000, bodies=False),
    "small": LogSet(mb=540, object_bytes=180_000, bodies=True),
}
TRAP_MB = 70


class Tree:
    """The S3 tree of one set. Objects are named by time, as S3 names them."""

    def __init__(self, root: Path, seed: int) -> None:
        self._base = root / "logs" / "AWSLogs" / ACCOUNT / "BedrockModelInvocationLogs" / REGION
        self._names = Random(f"{seed}:names")  # noqa: S311 - names of made-up objects
        self.objects = 0
        self.raw_bytes = 0
        self.gz_bytes = 0

    def write(self, second: float, content: bytes, members: tuple[bytes, ...] = ()) -> None:
        """One object, delivered so many seconds after `START`; further gzip members follow the first."""
        at = START + timedelta(seconds=second)
        folder = self._base / at.strftime("%Y/%m/%d/%H")
        folder.mkdir(parents=True, exist_ok=True)
        data = b"".join(gzipped(part) for part in (content, *members))
        stamp = f"{at:%Y%m%dT%H%M%S}{at.microsecond // 1000:03d}Z_{self._names.getrandbits(64):016x}"
        (folder / f"{stamp}.json.gz").write_bytes(data)
        self.objects += 1
        self.raw_bytes += len(content) + sum(map(len, members))
        self.gz_bytes += len(data)


def gzipped(content: bytes) -> bytes:
    """One gzip member at the level that S3 delivery uses."""
    packer = zlib.compressobj(GZIP_LEVEL, zlib.DEFLATED, 31)
    return packer.compress(content) + packer.flush()


def write_logs(tree: Tree, log_set: LogSet, mb: float, seed: int) -> Truth:
    """A week of records in order of time, cut into objects of about the same length."""
    truth = Truth()
    maker = Maker(seed, bodies=log_set.bodies)
    luck = Random(f"{seed}:duplicates")  # noqa: S311 - made-up traffic
    objects = max(round(mb * 1_000_000 / log_set.object_bytes), 3)
    goal = mb * 1_000_000 / objects
    seconds = WEEK_SECONDS / objects
    due: dict[int, list[bytes]] = defaultdict(list)
    for number in range(objects):
        lines: list[bytes] = []
        size = 0
        while size < goal:
            line = maker.line((number + min(size / goal, 0.999)) * seconds)
            truth.add(line.figures)
            lines.append(line.data)
            size += len(line.data) + 1
            if luck.random() < DUPLICATE_SHARE:
                due[number + _redelivered_after(luck)].append(line.data)
        again = due.pop(number, [])
        for _ in again:
            truth.repeat()
        tree.write((number + 1) * seconds + 60, b"\n".join([*lines, *again, b""]))
    return truth


def _redelivered_after(luck: Random) -> int:
    """How many objects later a record comes again: mostly in the same or the next one."""
    draw = luck.random()
    return 0 if draw < 0.5 else 1 if draw < 0.9 else 2


def make(name: str, mb: float, root: Path, seed: int) -> dict[str, object]:
    """Writes one set into `root`, which is emptied first, and returns its truth."""
    if root.exists():
        shutil.rmtree(root)
    tree = Tree(root, seed)
    truth = write_traps(tree.write, mb, seed) if name == "trap" else write_logs(tree, SETS[name], mb, seed)
    told = {
        "set": name,
        "seed": seed,
        "objects": tree.objects,
        "raw_bytes": tree.raw_bytes,
        "gz_bytes": tree.gz_bytes,
        **truth.as_json(),
    }
    (root / "truth.json").write_text(json.dumps(told, indent=2) + "\n", encoding="utf-8")
    return told


def main() -> None:
    """Writes the sets that the command line names."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("sets", nargs="*", choices=[*SETS, "trap", "all"], default=["all"], metavar="SET")
    parser.add_argument("--mb", type=float, help="inflated size of each set (default: 1000, small 540, trap 70)")
    parser.add_argument("--out", type=Path, default=DEFAULT_OUT)
    parser.add_argument("--seed", type=int, default=SEED)
    options = parser.parse_args()
    names = [*SETS, "trap"] if "all" in options.sets else options.sets
    for name in names:
        mb = options.mb or (TRAP_MB if name == "trap" else SETS[name].mb)
        begin = time.perf_counter()
        truth = make(name, mb, options.out / name, options.seed)
        print(
            f"{name}: {truth['objects']} objects, {truth['records']} records, {truth['raw_bytes']:,} bytes inflated,"
            f" {truth['gz_bytes']:,} compressed, {time.perf_counter() - begin:.1f} s"
        )


if __name__ == "__main__":
    main()
