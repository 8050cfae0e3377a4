"""Lettered options, `A) tea B) coffee`: the one that the text, memory or a sum speaks for, by letter or in words."""

import math
import re

from optlab.simulator.model import facts
from optlab.simulator.model.desk import Desk
from optlab.simulator.model.reading import stems
from optlab.simulator.model.retrieval import passages
from optlab.simulator.model.skills.expressions import expression
from optlab.simulator.model.spans import figure

_OPTION = re.compile(
    r"(?:^|[\s(])([A-H])[).:][ \t]+(\S[^\n]{0,200}?)(?=\s+\(?[A-H][).:][ \t]|\n|$"
    r"|[.?!;] )",
    re.MULTILINE,
)
_LETTER = re.compile(r"\bletters?\b", re.IGNORECASE)
_FROM_MEMORY, _FROM_TEXT, _BY_SUM = -1.7, -1.5, -2.4
"""Difficulty of choosing the right one [assumed]."""


def choose(desk: Desk) -> str | None:
    """The option taken; None where the prompt offers none by letter."""
    offered = options(desk.prompt.question[-6_000:])
    if len(offered) < 2:
        return None
    letters = list(offered)
    found = _best(offered, desk)
    if found is None:
        taken = desk.rng.choice(letters)
    else:
        best, difficulty = found
        others = [o for o in letters if o != best]
        taken = best if desk.right(difficulty, desk.prompt.question) else desk.rng.choice(others)
    if _LETTER.search(desk.prompt.question) or _LETTER.search(desk.prompt.system) or desk.ask.shape == "word":
        return taken
    return f"{taken}) {offered[taken]}"


def options(text: str) -> dict[str, str]:
    """The options by their letters, where they begin with A and follow each other."""
    found = {m[1]: m[2].strip(" .;,") for m in _OPTION.finditer(text)}
    letters = "".join(found)
    return found if len(found) > 1 and "ABCDEFGH".startswith(letters) else {}


def _best(offered: dict[str, str], desk: Desk) -> tuple[str, float] | None:
    question = _question(desk.prompt.question)
    solved = expression(question)
    if solved is not None:
        equal = [k for k, v in offered.items() if (n := figure(v)) is not None and math.isclose(n, solved.value)]
        if equal:
            return equal[0], _BY_SUM
    known = passages((desk.prompt.system, desk.prompt.earlier, *desk.prompt.results, question))
    asked = stems(question)
    scored: list[tuple[float, str]] = []
    for letter, said in offered.items():
        own = stems(said) - asked or stems(said)
        share = [
            len(own & s.stems) / len(own) * len(s.stems & asked) for s in known if own and not s.text.endswith("?")
        ]
        scored.append((max(share, default=0.0), letter))
    ranked = sorted(scored, key=lambda s: -s[0])
    if ranked[0][0] >= 1.0 and ranked[0][0] > ranked[1][0]:
        return ranked[0][1], _FROM_TEXT
    fact = facts.asked_for(question)
    if fact is not None:
        named = [
            k for k, v in offered.items() if stems(fact.values[0]) & stems(v) or fact.values[0].lower() == v.lower()
        ]
        return (named[0], _FROM_MEMORY) if named else None
    true = [k for k, v in offered.items() if facts.truth(f"{question} {v}") is True]
    return (true[0], _FROM_MEMORY) if len(true) == 1 else None


def _question(text: str) -> str:
    """The prompt without its options and orders."""
    first = _OPTION.search(text)
    before = text[: first.start()] if first else text
    told = re.split(r"(?<=[.!?])\s+|\n+", before)
    kept = [s for s in told if not re.match(r"\W*(?:answer|reply|respond|pick|choose)\b", s, re.I)]
    return " ".join(kept)
