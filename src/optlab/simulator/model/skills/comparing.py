"""Two answers side by side: the one that agrees better with reference, source or solution is the better one.

Where they agree alike, the first is preferred a little more often: judges have a bias of position (Zheng et al. 2023).
"""

import re

from optlab.simulator.model.desk import Desk
from optlab.simulator.model.skills import agreement, exhibits

_ASKED = re.compile(
    r"\b(?:which|better|prefer\w*|best|compare\w*|more (?:accurate|helpful|correct)|wins?|stronger|winner)\b", re.I
)
_WHAT = r"(?:answer|response|reply|output|candidate|option|assistant|model|summary|completion|version|text)"
_TAG = re.compile(rf"<(?:{_WHAT}[_-])?(?P<letter>a|b|1|2)>(?P<text>.*?)</", re.IGNORECASE | re.DOTALL)
_HEAD = re.compile(
    rf"^[ \t]*(?:[#*\[]{{0,4}} ?)(?:the start of )?{_WHAT}[ _-](?P<letter>[AB12])(?:'s \w+)?"
    r"[\]*]{0,3}[ \t]*(?::|\]|$)\**",
    re.IGNORECASE | re.MULTILINE,
)
_END = re.compile(r"\n[ \t]*\n|\n\[The End|\Z")
_BIAS = 0.55
_BASE, _PER_CLOSENESS = -2.6, 3.2


def better(desk: Desk) -> str | None:
    """The letter or figure of the better of two answers; None where a prompt does not ask for it."""
    question = desk.prompt.question
    if not _ASKED.search(f"{desk.prompt.system[-2000:]}\n{question[-600:]}"):
        return None
    shown = {m["letter"].upper(): (m["text"].strip(), m.span()) for m in _TAG.finditer(question)}
    if len(shown) != 2:
        shown = {}
        for m in _HEAD.finditer(question):
            end = _END.search(question, m.end() + 1)
            stop = end.start() if end else len(question)
            following = _HEAD.search(question, m.end())
            stop = min(stop, following.start()) if following else stop
            shown.setdefault(m["letter"].upper(), (question[m.end() : stop].strip(), (m.start(), stop)))
    if len(shown) != 2:
        return None
    around = question
    for _, (start, stop) in sorted(shown.values(), key=lambda s: -s[1][0]):
        around = f"{around[:start]}\n{around[stop:]}"
    parts = {**exhibits.parts_of(desk.prompt.system), **exhibits.parts_of(around)}
    scores = {
        letter: agreement.assess(exhibits.Case({**parts, "candidate": text}, "", "", None)).agreement
        for letter, (text, _) in shown.items()
    }
    (first, a), (second, b) = sorted(scores.items())
    if abs(a - b) < 0.02:
        chosen = first if desk.rng.random() < _BIAS else second
    else:
        right = desk.right(_BASE + _PER_CLOSENESS * (1.0 - abs(a - b)), " ".join(t for t, _ in shown.values()))
        chosen = first if (a > b) == right else second
    return f"[[{chosen}]]" if "[[" in desk.prompt.system + question else chosen
