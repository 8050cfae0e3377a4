"""A kept run or study in the words of a list: what it asked, what came of it, how it stands."""

import math

from optlab.core.report import KeptRun
from optlab.core.study import KeptStudy
from optlab.render.format import line, usd
from optlab.render.upshot import upshot_words

_QUESTIONS = {
    "trim": "what can go",
    "heat": "what each piece is worth",
    "cut": "does the cut show",
    "cascade": "does a cascade pay",
    "cache": "cold against warm",
    "ceiling": "which max_tokens",
    "screen": "which levers together",
    "advice": "which lever first",
}
LET_GO = "a call that was let go of has no bill and counts at the most it can have cost"
_STATES = {"finished": "done", "decided": "done", "budget": "at the cap"}


def asked_words(kept: KeptRun | KeptStudy) -> str:
    """The candidates of a run; the question of a study, and what was chosen of it."""
    asked = ", ".join(map(line, kept.asked))
    if isinstance(kept, KeptRun):
        return asked
    question = _QUESTIONS.get(kept.kind, line(kept.kind))
    return f"{question}: {asked}" if asked else question


def outcome_words(kept: KeptRun | KeptStudy) -> str:
    """The verdicts of a run, the upshot of a study; empty where there is none."""
    return ", ".join(kept.verdicts) if isinstance(kept, KeptRun) else upshot_words(kept)


def at_most(kept: KeptRun | KeptStudy) -> bool:
    """Whether the cost is a bound: a race that was cancelled let go of calls whose bill nobody was told."""
    return isinstance(kept, KeptRun) and (kept.kind, kept.status) == ("race", "cancelled") and kept.cost_usd > 0


def cost_words(kept: KeptRun | KeptStudy, width: int = 10) -> str:
    """The cost; a bound with a sign before it, rounded up to four places where five do not fit into `width` cells."""
    if not at_most(kept):
        return usd(kept.cost_usd)
    words = f"≤{usd(kept.cost_usd)}"
    return words if len(words) <= width else f"≤${math.ceil(kept.cost_usd * 1e4) / 1e4:.4f}"


def state_word(kept: KeptRun | KeptStudy) -> str:
    """How it stands: running, done, or what ended it."""
    return _STATES.get(kept.status, line(kept.status))
