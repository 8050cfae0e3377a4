"""What answers the samples of a scenario expect, as far as their checks say so."""

import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from typing import Any

from optlab.core.scenario import CheckSpec, Scenario

_OPEN = re.compile(r"(?<!\\)\.|\\[wWSDdp]|\[[^\]]*-[^\]]*\]|\[\^|\(\?!")
"""Parts of a regular expression that stand for many words: what such a one expects cannot be read off it."""
_ESCAPES = re.compile(r"\\([^\w\s])|\\[bBAZz]|\(\?[:i]|[()^$]")


class Expected:
    """The answers that samples expect. `known` is False where any sample does not say, and then nothing is unneeded."""

    def __init__(self, scenario: Scenario) -> None:
        self.samples = len(scenario.samples)
        self._whole: set[str] = set()
        """Answers by `equals`."""
        self._parts: set[str] = set()
        """Words that are looked for in answers."""
        self._numbers: set[float] = set()
        self.known = bool(scenario.samples)
        specs: dict[str, CheckSpec] = {}
        for sample in scenario.samples:
            told = [spec for spec in sample.checks if spec.kind in _READERS]
            self.known = self.known and bool(told)
            for spec in told:
                specs.setdefault(repr((spec.kind, spec.settings)), spec)
        for spec in specs.values():
            for kind, value in _READERS[spec.kind](spec.settings):
                self._take(kind, value)

    def _take(self, kind: str, value: object) -> None:
        if kind == "open":
            self.known = False
        elif kind == "number" and isinstance(value, int | float):
            self._numbers.add(float(value))
        elif isinstance(value, str):
            (self._whole if kind == "whole" else self._parts).add(_fold(value))

    def wants(self, answer: str) -> bool:
        """Whether any sample may expect this answer, or one that holds it or is held by it."""
        label = _fold(answer)
        if not self.known or not label or label in self._whole:
            return True
        with suppress(ValueError):
            if float(label.replace(",", "").lstrip("$€£")) in self._numbers:
                return True
        return any(part in label or label in part for part in self._parts) or any(
            _holds(label, value) or _holds(value, label) for value in self._whole
        )


def _fold(text: str) -> str:
    return " ".join(text.casefold().split()).strip(" .\"'")


def _holds(text: str, words: str) -> bool:
    return bool(words) and re.search(rf"(?<!\w){re.escape(words)}(?!\w)", text) is not None


def _equals(settings: Mapping[str, Any]) -> Iterator[tuple[str, object]]:
    values = [settings.get("value"), *settings.get("one_of", ())]
    yield from (("whole", value) for value in values if value is not None)


def _contains(settings: Mapping[str, Any]) -> Iterator[tuple[str, object]]:
    values = [*settings.get("all", ()), *settings.get("any", ())]
    yield from (("part", value) for value in values)
    if not values:  # only what must not stand there: anything else may
        yield "open", None


def _regex(settings: Mapping[str, Any]) -> Iterator[tuple[str, object]]:
    pattern = str(settings.get("pattern", ""))
    if _OPEN.search(pattern):
        yield "open", None
        return
    yield from (("part", words) for words in _ESCAPES.sub(r"\1", pattern).split("|") if words.strip())


def _numeric(settings: Mapping[str, Any]) -> Iterator[tuple[str, object]]:
    yield "number", settings.get("value")
    if settings.get("tolerance") or settings.get("relative"):
        yield "open", None


_READERS = {"equals": _equals, "contains": _contains, "regex": _regex, "numeric": _numeric}
"""The kinds of check that say what the answer is; the others say what it looks like, or need to be asked."""
