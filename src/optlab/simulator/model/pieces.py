"""Output as tokens: a text is cut into pieces of exactly one token each, so that stopping at a limit is exact.

A sentence has as many pieces as the catalogue's estimate gives it tokens; words share them by their own estimates.
"""

import itertools
import re
from collections.abc import Sequence

from optlab.catalogue import estimate_tokens
from optlab.catalogue.models import TokenizerFamily

_SENTENCE = re.compile(r"(?:[^.!?:\n]|[.!?:]++(?!\s))*+(?:[.!?:]+|\n+|(?<=.)$)\s*", re.DOTALL)
_WORD = re.compile(r"\s*\S+\s*$|\s*\S+|\s+")
_LONGEST_SENTENCE = 2_000


def split(text: str, family: TokenizerFamily) -> list[str]:
    """Pieces that join to `text`; their number is the text's token count, at least 1. A piece may be empty."""
    pieces: list[str] = []
    for found in _SENTENCE.finditer(text):
        sentence = found[0]
        for start in range(0, len(sentence), _LONGEST_SENTENCE):
            pieces.extend(_split_sentence(sentence[start : start + _LONGEST_SENTENCE], family))
    return pieces or [text]


def cut_at(pieces: Sequence[str], stop_sequences: Sequence[str]) -> tuple[list[str], str | None]:
    """The pieces up to the first stop sequence, and which it was. The piece in which it was completed still counts."""
    text = "".join(pieces)
    hits = [(text.find(s), s) for s in stop_sequences if s in text]
    if not hits:
        return list(pieces), None
    at, sequence = min(hits, key=lambda hit: (hit[0] + len(hit[1]), hit[0]))
    kept: list[str] = []
    seen = 0
    for piece in pieces:
        kept.append(piece[: max(at - seen, 0)])
        seen += len(piece)
        if seen >= at + len(sequence):
            break
    return kept, sequence


def _split_sentence(sentence: str, family: TokenizerFamily) -> list[str]:
    total = max(1, estimate_tokens(sentence, family))
    words = _WORD.findall(sentence)
    weights = [max(estimate_tokens(w.strip(), family), 0) or 0.1 for w in words]
    whole = sum(weights)
    pieces: list[str] = []
    reached, owed, waiting = 0.0, 0, ""
    for word, weight in zip(words, weights, strict=True):
        reached += weight
        share = round(total * reached / whole) - owed
        owed += share
        if share == 0:
            waiting += word
            continue
        pieces.extend(_split_word(waiting + word, share))
        waiting = ""
    if waiting:
        pieces[-1:] = [(pieces[-1] if pieces else "") + waiting]
    return pieces


def _split_word(word: str, parts: int) -> list[str]:
    size = len(word) / parts
    edges = [round(i * size) for i in range(parts)] + [len(word)]
    return [word[a:b] for a, b in itertools.pairwise(edges)]
