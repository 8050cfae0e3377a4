"""Numeric: a number of the answer lies within a tolerance of the value expected.

Read are digits with thousands separators, signs (also the typographic minus), currency, percent and powers of ten.
Not read are words ("twelve"), magnitudes ("3k", "1.2 million") and numbers glued to the end of a word ("A17", "v1.5").
"""

import itertools
import math
import re
from collections import deque
from collections.abc import Iterator
from typing import Literal

import msgspec

from optlab.checks.check import Check

_CODES = "USD|EUR|GBP|CHF|JPY"
_SIGNS = "-+−–"
_SLACK = 1e-12
"""Relative room for the binary fractions that decimals are not."""


class Numeric(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`value`, give or take `tolerance` (in its own unit) or `relative` (a share of it), whichever is larger.

    `which` number of the answer counts: the last, the first, the only one there is, or any. With `decimal = ","`
    numbers are written 1.234,5. A percent sign is passed over, or with `percent = "share"` divides by 100.
    """

    value: float
    tolerance: float = 0.0
    relative: float = 0.0
    which: Literal["last", "first", "only", "any"] = "last"
    decimal: Literal[".", ","] = "."
    percent: Literal["points", "share"] = "points"

    def __post_init__(self) -> None:
        if not math.isfinite(self.value):
            raise ValueError("`value` must be a finite number")
        for name in ("tolerance", "relative"):
            if not 0 <= getattr(self, name) < math.inf:
                raise ValueError(f"`{name}` is a number from 0 on")

    def fits(self, found: float) -> bool:
        """Whether a number lies within the tolerance."""
        return close(self.value, found, self.tolerance, self.relative)


def close(value: float, found: float, tolerance: float, relative: float) -> bool:
    """Whether `found` is `value`, give or take the larger of an absolute and a relative tolerance."""
    if not math.isfinite(found):
        return False
    allowed = max(tolerance, relative * abs(value))
    return abs(found - value) <= allowed + _SLACK * max(abs(value), abs(found))


def numbers(text: str, decimal: str = ".", *, percent_is_share: bool = False) -> Iterator[float]:
    """The numbers of a text in order. One too large for a float is infinite."""
    point, comma = re.escape(decimal), re.escape("," if decimal == "." else ".")
    for found in _pattern(point, comma).finditer(text):
        digits = found["digits"]
        if digits is None:
            continue
        plain = re.sub(rf"[{comma}'’_\u00a0\u202f\u2009]", "", digits).replace(decimal, ".")
        power = (found["power"] or "").translate(str.maketrans("−–", "--"))
        number = float(f"{plain}e{power}" if power else plain)
        negative = (found["sign"] or found["inner"] or "+") in "-−–"
        share = percent_is_share and found["percent"]
        yield (-number if negative else number) / (100 if share else 1)


def _pattern(point: str, comma: str) -> re.Pattern[str]:
    separator = rf"[{comma}'’_\u00a0\u202f\u2009]"
    return re.compile(
        rf"(?!(?:{_CODES})\d)[^\W\d_]\w*(?:\.\d+)*"  # words are passed over, with the digits glued to them
        rf"|(?P<sign>(?<![\w)\]])[{_SIGNS}])?(?:(?:[$€£¥]|{_CODES})[ \u00a0]?)?(?P<inner>(?<=[$€£¥])[-−–])?"
        rf"(?P<digits>(?:\d{{1,3}}(?:{separator}\d{{3}})+(?!\d)|\d+)(?:{point}\d+)?|(?<![\w.,]){point}\d+)"
        rf"(?:[eE](?P<power>[{_SIGNS}]?\d{{1,4}})(?!\w))?[ \u00a0]?(?P<percent>%)?"
    )


def _score(answer: str, settings: Numeric) -> tuple[float, str]:
    found = numbers(answer, settings.decimal, percent_is_share=settings.percent == "share")
    wanted = f"{settings.value:g}"
    if settings.which == "any":
        held = any(settings.fits(number) for number in found)
        return (1.0, f"has {wanted}") if held else (0.0, f"no number is {wanted}")
    picked = next(found, None)
    if picked is None:
        return 0.0, "has no number"
    if settings.which == "only" and next(found, None) is not None:
        return 0.0, "has more than one number"
    if settings.which == "last":
        picked = deque(itertools.chain((picked,), found), maxlen=1).pop()
    return (1.0, f"is {wanted}") if settings.fits(picked) else (0.0, f"is {picked:g}, not {wanted}")


NUMERIC = Check("numeric", "a number of the answer is the value expected, within a tolerance", Numeric, _score)
