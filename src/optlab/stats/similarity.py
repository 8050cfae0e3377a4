"""How alike two texts are: by words, by characters, by edits. Identical texts are fully alike whatever they contain."""

import re
from collections import Counter

_TOKEN = re.compile(r"[^\W_]+")
_ORDERS = range(1, 7)
_RECALL_WEIGHT = 2.0**2


def rouge_l(reference: str, hypothesis: str) -> tuple[float, float, float]:
    """(precision, recall, F1) of the longest common subsequence of words; each between 0 and 1.

    Words are runs of letters and digits of any script, lower case. Identical texts score 1 whatever they contain;
    otherwise a text without words scores 0. Lin 2004.
    """
    if reference == hypothesis:
        return 1.0, 1.0, 1.0
    expected, given = _TOKEN.findall(reference.lower()), _TOKEN.findall(hypothesis.lower())
    if not expected or not given:
        return 0.0, 0.0, 0.0
    from rapidfuzz.distance import LCSseq

    common = LCSseq.similarity(expected, given)
    if common == 0:
        return 0.0, 0.0, 0.0
    return common / len(given), common / len(expected), 2.0 * common / (len(given) + len(expected))


def levenshtein(a: str, b: str) -> int:
    """The fewest insertions, deletions and replacements of code points that turn `a` into `b`. Levenshtein 1966."""
    from rapidfuzz.distance import Levenshtein

    return int(Levenshtein.distance(a, b))


def chrf(reference: str, hypothesis: str) -> float:
    """Overlap of character 1- to 6-grams without white space, 0 to 100, recall counting twice as much (beta 2).

    Precision and recall are averaged over the orders both texts have. Identical texts score 100 whatever they
    contain; otherwise a text without characters scores 0. Popović 2015, as sacrebleu computes it.
    """
    if reference == hypothesis:
        return 100.0
    expected, given = "".join(reference.split()), "".join(hypothesis.split())
    orders = [order for order in _ORDERS if order <= min(len(expected), len(given))]
    if not orders:
        return 0.0
    common = {order: (_grams(expected, order) & _grams(given, order)).total() for order in orders}
    precision = sum(common[order] / (len(given) - order + 1) for order in orders) / len(orders)
    recall = sum(common[order] / (len(expected) - order + 1) for order in orders) / len(orders)
    if precision == 0.0:
        return 0.0
    return 100.0 * (1.0 + _RECALL_WEIGHT) * precision * recall / (_RECALL_WEIGHT * precision + recall)


def _grams(text: str, order: int) -> Counter[str]:
    return Counter(text[at : at + order] for at in range(len(text) - order + 1))
