"""Text from logs made harmless: a model name or a tag is whatever a caller wrote, escape sequences included."""

from __future__ import annotations

import unicodedata

# Control, format (bidi overrides, zero width), surrogate, private, unassigned; line and paragraph separators.
_INVISIBLE = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
_LONGEST = 1_024
_END = 256
_SHORT = {"\n": "\\n", "\r": "\\r", "\t": "\\t"}


def visible(text: str, *, ascii_only: bool = False, keep: str = "") -> str:
    r"""The text on one line, what acts instead of showing spelled out: ESC as `\x1b`, a bidi override as `\u202e`.

    `keep` names characters that stay as they are.
    """
    if text.isascii() and text.isprintable():
        return text
    return "".join(
        char if char in keep or not _acts(char, ascii_only=ascii_only) else _SHORT.get(char) or _spelled(char)
        for char in text
    )


def brief(text: str) -> str:
    """The beginning of a text that nobody would read to its end, and how long it is.

    What clouds call a thing has at most about a thousand characters; what callers write in a tag has no end.
    """
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}... ({len(text):,} characters)"


def in_brief(sentence: str) -> str:
    """A sentence that such a text makes endless, without its middle: at its end stands what it says of that text."""
    if len(sentence) <= 2 * _LONGEST:
        return sentence
    return f"{brief(sentence)} ...{sentence[-_END:]}"


def _acts(char: str, *, ascii_only: bool) -> bool:
    return unicodedata.category(char) in _INVISIBLE or (ascii_only and not char.isascii())


def _spelled(char: str) -> str:
    code = ord(char)
    if code < 0x100:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
