"""A scripted world in which six levers have known effects on the time of a call, and whole screenings run in it."""

import math
import random
from collections.abc import AsyncIterator, Iterator, Mapping, MutableMapping
from contextlib import contextmanager
from typing import Any, cast

import msgspec

from optlab import levers
from optlab.backends.scripted import Reply, ScriptedBackend
from optlab.core.commands import Connection, RunScreen
from optlab.core.events import Event
from optlab.core.experiment import Experiment, LeverChoice
from optlab.core.prompt import Prompt, Segment
from optlab.core.request import Request
from optlab.core.scenario import CheckSpec, ParamValue, Plan, Sample, Scenario
from optlab.core.screen_report import ScreenReport
from optlab.core.study_events import ScreenFinished
from optlab.core.usage import Usage
from optlab.engine.pricing import Pricer
from optlab.engine.runner import run
from optlab.levers import Lever, LeverSpec, Rewriting
from optlab.studies.screen import ScreenStudy
from optlab.studies.study import Lab

TRUTH: Mapping[str, float] = {"one": -0.35, "two": -0.2, "three": -0.1, "four": 0.0, "five": 0.0, "six": 0.1}
"""What each planted lever does to ln seconds."""
BEST = frozenset({"one", "two", "three"})


def planted(name: str) -> Lever:
    """A lever that only marks the request; the world does the rest."""

    def mark(request: Request, params: Mapping[str, ParamValue]) -> Request:
        return msgspec.structs.replace(request, stop_sequences=(*request.stop_sequences, name))

    return Rewriting(LeverSpec(name, name, "planted", "marks the request", (), "e2e", changes_text=True), mark)


@contextmanager
def planted_levers(*names: str) -> Iterator[None]:
    """The levers of these names, there for a while."""
    table = cast(MutableMapping[str, Lever], levers.BY_NAME)
    for name in names:
        table[name] = planted(name)
    try:
        yield
    finally:
        for name in names:
            del table[name]


class World:
    """Answers every request; its seconds are those of the levers that marked it, times noise, drift and spikes.

    `together` are effects of two levers at once, `spoils` levers under which every second answer is wrong.
    """

    def __init__(
        self,
        seed: int,
        truth: Mapping[str, float] = TRUTH,
        *,
        sigma: float = 0.25,
        together: Mapping[tuple[str, str], float] | None = None,
        spoils: frozenset[str] = frozenset(),
        spikes: float = 0.03,
    ) -> None:
        self._draw = random.Random(f"{seed}:world")
        self._truth, self._sigma = truth, sigma
        self._together, self._spoils, self._spikes = together or {}, spoils, spikes

    def __call__(self, request: Request, n: int) -> Reply:
        marks, draw = request.stop_sequences, self._draw
        effect = sum(self._truth[mark] for mark in marks)
        effect += sum(more for pair, more in self._together.items() if set(pair) <= set(marks))
        drift = 0.3 * math.sin(2 * math.pi * n / 150)
        spike = math.log(draw.uniform(2, 6)) if draw.random() < self._spikes else 0.0
        seconds = 2.0 * math.exp(effect + drift + spike + self._sigma * draw.gauss(0, 1))
        wrong = draw.random() < 0.5 and bool(self._spoils & set(marks))
        return Reply(((seconds, "wrong" if wrong else "right"),), seconds, Usage(20, 100))


def scenario(items: int = 60, *, checked: bool = False, **plan: Any) -> Scenario:
    """That many questions."""
    checks = (CheckSpec("equals", {"value": "right"}),) if checked else ()
    samples = tuple(Sample(f"item {i}", {"item": f"{i}"}, checks) for i in range(items))
    prompt = Prompt((Segment("question", "user", "Question {item}?"),))
    return Scenario("Bed", "claude-sonnet-4-6", 400, prompt, samples, plan=Plan(**({"pairs": 12} | plan)), source="bed")


def asked(*names: str, seed: int = 0, **more: Any) -> RunScreen:
    """The command that screens these levers for their time."""
    choices = tuple(LeverChoice(name) for name in names)
    return RunScreen("bed", levers=choices, connection=Connection(seed=seed), **({"primary": "e2e"} | more))


async def screening(
    command: RunScreen, world: World, of: Scenario | None = None, budget_usd: float | None = None
) -> tuple[ScreenFinished, list[Experiment]]:
    """A whole screening by the engine's own runner: its end, and the experiments it made."""
    backend, made = ScriptedBackend(world), list[Experiment]()
    info = await backend.open()

    def carry(experiment: Experiment, run_id: str) -> AsyncIterator[Event]:
        made.append(experiment)
        return run(experiment, backend, info, Pricer(), run_id=run_id)

    study = ScreenStudy(command, of or scenario())
    lab = Lab("bed", "screen", of or scenario(), command.connection.seed, info, carry, lambda event: None, budget_usd)
    end = await study.carry_out(lab)
    assert isinstance(end, ScreenFinished)
    return end, made


def excess(report: ScreenReport, truth: Mapping[str, float] = TRUTH) -> float:
    """How much slower the chosen combination truly is than the best one: 0.05 is 5%."""
    best = sum(min(0.0, effect) for effect in truth.values())
    return math.exp(sum(truth[name] for name in report.chosen) - best) - 1
