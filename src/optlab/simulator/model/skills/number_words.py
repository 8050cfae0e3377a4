"""Number words of a word problem as figures, and its usual turns in one form: `half as many`, `a dozen`, `$ 3`."""

import re

from optlab.simulator.model.spans import SMALL

_WORDED: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(pattern, re.IGNORECASE), plain)
    for pattern, plain in (
        (r"(?<=\d),(?=\d{3}\b)", ""),
        (r"\bhalf (?:an? )?dozen\b", "6"),
        (r"\b(?:a|one) dozen\b", "12"),
        (r"\b(?:a )?couple of\b", "2"),
        (r"\btwice\b", "2 times"),
        (r"\b(?:double|doubles) the (?:number|amount)\b", "2 times as many"),
        (r"\btriple the (?:number|amount)\b", "3 times as many"),
        (r"\bhalf as\b", "0.5 times as"),
        (r"\bhalf (?:of )?(?:the|his|her|their|its|them|it|that)\b", "50% of them"),
        (r"\bhalf (?=\w+'s\b)", "0.5 times "),
        (r"\b(?:a|one)[ -]third of\b", "33.3333333333% of"),
        (r"\b(?:a|one)[ -](?:quarter|fourth) of\b", "25% of"),
        (r"\b(?:a|one)[ -]fifth of\b", "20% of"),
        (r"\btwo[ -]thirds of\b", "66.6666666667% of"),
        (r"\bthree[ -](?:quarters|fourths) of\b", "75% of"),
        (r"\bhalf an hour\b", "0.5 hours"),
        (r"\b(\d+) dozen\b", r"\1 times 12"),
        (r"\b(?:per ?cent)\b", "%"),
        (r"\bdollars?\b", "dollars"),
        (r"\$ ?(\d[\d.]*\d|\d)", r"\1 dollars"),
        (r"€ ?(\d[\d.]*\d|\d)", r"\1 dollars"),
        (r"£ ?(\d[\d.]*\d|\d)", r"\1 dollars"),
        (r"\bkm/h\b|\bkph\b", "km per hour"),
        (r"\bmph\b", "miles per hour"),
        (r"(?<=[a-z]) ?/ ?(?=[a-z])", " per "),
    )
)  # fmt: skip
_SPELLED = re.compile(rf"\b({'|'.join(SMALL[2:])}|thirty|forty|fifty|sixty|ninety|one(?= [a-z]+s\b))\b", re.IGNORECASE)
_TENS = {"thirty": 30, "forty": 40, "fifty": 50, "sixty": 60, "ninety": 90, "one": 1}


def simplify(text: str) -> str:
    """A problem with its number words as figures and its usual turns in one form."""
    for pattern, plain in _WORDED:
        text = pattern.sub(plain, text)
    return _SPELLED.sub(lambda m: str(_value(m[0].lower())), text)


def _value(word: str) -> int:
    return _TENS[word] if word in _TENS else SMALL.index(word)
