"""The words in the names of Azure's meters, and how a name is cut into them.

`gpt 4o mini0718 BatchOutp DataZone Tokens`, `5.4 mini pp cd Inp Dz 1M Tokens` and `o4 mini ft hosting Dz Unit` follow
no grammar: order, case and what joins the words are free, but the words are few. What stands in none of these tables is
the name of a model (`azure_models`). Observed in the 1,562 meters of the retail price list of 2026-08-11.
"""

from __future__ import annotations

import re

from tokenaudit.model.meters import TOKEN

INPUT = {"in", "inp", "inpt", "input"}
OUTPUT = {"out", "outp", "outpt", "output", "opt"}
CACHE = {"cache", "cached", "cchd", "cched", "ccchd", "cach", "cd", "ch"}
WRITE = {"wr", "write"}

SCOPE = {
    **dict.fromkeys(("glbl", "global", "gl", "glb"), "global"),
    **dict.fromkeys(("datazone", "dzone", "dz", "dzn"), "data_zone"),
    **dict.fromkeys(("regnl", "rgnl", "regional", "regn", "rgn", "rg"), "regional"),
}
UNSCOPED = "regional"
"""Meters older than the global deployments name no scope."""

TIER = {"batch": "batch", "pp": "priority", "std": "standard"}
"""`pp` is priority processing. Provisioned capacity is always written out."""

BAND = {"shortco": 0, "longco": 272_000}
GROK_BAND = {"l": 200_000}
"""The prompt size above which a meter of long context applies: where the vendor's price list draws the line."""

AUDIO = {"aud", "audio", "audio-model"}
NO_AUDIO = {"txt", "text", "img", "image"}
"""The last one of these in a name says what its tokens carry: `gpt-4o-aud-1217-txt Inp` are text tokens."""

FINE_TUNED = {"ft", "rft", "grader"}
"""A fine-tuned model, and the graders that score one while it is trained."""

TRAINING = {"training", "trng"}
HOSTING = {"hosting", "hstng"}
PROVISIONED = {"provisioned", "ptu", "ptus"}
CONSUMPTION_UNIT = {"consumption-unit", "ccu", "ccus"}

MILLION = "1m"
FILLING = {"1m", "1k", "az", "ep", "tkn", "dev", "unit", "units"}
"""Words that say nothing about what is sold, or what another word says better."""

SOLD = {
    **dict.fromkeys(("tokens", "token"), TOKEN),
    "images": "image",
    **dict.fromkeys(("second", "video"), "second"),
    "pages": "page",
    "characters": "character",
    "session": "session",
    "calls": "call",
    "gb": "storage",
    "search": "search_unit",
}
"""The last word of a name -> what is sold."""

# In this order. A hyphen marks one word made of several.
_SPELLINGS = (
    (r"(?<=[a-z]{3})(?=[01]\d[0-3]\d\b)", " "),  # aud1217, mini0718
    (r"\b(gpt|grok|llama|turbo|trb)(?=\d)", r"\1 "),  # gpt4o, turbo16k
    (r"\b4omini\b", "4o mini"),
    (r"\bftregnl\b", "ft regnl"),
    (r"\bdata zone\b", "datazone"),
    (r"\b(short|long) co\b", r"\1co"),
    (r"\bfine tuned\b", "ft"),
    (r"\bgrdr\b", "grader"),
    (r"\bconsumption units?\b", "consumption-unit"),
    (r"\bmn\b", "mini"),
    (r"\b(rt|rtime)\b", "realtime"),
    (r"\bprvw\b", "preview"),
    (r"\b(tcrb|trscb)\b", "transcribe"),
    (r"\btranscribe d\b", "transcribe diarize"),
    (r"\bgpt 35\b", "gpt 3.5"),
    # What the model is called, not what its tokens carry.
    (r"\btext embedding\b", "text-embedding"),
    (r"\b(gpt(?: 4o(?: mini)?)?) aud\b", r"\1 audio-model"),
    (r"\bgpt (?:image|img)\b", "gpt image-model"),
    (r"^image (?=\d)", "image-model "),
)
_SPELLED = tuple((re.compile(pattern), spelling) for pattern, spelling in _SPELLINGS)
_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])")
_BETWEEN = re.compile(r"[\s\-_/]+")


def split(meter: str) -> list[str]:
    """The words of a meter's name in lower case, each in the spelling of the tables."""
    text = " ".join(_BETWEEN.split(_CAMEL.sub(" ", meter).lower())).strip()
    for pattern, spelling in _SPELLED:
        text = pattern.sub(spelling, text)
    return text.split()
