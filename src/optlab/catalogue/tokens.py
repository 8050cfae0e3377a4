"""An offline estimate of token counts. No official offline tokenizer exists, so it is always labelled "estimated".

A linear model over character classes, one set of coefficients per tokenizer family, fitted against an unofficial
reconstruction of the vocabulary: mean error 5.2% (older family) and 5.4% (newer) on held-out texts of 100 tokens or
more, larger on short texts, up to 45% low on Latin-script languages other than English. There is no constant term, so
the estimates of blocks add up.
"""

import re
from collections import Counter
from collections.abc import Callable
from functools import lru_cache
from itertools import islice, pairwise
from operator import itemgetter

from optlab.catalogue.models import TokenizerFamily, load

_RUNS = re.compile(r"[A-Za-z]+|[0-9]+|[^\x00-\x7f]+|\n+|[ \t]+|[!-/:-@\[-`{-~]+")

_LINES = re.compile(r"\n*[^\n]+\n*|\n+")
"""Lines, each with the line ends behind it; no run goes from one into the next."""

_SCRIPTS: tuple[tuple[str, int, int], ...] = (
    ("kana", 0x3040, 0x30FF),
    ("cjk", 0x4E00, 0x9FFF),
    ("hangul", 0xAC00, 0xD7AF),
    ("cyrillic", 0x0400, 0x052F),
    ("greek", 0x0370, 0x03FF),
    ("hebrew_arabic", 0x0590, 0x06FF),
    ("indic_thai", 0x0900, 0x0E7F),
    ("latin_ext", 0x0080, 0x024F),
)

_RUNS_AT_A_TIME = 20_000
_LONGEST_REMEMBERED = 64
"""Letters of a word that is remembered: a text without spaces must not be kept as one."""
_LONGEST_LINE_REMEMBERED = 2000


@lru_cache(maxsize=4096)
def estimate_tokens(text: str, family: TokenizerFamily) -> int:
    """Estimated tokens of `text` for a tokenizer family ("old" or "new"); 0 for an empty text, else at least 1."""
    return max(1, round(_weight(text, family))) if text else 0


def token_weight(text: str, family: TokenizerFamily) -> float:
    """The same before it is rounded, from lines weighed one by one: a text of which one line changed costs one line.

    Weights of parts add up to that of the whole where a part ends with its line end and the next one begins with none.
    """
    weigh = _line_weights(family)
    return sum(map(weigh, _LINES.findall(text)))


@lru_cache(maxsize=2)
def _line_weights(family: TokenizerFamily) -> Callable[[str], float]:
    @lru_cache(maxsize=16384)
    def weigh(line: str) -> float:
        return _weight(line, family)

    return lambda line: weigh(line) if len(line) <= _LONGEST_LINE_REMEMBERED else _weight(line, family)


def _weight(text: str, family: TokenizerFamily) -> float:
    coefficients = load().tokenizer.estimator.coefficients[family]
    weights = _word_weights(family)
    total = 0.0
    found = map(itemgetter(0), _RUNS.finditer(text))
    # Some at a time: all at once would hold up other threads. Runs repeat, so each of them is weighed once.
    while runs := Counter(islice(found, _RUNS_AT_A_TIME)):
        for run, times in runs.items():
            weight = weights(run) if run[0].isascii() and run[0].isalpha() else _run(run, coefficients)
            total += times * weight
    return total


@lru_cache(maxsize=2)
def _word_weights(family: TokenizerFamily) -> Callable[[str], float]:
    c = load().tokenizer.estimator.coefficients[family]

    def weigh(word: str) -> float:
        n = len(word)
        total = c["ascii_word"]
        total += c["letters_beyond_4"] * max(0, n - 4) + c["letters_beyond_8"] * max(0, n - 8)
        if word[0].isupper():
            total += c["capitalised_word"]
        if n >= 2 and word.isupper():
            total += c["letters_of_allcaps_word"] * n
        if n <= 3:
            total += c["short_word"]
        humps = sum(1 for a, b in pairwise(word) if a.islower() and b.isupper())
        return total + c["camel_hump"] * humps

    remembered = lru_cache(maxsize=65536)(weigh)
    return lambda word: remembered(word) if len(word) <= _LONGEST_REMEMBERED else weigh(word)


def _run(run: str, c: dict[str, float]) -> float:
    n, first = len(run), run[0]
    if first.isascii() and first.isdigit():
        return c["digit_run"] + c["digit"] * n
    if first == "\n":
        return c["newline_run"] + c["newlines_beyond_1"] * (n - 1)
    if first in " \t":
        return c["space_run_ge2"] + c["spaces_beyond_1"] * (n - 1) if n >= 2 else 0.0
    if first.isascii():
        return c["punct_run"] + c["punct_char"] * n
    return sum(c[_script(ord(ch))] for ch in run)


def _script(code: int) -> str:
    for name, low, high in _SCRIPTS:
        if low <= code <= high:
            return name
    return "other_nonascii"
