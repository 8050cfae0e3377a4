"""A scripted world for the studies of cuts: a handbook in pieces, questions that need some of them, and noise.

Every sample asks for one fact; the model knows it when the piece that holds it is in the prompt. A share of the answers
is wrong by chance, in either direction: right without the piece, wrong with it.
"""

import random
from collections.abc import AsyncIterator, Callable
from typing import Any

import msgspec

from optlab.backends.scripted import Reply, ScriptedBackend
from optlab.core.events import Event
from optlab.core.experiment import Experiment
from optlab.core.prompt import Prompt, Segment
from optlab.core.request import Request
from optlab.core.scenario import CheckSpec, Plan, Sample, Scenario
from optlab.core.usage import Usage
from optlab.engine.control import Control
from optlab.engine.pricing import Pricer
from optlab.engine.runner import Enough, run
from optlab.studies.study import Lab

MODEL = "claude-haiku-4-5-20251001"
WORDS = [
    "the",
    "house",
    "above",
    "river",
    "keeps",
    "what",
    "people",
    "make",
    "and",
    "every",
    "one",
    "of",
    "them",
    "spends",
    "days",
    "in",
    "mountains",
]


class World:
    """Who needs what: `needed` pieces are asked for by the samples in turn, the others by nobody."""

    def __init__(
        self, seed: int, *, pieces: int = 16, needed: int = 5, samples: int = 120, wrong: float = 0.0, noise: int = 0
    ) -> None:
        draw = random.Random(f"world:{seed}:{noise}")
        names = [f"piece {number:02d}" for number in range(pieces)]
        self.needed = frozenset(draw.sample(names, needed))
        self.dead = frozenset(names) - self.needed
        self.wrong = wrong
        self._draw = random.Random(f"noise:{seed}:{noise}")
        asked = sorted(self.needed) or ["nothing"]
        segments = [Segment("task", "system", "Answer from the handbook.", trimmable=False)]
        segments += [Segment(name, "system", _text(draw, name)) for name in names]
        segments += [Segment("question", "user", "Tell me {fact}.", trimmable=False)]
        self.scenario = Scenario(
            name="handbook",
            model=MODEL,
            max_tokens=50,
            prompt=Prompt(tuple(segments)),
            samples=tuple(_sample(i, asked[i % len(asked)]) for i in range(samples)),
            plan=Plan(primary="cost_usd", pairs=samples, quality_margin=0.1),
        )

    def __call__(self, request: Request, n: int) -> Reply:
        """A script for the ScriptedBackend."""
        said = [block.text for block in request.system]
        question = request.messages[-1].blocks[-1].text
        piece = question.removeprefix("Tell me fact of ").removesuffix(".")
        knows = piece == "nothing" or any(text.startswith(piece) for text in said)
        right = knows if self._draw.random() >= self.wrong else not knows
        tokens = sum(len(text.split()) for text in said)
        return Reply(((1.0, "right" if right else "wrong"),), usage=Usage(tokens, 2))


def _sample(number: int, piece: str) -> Sample:
    return Sample(f"s{number:03d}", {"fact": f"fact of {piece}"}, (CheckSpec("equals", {"value": "right"}),))


def _text(draw: random.Random, name: str) -> str:
    return f"{name}: {' '.join(draw.choices(WORDS, k=draw.randint(30, 60)))}"


class Bed:
    """A lab on the scripted backend; keeps what was told."""

    def __init__(self, script: Callable[[Request, int], Reply], scenario: Scenario, kind: Any) -> None:
        self.backend = ScriptedBackend(script)
        self.told: list[Event] = []
        self.control = Control()
        self._scenario = scenario
        self._kind = kind

    async def lab(self, budget_usd: float | None = None, seed: int = 0) -> Lab:
        """The lab of one study."""
        info = await self.backend.open()

        def carry(experiment: Experiment, run_id: str, enough: Enough | None = None) -> AsyncIterator[Event]:
            return run(experiment, self.backend, info, Pricer(), run_id=run_id, control=self.control, enough=enough)

        return Lab("study", self._kind, self._scenario, seed, info, carry, self._tell, budget_usd)

    def _tell(self, event: Event) -> None:
        self.told.append(event)

    def of(self, kind: type[Any]) -> list[Any]:
        """The events of one kind."""
        return [event for event in self.told if isinstance(event, kind)]


def changed(scenario: Scenario, **plan: Any) -> Scenario:
    """The scenario with another plan."""
    return msgspec.structs.replace(scenario, plan=msgspec.structs.replace(scenario.plan, **plan))
