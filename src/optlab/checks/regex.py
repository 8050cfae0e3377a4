"""Regex: a pattern is found somewhere in the answer. A pattern that takes too long counts as not found."""

import re

import msgspec

from optlab.checks.check import Check
from optlab.checks.searching import searched


class Regex(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A Python regular expression, searched with `.` matching line ends and `^`, `$` at every line."""

    pattern: str
    case: bool = False

    def __post_init__(self) -> None:
        try:
            re.compile(self.pattern)
        except (re.error, OverflowError, RecursionError) as error:
            raise ValueError(f"`pattern` is no regular expression: {error}") from None


def _score(answer: str, settings: Regex) -> tuple[float, str]:
    flags = re.DOTALL | re.MULTILINE | (0 if settings.case else re.IGNORECASE)
    try:
        found = searched(settings.pattern, answer, flags)
    except TimeoutError as error:
        return 0.0, str(error)
    return (1.0, "matches") if found else (0.0, f"nothing matches {settings.pattern!r}")


REGEX = Check("regex", "a pattern is found somewhere in the answer", Regex, _score)
