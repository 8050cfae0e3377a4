"""What a cache stumbles over: the shapes of text that change from call to call, by name.

The kinds and their order are those of the method: looking for the reason of a difference, the first that explains all
of it is the answer.
"""

import re
from typing import Final, Literal

Volatile = Literal["iso_timestamp", "uuid", "date", "epoch", "clock", "hex_id", "number"]

_MONTH = r"(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)[a-z]{0,6}\.?"
_DAY = r"(?:(?:Mon|Tues?|Wed(?:nes)?|Thu(?:rs)?|Fri|Sat(?:ur)?|Sun)(?:day)?,? )?"

MASKS: Final[tuple[tuple[Volatile, re.Pattern[str]], ...]] = (
    (
        "iso_timestamp",
        re.compile(
            r"(?<!\d)\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d(?:[.,]\d{1,9})?)?(?: ?Z| ?UTC|[+-]\d\d:?\d\d)?(?![\w])",
            re.ASCII,
        ),
    ),
    (
        "uuid",
        re.compile(r"(?<![0-9A-Za-z])[0-9A-Fa-f]{8}-(?:[0-9A-Fa-f]{4}-){3}[0-9A-Fa-f]{12}(?![0-9A-Za-z])"),
    ),
    (
        "date",
        re.compile(
            rf"(?<!\d)\d{{4}}([-/.])\d\d?\1\d\d?(?!\d)|(?<!\d)\d\d?([-/.])\d\d?\2\d{{4}}(?!\d)"
            rf"|\b{_DAY}(?:{_MONTH} \d\d?(?:st|nd|rd|th)?|\d\d?(?:st|nd|rd|th)? {_MONTH}),? \d{{4}}(?!\d)",
            re.ASCII,
        ),
    ),
    ("epoch", re.compile(r"(?<!\d)1[5-9]\d{8}(?:\d{3})?(?!\d)", re.ASCII)),
    ("clock", re.compile(r"(?<!\d)\d\d?:\d\d(?::\d\d(?:\.\d{1,9})?)?(?: ?[AaPp][Mm]\b)?(?!\d)", re.ASCII)),
    (
        "hex_id",
        re.compile(r"(?<![0-9A-Za-z])(?:req|run|trace|id)_[0-9A-Za-z_-]{8,}|(?<![0-9A-Za-z])[0-9A-Fa-f]{16,}(?!\w)"),
    ),
    ("number", re.compile(r"\d+")),
)
"""In the order in which they are tried; each masks what the ones before it left."""
