"""What was typed into a field, read without trusting it: it may be anything, and of any length."""

SHOWN = 40
"""Characters of it that a sentence quotes."""


def whole_number(text: str, most: int) -> int | None:
    """A number from 0 to `most` in plain digits, white space around it; None for anything else. Raises nothing.

    Python reads no number of more than 4,300 digits, so it is not asked to read one longer than `most` is.
    """
    digits = text.strip().lstrip("0") or text.strip()[-1:]
    if not (digits.isascii() and digits.isdigit() and len(digits) <= len(str(most))):
        return None
    number = int(digits)
    return number if number <= most else None


def short(text: str) -> str:
    """The beginning of it, for a sentence."""
    return text if len(text) <= SHOWN else f"{text[:SHOWN]}…"
