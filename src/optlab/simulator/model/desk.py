"""Everything one answer is written from: the prompt read, what is asked, what the text says about it, and the draws."""

import math
import random
from functools import cached_property

from optlab.simulator.model import retrieval
from optlab.simulator.model.asking import Ask, understand
from optlab.simulator.model.prompt import Prompt, tidy
from optlab.simulator.model.prose import Writer
from optlab.simulator.model.reading import Sentence
from optlab.simulator.model.strength import chance, item_offset
from optlab.simulator.model.works import Work, find_work

SPREAD = 0.18
"""Sigma of the log-normal length of an answer [assumed; repeats of one prompt at temperature 1]."""


class Desk:
    """One prompt on the desk. Parts are read when a skill first asks for them."""

    def __init__(self, prompt: Prompt, rng: random.Random) -> None:
        self.prompt = tidy(prompt)
        self.rng = rng

    @cached_property
    def ask(self) -> Ask:
        """What the last user turn asks for."""
        return understand(self.prompt)

    @cached_property
    def work(self) -> Work | None:
        """The well-known work the question names."""
        return find_work(self.prompt.question)

    @cached_property
    def known(self) -> tuple[Sentence, ...]:
        """The statements of the whole prompt, without the question itself."""
        parts = (self.prompt.system, self.prompt.earlier, *self.prompt.results, self.prompt.question)
        return retrieval.passages(parts, without=self.ask.question)

    @cached_property
    def ranked(self) -> list[Sentence]:
        """The statements that bear on the question, the one taken for the answer first. Holds the draw of this call."""
        return retrieval.rank(self.ask.question, self.known, self.right)

    @cached_property
    def found(self) -> list[Sentence]:
        """One to three statements to answer from, in the order of the text."""
        return retrieval.kept(self.ask.question, self.ranked, self.known, self.rng)

    @cached_property
    def writer(self) -> Writer:
        """Writes prose about the topic."""
        return Writer(self.ask.topic, self.ask.question, self.rng)

    def scale(self) -> float:
        """One draw of the length factor."""
        return math.exp(self.rng.gauss(0.0, SPREAD))

    def right(self, difficulty: float, item: str) -> bool:
        """One draw of whether this model gets an item of this difficulty right. `item` is its text."""
        return self.rng.random() < chance(self.prompt.strength, difficulty + item_offset(item))

    def margin(self, difficulty: float, item: str) -> float:
        """The same draw, and by how much: above 0 is right, in logits of the chance; near 0 it was nearly otherwise."""
        p = chance(self.prompt.strength, difficulty + item_offset(item))
        drawn = self.rng.random()
        return _logit(p) - _logit(drawn)


def _logit(p: float) -> float:
    p = min(max(p, 1e-12), 1.0 - 1e-12)
    return math.log(p / (1.0 - p))
