"""How alike two texts are."""

import re

_TOKEN = re.compile(r"[^\W_]+")


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
