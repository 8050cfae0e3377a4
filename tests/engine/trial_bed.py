"""A scripted world with known truths, and whole experiments run in it: through the plan, the runner and the card.

Latency is log-normal around an arm's typical time, with a slow drift and three calls in a hundred two to six times
slower; lengths, failures and right answers have rates of their own. Everything is drawn from one seed, in fake time.
"""

import math
import random
from collections.abc import Mapping
from statistics import NormalDist
from typing import Any, Literal

import msgspec

from optlab.backends.scripted import Reply, ScriptedBackend
from optlab.core.commands import Connection, RunBenchmark
from optlab.core.experiment import Experiment, LeverChoice
from optlab.core.prompt import Prompt, Segment
from optlab.core.record import CallError, RunRecord
from optlab.core.report import Report, VariantSummary
from optlab.core.request import Request
from optlab.core.run_events import ComparisonUpdated, ExperimentFinished, RunFinished
from optlab.core.scenario import CheckSpec, Plan, Sample, Scenario
from optlab.core.usage import Usage
from optlab.core.verdict import Card, Comparison
from optlab.engine.pricing import Pricer
from optlab.engine.runner import run
from optlab.studies.benchmark import plan

BASE = "claude-sonnet-4-6"
OTHER = "claude-sonnet-4-5-20250929"
"""The candidate's model: the same prices as BASE, so that only what an arm does makes a bill differ."""
CHEAP = "claude-haiku-4-5-20251001"
"""A third of the price of BASE."""

INPUT_TOKENS = 20
MAX_TOKENS = 2_000
SPIKES = 0.03
DRIFT = 0.3
CALLS_OF_DRIFT = 150
"""Length of one wave of the drift: at two seconds a call, five minutes."""

FAST_MODE, SLOW_MODE, SLOW_SHARE, MODE_SIGMA = 1.0, 4.0, 0.3, 0.2
TICK_S = 0.25

Shape = Literal["lognormal", "bimodal", "tied"]


class Noise(msgspec.Struct, frozen=True):
    """How calls vary: `sigma` is the spread of ln latency of one call, `shape` what it is drawn from.

    `drift` is the height of a slow wave in ln latency and `level_calls` how many calls share one level of it.
    """

    sigma: float = 0.25
    drift: float = DRIFT
    spikes: float = SPIKES
    shape: Shape = "lognormal"
    level_calls: int = 1


QUIET, BUSY = Noise(0.25), Noise(0.5)
PUBLIC = Noise(0.42)
"""Pairs spread by 0.6, as public round-the-clock pings of Claude models do."""


class Arm(msgspec.Struct, frozen=True):
    """The truth about one arm: typical seconds, shares of failed and right answers, lengths in tokens.

    A share `escalating` of the answers has `escalated` tokens instead of `tokens`, as where a cascade asks again.
    """

    seconds: float = 2.0
    failing: float = 0.0
    right: float = 1.0
    tokens: float = 150.0
    escalating: float = 0.0
    escalated: float = 600.0


class World:
    """Answers every request as its model's arm would. A script for the ScriptedBackend."""

    def __init__(self, seed: int, arms: Mapping[str, Arm], noise: Noise = QUIET) -> None:
        self._arms = arms
        self._noise = noise
        self._phase = random.Random(f"{seed}:phase").random()
        # One source of chance a model, with a fixed number of draws a call: what one arm does never moves the other's.
        self._draws = {model: random.Random(f"{seed}:{model}") for model in arms}

    def __call__(self, request: Request, n: int) -> Reply:
        arm, draw = self._arms[request.model], self._draws[request.model]
        noise = self._noise
        usual = _usual(noise, draw)
        spike, times = draw.random() < noise.spikes, draw.uniform(2, 6)
        wave = 2 * math.pi * (n // noise.level_calls * noise.level_calls / CALLS_OF_DRIFT + self._phase)
        seconds = arm.seconds * usual * (times if spike else 1) * math.exp(noise.drift * math.sin(wave))
        typical = arm.escalated if draw.random() < arm.escalating else arm.tokens
        length = typical * math.exp(0.3 * draw.gauss(0, 1))
        answer = "right" if draw.random() < arm.right else "wrong"
        failed = draw.random() < arm.failing
        tokens = min(request.max_tokens, max(1, round(length)))
        return Reply(
            pieces=() if failed else ((seconds, answer),),
            ends_after_s=seconds,
            usage=Usage(INPUT_TOKENS, 0 if failed else tokens),
            error=CallError("server", "the server broke down", 500) if failed else None,
        )


def _usual(noise: Noise, draw: random.Random) -> float:
    """Seconds of a call of an arm whose typical time is one second, without drift and spikes."""
    if noise.shape == "bimodal":
        mode = SLOW_MODE if draw.random() < SLOW_SHARE else FAST_MODE
        return mode * math.exp(MODE_SIGMA * draw.gauss(0, 1))
    seconds = math.exp(noise.sigma * draw.gauss(0, 1))
    return max(TICK_S, TICK_S * round(seconds / TICK_S)) if noise.shape == "tied" else seconds


def true_quantile(noise: Noise, p: float) -> float:
    """The p-quantile in seconds of an arm whose typical time is one second, without drift and spikes."""
    normal = NormalDist()
    seconds = math.exp(noise.sigma * normal.inv_cdf(p))
    if noise.shape == "lognormal":
        return seconds
    if noise.shape == "tied":
        return max(TICK_S, TICK_S * round(seconds / TICK_S))

    def share_below(log: float) -> float:
        modes = ((1 - SLOW_SHARE, FAST_MODE), (SLOW_SHARE, SLOW_MODE))
        return sum(share * normal.cdf((log - math.log(mode)) / MODE_SIGMA) for share, mode in modes)

    low, high = -5.0, 5.0
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if share_below(middle) < p else (low, middle)
    return math.exp(high)


class Trial:
    """What came of one experiment."""

    def __init__(self, experiment: Experiment) -> None:
        self.experiment = experiment
        self.report: Report
        self.updates: list[ComparisonUpdated] = []
        self.runs: list[RunRecord] = []

    @property
    def card(self) -> Card:
        """The card of the only candidate."""
        (card,) = self.report.cards
        return card

    @property
    def primary(self) -> Comparison:
        """The comparison that decides."""
        return self.card.primary

    @property
    def candidate(self) -> VariantSummary:
        """The candidate in figures."""
        return self.report.variants[1]


def scenario(*, items: int = 1, checked: bool = False, model: str = BASE, **plan: Any) -> Scenario:
    """A question asked of that many items; a check wants the answer `right`."""
    checks = (CheckSpec("equals", {"value": "right"}),) if checked else ()
    samples = tuple(Sample(f"item {i}", {"item": f"{i}"}, checks) for i in range(items))
    prompt = Prompt((Segment("question", "user", "Question {item}?"),))
    return Scenario("Trial", model, MAX_TOKENS, prompt, samples, plan=Plan(**plan), source="trial.toml")


def against(of: Scenario, seed: int, *, model: str = OTHER, primary: Any = "e2e", **more: Any) -> Experiment:
    """The plan of a comparison with another model, as a user's command makes it."""
    lever = LeverChoice("smaller_model", {"model": model})
    command = RunBenchmark("trial", levers=(lever,), primary=primary, connection=Connection(seed=seed), **more)
    return plan(command, of)


def against_itself(of: Scenario, seed: int, *, primary: Any = "e2e", **more: Any) -> Experiment:
    """The plan of an A/A experiment."""
    return plan(RunBenchmark("trial", aa=True, primary=primary, connection=Connection(seed=seed), **more), of)


async def carry_out(experiment: Experiment, world: World, *, run_id: str = "trial") -> Trial:
    """The whole experiment, by the engine's own runner."""
    backend, trial = ScriptedBackend(world), Trial(experiment)
    async for event in run(experiment, backend, await backend.open(), Pricer(), run_id=run_id):
        if isinstance(event, ComparisonUpdated):
            trial.updates.append(event)
        elif isinstance(event, RunFinished):
            trial.runs.append(event.run)
        elif isinstance(event, ExperimentFinished):
            trial.report = event.report
    return trial
