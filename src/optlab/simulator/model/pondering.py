"""Thinking: how much of it, and what a summary of it reads like.

How many tokens a real model thinks is not published per request; amounts relative to high effort and the base amount
are assumptions: little for a one-word answer, half of the answer's own length for an essay.
"""

import math
import random
from collections.abc import Mapping

from optlab.simulator.model.asking import understand
from optlab.simulator.model.phrasing import Deck, spell
from optlab.simulator.model.prompt import Prompt
from optlab.simulator.model.prose import PHRASES

EFFORT_FACTOR: Mapping[str, float] = {"low": 0.4, "medium": 0.6, "high": 1.0, "xhigh": 2.0, "max": 4.0}
_FEWEST = 12
_SHORT_ANSWER_TOKENS = 30.0
_PER_ANSWER_TOKEN = 0.5
_SPREAD = 0.18


def thinking_tokens(answer_tokens: int, effort: str, budget: int | None, rng: random.Random) -> int:
    """Tokens of thinking before an answer of `answer_tokens`: at least 12, never above the budget."""
    base = _SHORT_ANSWER_TOKENS if answer_tokens < 12 else _SHORT_ANSWER_TOKENS + _PER_ANSWER_TOKEN * answer_tokens
    amount = base * EFFORT_FACTOR[effort] * math.exp(rng.gauss(0.0, _SPREAD if answer_tokens >= 12 else _SPREAD / 2))
    return min(max(round(amount), _FEWEST), budget or 10**9)


def ponder(prompt: Prompt, sentences: int, rng: random.Random) -> str:
    """A summary of the thinking, so many sentences long."""
    topic = understand(prompt).topic or "this"
    deck = Deck(PHRASES["thinking"], rng)
    return " ".join(spell(deck.draw(), rng, {"topic": topic}) for _ in range(max(sentences, 1)))
