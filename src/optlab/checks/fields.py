"""Fields: the JSON of the answer holds the values expected, all of them or graded as a field-wise F1.

Objects and lists are read as fields with dotted paths: `buyer.name`, `items.0.price`.
"""

import math
from typing import Any, Literal

import msgspec

from optlab.checks.check import Check
from optlab.checks.json_answer import json_in
from optlab.checks.numeric import close

MOST_FIELDS = 100_000


class Fields(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`expected` fields: tables and lists, or dotted paths as keys.

    Numbers may differ by `tolerance` or by the share `relative`; texts are compared without regard to white space at
    their ends and, unless `case`, to case. A field that is null and one that is missing are the same. With
    `score = "all"` every expected field must hold and further ones do not matter; with "f1" the score is the harmonic
    mean of the shares of expected fields found and of given fields expected.
    """

    expected: dict[str, Any]
    tolerance: float = 0.0
    relative: float = 0.0
    case: bool = False
    score: Literal["all", "f1"] = "all"

    def __post_init__(self) -> None:
        if not self.expected:
            raise ValueError("a fields check needs at least one field in `expected`")
        for name in ("tolerance", "relative"):
            if not 0 <= getattr(self, name) < math.inf:
                raise ValueError(f"`{name}` is a number from 0 on")
        for path, value in flat(self.expected).items():
            plain = value is None or value in ([], {}) or isinstance(value, str | bool | int | float)
            if not plain or (isinstance(value, float) and not math.isfinite(value)):
                raise ValueError(f"`expected.{path}` is no text, number, true or false; write dates as text")


def flat(value: Any) -> dict[str, Any]:
    """Every value that is no object or list, by its dotted path; empty ones count as values.

    Raises ValueError on more than 100,000 fields.
    """
    found: dict[str, Any] = {}
    waiting: list[tuple[str, Any]] = [("", value)]
    while waiting:
        path, inner = waiting.pop()
        if isinstance(inner, dict | list) and inner:
            steps = inner.items() if isinstance(inner, dict) else enumerate(inner)
            waiting += [(f"{path}.{step}" if path else str(step), child) for step, child in steps]
        else:
            found[path] = inner
        if len(found) + len(waiting) > MOST_FIELDS:
            raise ValueError(f"has more than {MOST_FIELDS:,} fields")
    return found


def _same(expected: Any, given: Any, settings: Fields) -> bool:
    if isinstance(expected, bool) or isinstance(given, bool):
        return expected is given
    if isinstance(expected, int | float) and isinstance(given, int | float):
        try:
            return close(float(expected), float(given), settings.tolerance, settings.relative)
        except OverflowError:
            return bool(expected == given)
    if isinstance(expected, str) and isinstance(given, str):
        one, other = expected.strip(), given.strip()
        return one == other if settings.case else one.casefold() == other.casefold()
    return type(expected) is type(given) and bool(expected == given)


def _score(answer: str, settings: Fields) -> tuple[float, str]:
    try:
        value = json_in(answer)
        if not isinstance(value, dict):
            return 0.0, "is no JSON object"
        given = {path: inner for path, inner in flat(value).items() if inner is not None}
    except ValueError as error:
        return 0.0, str(error)
    expected = flat(settings.expected)
    wrong = [path for path, wanted in expected.items() if not _same(wanted, given.get(path), settings)]
    if settings.score == "all":
        return (0.0, _told(wrong[0], given)) if wrong else (1.0, "every field is as expected")
    wanted_paths = {path for path, wanted in expected.items() if wanted is not None}
    right = len(wanted_paths - set(wrong))
    total = len(wanted_paths) + len(given)
    score = 2 * right / total if total else 1.0
    return score, f"{right} of {len(wanted_paths)} fields right, {len(given)} given"


def _told(path: str, given: dict[str, Any]) -> str:
    return f"{path!r} is {str(given[path])[:60]!r}" if path in given else f"{path!r} is missing"


FIELDS = Check("fields", "fields of the answer's JSON have the values expected", Fields, _score)
