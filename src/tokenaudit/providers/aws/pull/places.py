"""Where what is fetched lies below a mirror's root, and how it is addressed."""

from __future__ import annotations

import hashlib
import re
from urllib.parse import quote

_ORDINARY = re.compile(r"[A-Za-z0-9_=+,@~!() -][A-Za-z0-9_.=+,@~!() -]*")
_LONGEST = 200


def mirror_path(*parts: str) -> str:
    """A path of these parts, each a single name: whatever they hold, it leads nowhere else.

    Ordinary names stay as they are, so that a manifest finds its files by the end of their paths. A hidden name is
    written as an ordinary one, and one that is too long for a disk is cut and told apart by its hash.
    """
    return "/".join(("aws", *(_name(part) for part in parts)))


def s3_uri(bucket: str, key: str) -> str:
    """The address of an object, as AWS writes it."""
    return f"s3://{bucket}/{key}"


def s3_path(bucket: str, key: str) -> str:
    """Where the object lies in the mirror."""
    return mirror_path("s3", bucket, *key.split("/"))


def folder(*parts: str) -> str:
    """A prefix of keys, with a slash at its end; parts that are empty are left out."""
    return "".join(f"{part}/" for part in parts if part)


def _name(part: str) -> str:
    name = part if _ORDINARY.fullmatch(part) else quote(part, safe="=+,@~!() -").replace(".", "%2E", part[:1] == ".")
    if len(name) <= _LONGEST:
        return name or "%"
    return f"{name[:100]}%{hashlib.sha256(part.encode()).hexdigest()[:32]}"
