"""When two sentences are the same sentence, and when they say the same in other words.

The same: case, white space, the marker of a list item, emphasis, and stops before a space or at the end do not count.
In other words: what is left after articles, auxiliaries and words of emphasis are dropped, negations bound to the word
behind them, plurals and a few synonyms taken together, is the same bag of words in a compatible order. Numbers, names,
quantities, negations and words such as before and after are among what is left, so sentences that differ in one of them
never say the same.
"""

import re
from collections.abc import Sequence
from functools import lru_cache

import msgspec

from optlab.cuts.wins.reading import MARKER

_QUOTES = str.maketrans({"’": "'", "‘": "'", "“": '"', "”": '"'})
_SPOKEN_ACRONYM = re.compile(r"\b(?:US|IT|WHO|AI|OR|IN|ME|AM|PM)\b")
_EMPHASIS = re.compile(r"\*\*|__|(?<!\w)[*_](?=\w)|(?<=\w)[*_](?!\w)")
_STOPS = re.compile(r"[.,;:!…]+(?=\s|$)")

_TOKEN = re.compile(r"\{[^{}\n]*\}|[$€£]?\d+(?:[.,:/-]\d+)*%?|[^\W\d_]+(?:'[^\W\d_]+)*|[<>≤≥=+$€£%#@&/]", re.IGNORECASE)
_SHORTENED = re.compile(r"'(?:re|ve|ll|d|m)\b")
_CONTRACTED = re.compile(r"\b(\w+)n't\b", re.IGNORECASE)

_DROPPED = frozenset(
    {
        "a", "an", "the", "of", "please", "kindly", "very", "really", "just", "simply", "also", "always", "ever",
        "then", "so", "that", "which", "is", "are", "be", "am", "being", "been", "was", "were", "do", "does", "did",
        "will", "you", "your", "yourself", "it", "its", "should", "must", "shall", "ought", "'re", "'s", "'ll", "'d",
        "there", "own"
    }
)  # fmt: skip
_NEGATIONS = frozenset(["not", "no", "never", "nor", "neither", "cannot", "without", "none"])
_SAME = {
    word: group[0]
    for group in (
        ("answer", "reply", "respond", "response"),
        ("reveal", "disclose"),
        ("customer", "client"),
        ("short", "brief", "concise"),
        ("polite", "courteous"),
        ("use", "utilise", "utilize", "employ"),
        ("begin", "start"),
        ("ensure", "assure"),
        ("every", "each"),
        ("help", "assist"),
        ("give", "provide"),
        ("need", "require"),
        ("if", "whenever", "when"),
        ("tell", "inform"),
        ("about", "regarding", "concerning"),
        ("data", "information", "info"),
        ("mention", "state"),
    )
    for word in group
}
_PHRASES = (
    (re.compile(r"\bun(sure|clear|certain|able|known)\b"), r"not \1"),
    (re.compile(r"\b(?:make sure|be sure|ensure|remember|take care)(?: (?:to|that))?\b"), ""),
    (re.compile(r"\b(?:at all times|in all cases)\b"), ""),
    (re.compile(r"\b(?:have|need)s? to\b"), ""),
    (re.compile(r"\bin order to\b"), "to"),
    (re.compile(r"\b(?:in an? )(\w+?)(?: and (\w+))? (?:manner|way|tone|fashion|style)\b"), r"in \1 \2"),
    (re.compile(r"\bunder no circumstances\b"), "never"),
)
_MAY_BE_PHRASE = re.compile(
    r"\bun[sack]|sure|remember|care|\ball |(?:have|has|need)s? to|order|\bin an? |circumstances"
)
"""Most sentences have none of the phrases above, and this tells sooner."""
_ORDERED = frozenset(
    {
        "to", "from", "before", "after", "than", "over", "under", "above", "below", "into", "instead", "until", "by",
        "for", "if", "because", "against", "between", "while", "as", "only", "except", "but", "unless"
    }
)  # fmt: skip
"""Words whose two sides may not change places."""
_LEAST = 3
_LEAST_SHUFFLED = 5
_LEAST_SHARED_ORDER = 0.6


class Meaning(msgspec.Struct, frozen=True):
    """The words of a sentence that carry it, in order; `bag` is the same for all sentences that may say the same."""

    words: tuple[str, ...]
    bag: tuple[str, ...]


@lru_cache(maxsize=16384)
def same_words(text: str) -> str:
    """What is equal for two sentences that are the same; empty where nothing is left to compare."""
    marker = MARKER.match(text)
    words = _plain_quotes(text[marker.end() if marker else 0 :].lstrip("#"))
    if "*" in words or "_" in words:
        words = _EMPHASIS.sub("", words)
    words = _STOPS.sub("", words)
    return " ".join([*words.casefold().split(), *_acronyms(words)])


@lru_cache(maxsize=16384)
def meaning(text: str) -> Meaning | None:
    """The words that carry a sentence; None where too few are left to tell."""
    marker = MARKER.match(text)
    plain = _plain_quotes(text[marker.end() if marker else 0 :]).casefold()
    if "n't" in plain:
        plain = plain.replace("can't", "cannot").replace("won't", "will not")
        plain = _CONTRACTED.sub(r"\1 not", plain)
    if _MAY_BE_PHRASE.search(plain):
        for pattern, into in _PHRASES:
            plain = pattern.sub(into, plain)
    if "'" in plain:
        plain = _SHORTENED.sub("", plain)
    words: list[str] = []
    negated = denied = False
    for token in _TOKEN.findall(plain):
        token = token.removesuffix("'s")
        if token in _NEGATIONS:
            negated = denied = True
        elif token not in _DROPPED and not (denied and token == "any"):
            stem = _stem(token)
            words.append(f"!{stem}" if negated else stem)
            negated = False
    if negated or len(words) < _LEAST:
        return None
    # What the lower case hides: a question, and acronyms that are words as well.
    hidden = ("?" if plain.rstrip().endswith("?") else "", *_acronyms(text))
    return Meaning(tuple(words), (*sorted(words), *hidden))


def _acronyms(text: str) -> list[str]:
    return _SPOKEN_ACRONYM.findall(text) if not text.isupper() else []


def _plain_quotes(text: str) -> str:
    return text if text.isascii() else text.translate(_QUOTES)


def _stem(word: str) -> str:
    if not word[0].isalpha() or len(word) < 4:
        return _SAME.get(word, word)
    if word.endswith("ies") and len(word) > 4:
        word = f"{word[:-3]}y"
    elif word.endswith(("sses", "shes", "ches", "xes")):
        word = word[:-2]
    elif word.endswith("s") and not word.endswith(("ss", "us", "is")):
        word = word[:-1]
    return _SAME.get(word, word)


def say_the_same(one: Meaning, other: Meaning) -> bool:
    """Whether two sentences with one bag of words have them in orders that mean the same."""
    if one.bag != other.bag:
        return False
    first, second = _paired(one.words), _paired(other.words)
    if first == second or _without_adverbs(first) == _without_adverbs(second) or _turned(one.words, other.words):
        return True
    if len(first) < _LEAST_SHUFFLED or not _ORDERED.isdisjoint(first):
        return False
    return _shared_order(first, second) / len(first) >= _LEAST_SHARED_ORDER


def _paired(words: Sequence[str]) -> list[str]:
    """The words with `b and a` written `a and b`."""
    found = list(words)
    for at in range(1, len(found) - 1):
        if found[at] in ("and", "or") and found[at - 1] > found[at + 1]:
            found[at - 1], found[at + 1] = found[at + 1], found[at - 1]
    return found


def _without_adverbs(words: Sequence[str]) -> list[str]:
    return [word for word in words if not word.endswith("ly")]


def _turned(one: Sequence[str], other: Sequence[str]) -> bool:
    """Whether one begins where the other has a clause begin: `if a, b` and `b if a`."""
    return any((*one[at:], *one[:at]) == tuple(other) for at, word in enumerate(one) if at and word in _ORDERED) or any(
        (*other[at:], *other[:at]) == tuple(one) for at, word in enumerate(other) if at and word in _ORDERED
    )


def _shared_order(one: Sequence[str], other: Sequence[str]) -> int:
    """The length of the longest common subsequence."""
    row = [0] * (len(other) + 1)
    for word in one:
        corner = 0
        for at, match in enumerate(other, 1):
            above = row[at]
            row[at] = corner + 1 if word == match else max(above, row[at - 1])
            corner = above
    return row[-1]
