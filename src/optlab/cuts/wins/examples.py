"""Examples that no sample needs: their answer is expected by none, or another example shows nearly the same.

An example is unneeded only where every sample's checks say what is expected, some example's answer is, and there are
at least twice as many samples as answers that examples show: fewer would miss rare answers by chance.
"""

import re
from collections import Counter
from collections.abc import Iterator, Sequence

import msgspec

from optlab.core.prompt import Segment
from optlab.cuts.splitting import split
from optlab.cuts.wins.expected import Expected
from optlab.cuts.wins.reading import Ground, cut_span
from optlab.cuts.wins.win import Edit, FreeWin, Quote

_KEY = re.compile(r"^[ \t]*(?:\*\*)?[A-Za-z][\w ]{0,20}?(?:\*\*)?[ \t]*:(?:\*\*)?(?=\s|$)", re.MULTILINE)
_ARROW = re.compile(r"\s(?:->|=>|→)\s+")
_TAGGED = re.compile(
    r"<(output|answer|label|response|assistant|classification|category|class|result|expected|ideal_output)>(.*?)</\1>",
    re.DOTALL | re.IGNORECASE,
)
_TAGS = re.compile(r"</?[A-Za-z][^<>]*>")
_WORD = re.compile(r"\w+")
_FIGURE = re.compile(r"\d+(?:[.,]\d+)*")
_NEGATION = re.compile(r"\b(?:not|no|never|without)\b|n['’]t\b|\bcannot\b", re.IGNORECASE)
_ALIKE = 0.6
"""Dice's coefficient of the groups of three characters, from which two inputs with one answer show the same."""
_COMMON = 60
"""A word of more examples than this tells none of them from the others."""
_LONGEST_LABEL = 80
_LONGEST = 20_000
"""Characters of an example that is taken apart."""


class Example(msgspec.Struct, frozen=True):
    """One example of a prompt: what is asked, and the answer that it shows (empty: none that can be told)."""

    segment: Segment
    start: int
    end: int
    asked: str
    answer: str

    @property
    def text(self) -> str:
        """All of it, without the white space around it."""
        return self.segment.text[self.start : self.end]


def examples_in(segment: Segment) -> Iterator[Example]:
    """The examples of a segment, in order."""
    text = segment.text
    for span in split(text, "example"):
        words = text[span.start : span.end].strip()
        if span.kind == "example" and words:
            start = text.index(words, span.start)
            yield Example(segment, start, start + len(words), *_taken_apart(words))


def _taken_apart(words: str) -> tuple[str, str]:
    """What an example asks, and its answer."""
    if len(words) > _LONGEST:
        return words, ""
    tagged = list(_TAGGED.finditer(words))
    if tagged:
        last = tagged[-1]
        return _TAGS.sub(" ", words[: last.start()]), last.group(2).strip()
    plain = _TAGS.sub(" ", words).strip()
    keys = list(_KEY.finditer(plain))
    if len(keys) > 1:
        return plain[keys[0].end() : keys[-1].start()], plain[keys[-1].end() :].strip()
    arrows = list(_ARROW.finditer(plain))
    if arrows:
        return plain[: arrows[-1].start()], plain[arrows[-1].end() :].strip()
    return plain, ""


def examples(ground: Ground) -> Iterator[FreeWin]:
    """Examples whose answer no sample expects, and examples that repeat another one."""
    found = [example for segment in ground.instructing for example in examples_in(segment)]
    if len(found) < 2:
        return
    unneeded = _unneeded(ground, found)
    for index in sorted(unneeded):
        yield _win(ground, found[index], unneeded[index], None)
    for one, other in _alike([example for index, example in enumerate(found) if index not in unneeded]):
        answer = f", with the same answer {_short(one.answer)}" if one.answer else ""
        yield _win(ground, other, f"nearly the same as another example in {one.segment.name!r}{answer}", one)


def _unneeded(ground: Ground, found: Sequence[Example]) -> dict[int, str]:
    expected = Expected(ground.scenario)
    shown = {example.answer.casefold() for example in found if example.answer}
    if not expected.known or expected.samples < 2 * len(shown) or not any(map(expected.wants, filter(None, shown))):
        return {}
    return {
        index: f"none of the {expected.samples} samples expects {_short(example.answer)}"
        for index, example in enumerate(found)
        if 0 < len(example.answer) <= _LONGEST_LABEL
        and example.segment.trimmable
        and not expected.wants(example.answer)
    }


def _alike(found: Sequence[Example]) -> Iterator[tuple[Example, Example]]:
    """Every example that repeats an earlier one, with that one."""
    words = [set(_WORD.findall(example.asked.casefold())) for example in found]
    spread = Counter(word for of_one in words for word in of_one)
    shapes = [_shape(example.asked) for example in found]
    marks = [(sorted(_FIGURE.findall(example.asked)), len(_NEGATION.findall(example.asked))) for example in found]
    by_word: dict[tuple[str, str], list[int]] = {}
    gone: set[int] = set()
    for index, example in enumerate(found):
        keys = [(example.answer.casefold(), word) for word in words[index] if spread[word] <= _COMMON]
        near = Counter(other for key in keys for other in by_word.get(key, ()))
        for other in sorted(near):
            if example.segment.trimmable and marks[other] == marks[index] and _same(shapes[other], shapes[index]):
                gone.add(index)
                yield found[other], example
                break
        if index not in gone:
            for key in keys:
                by_word.setdefault(key, []).append(index)


def _same(shape: set[str], other: set[str]) -> bool:
    return 2 * len(shape & other) >= _ALIKE * (len(shape) + len(other)) > 0


def _shape(text: str) -> set[str]:
    words = " ".join(_WORD.findall(text.casefold()))
    return {words[at : at + 3] for at in range(len(words) - 2)}


def _short(answer: str) -> str:
    words = " ".join(answer.split())
    return repr(words if len(words) <= 40 else f"{words[:39]}…")


def _win(ground: Ground, example: Example, reason: str, keep: Example | None) -> FreeWin:
    segment = example.segment
    start, end = cut_span(segment.text, example.start, example.end)
    quotes = (Quote(keep.segment.name, keep.start, keep.text),) if keep else ()
    saved = ground.saved(segment.text, start, end, "")
    return FreeWin("example", reason, saved, (Edit.of(segment, start, end),), quotes)
