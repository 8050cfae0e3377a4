"""A kept run or study in the words of a list: what it asked, what came of it, how it stands."""

from optlab.core.report import KeptRun
from optlab.core.study import KeptStudy
from optlab.render.format import line
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


def state_word(kept: KeptRun | KeptStudy) -> str:
    """How it stands: running, done, or what ended it."""
    return _STATES.get(kept.status, line(kept.status))
