"""Texts that mean harm, or come to it, in one format or another."""

from __future__ import annotations

HOSTILE = (
    "=HYPERLINK(1)",
    "+49",
    "-1+1",
    "@SUM(A1)",
    "\tTAB",
    "\rCR",
    "=cmd|' /C calc'!A0",
    "\x1b[31mred\x1b[0m\x07",
    "\x9b2J",
    "right\u202eto left\u2066",
    "zero\u200bwidth\ufeff",
    "null\x00byte",
    "]]> <![CDATA[",
    "<script>alert(1)</script>",
    "</script><img src=x onerror=alert(1)>",
    "<r><t>rich</t></r>",
    "<r></c></row></sheetData>evil</r>",
    "_x0041_",
    "two\r\nlines\u2028three",
    'say "hi", now\\',
    "a;b\tc,d",
    "{{7*7}}",
    "http://evil.example/",
    "\U0001f600 \u65e5\u672c\u8a9e",
    "del\x7f",
    "'",
    "x" * 40_000,
)
ACTS = {*map(chr, range(32)), *map(chr, range(0x7F, 0xA0)), *"\u200b\u2028\u202e\u2066\ufeff"} - {"\n"}
