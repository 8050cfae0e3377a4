"""Contains: words that must, may or must not stand in the answer."""

import msgspec

from optlab.checks.check import Check


class Contains(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`all` must stand in the answer, at least one of `any`, and nothing of `none`. Case counts only if asked."""

    all: tuple[str, ...] = ()
    any: tuple[str, ...] = ()
    none: tuple[str, ...] = ()
    case: bool = False

    def __post_init__(self) -> None:
        if not (self.all or self.any or self.none):
            raise ValueError("a contains check needs `all`, `any` or `none`")


def _score(answer: str, settings: Contains) -> tuple[float, str]:
    def fold(text: str) -> str:
        return text if settings.case else text.casefold()

    text = fold(answer)
    missing = [words for words in settings.all if fold(words) not in text]
    if missing:
        return 0.0, f"lacks {missing[0]!r}"
    if settings.any and not any(fold(words) in text for words in settings.any):
        return 0.0, f"has none of {', '.join(map(repr, settings.any))}"
    forbidden = [words for words in settings.none if fold(words) in text]
    if forbidden:
        return 0.0, f"says {forbidden[0]!r}"
    return 1.0, "has what it must"


CONTAINS = Check("contains", "words that must, may or must not stand in the answer", Contains, _score)
