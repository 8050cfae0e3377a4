"""Answers from memory, where the prompt's text has none: the table of facts, right as often as the model is strong."""

from optlab.simulator.model import facts
from optlab.simulator.model.desk import Desk

_DIFFICULTY = -1.9
"""Of a fact that anyone might know [assumed]."""


def known(desk: Desk) -> str | None:
    """What the model takes for the answer; another value of the same relation where the draw is wrong."""
    if desk.ranked:
        return None
    fact = facts.asked_for(desk.ask.question)
    if fact is None:
        return None
    right = desk.right(_DIFFICULTY, desk.ask.question) or not fact.others
    return fact.values[0] if right else desk.rng.choice(fact.others)


def holds(claim: str, desk: Desk) -> bool | None:
    """Whether what is asked or claimed is so, as the model has it; None where the table does not say."""
    truth = facts.truth(claim)
    return None if truth is None else truth == desk.right(_DIFFICULTY, claim)
