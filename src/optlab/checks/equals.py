"""Equals: the whole answer is one of the values given, white space at its ends apart."""

import msgspec

from optlab.checks.check import Check


class Equals(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`value`, or any of several in `one_of`. Case counts only if asked."""

    value: str | None = None
    one_of: tuple[str, ...] = ()
    case: bool = False

    def __post_init__(self) -> None:
        if self.value is None and not self.one_of:
            raise ValueError("an equals check needs `value` or `one_of`")


def _score(answer: str, settings: Equals) -> tuple[float, str]:
    wanted = settings.one_of if settings.value is None else (settings.value, *settings.one_of)

    def fold(text: str) -> str:
        return text.strip() if settings.case else text.strip().casefold()

    if fold(answer) in {fold(value) for value in wanted}:
        return 1.0, "is as expected"
    return 0.0, f"is not {' or '.join(map(repr, wanted))}"


EQUALS = Check("equals", "the whole answer is one of the values given", Equals, _score)
