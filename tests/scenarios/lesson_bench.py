"""What the stand-in model gets right of a scenario's samples, without a call: the lesson without the stopwatch."""

import random
import statistics
import sys
from collections.abc import Iterable
from functools import cache
from pathlib import Path

from optlab.catalogue import load as load_catalogue
from optlab.checks import examine
from optlab.core.experiment import LeverChoice
from optlab.core.request import Request, compose
from optlab.core.scenario import Sample, Scenario
from optlab.core.verdict_words import read_scored
from optlab.engine import scenarios
from optlab.levers import complete
from optlab.levers.hidden_judge import judging
from optlab.simulator.model import Prompt, Turn, answer, strength_of

FOLDER = Path(__file__).resolve().parents[2] / "scenarios"
HAIKU, SONNET = "claude-haiku-4-5", "claude-sonnet-4-6"

if str(FOLDER) not in sys.path:
    sys.path.append(str(FOLDER))  # where `recipes` is


@cache
def bundled(name: str) -> Scenario:
    """A scenario that comes with optlab."""
    return scenarios.load(name)


def passes(text: str, sample: Sample) -> bool:
    """Whether an answer passes every check of its sample."""
    return all(result.score == 1 for result in examine(text, sample.checks))


@cache
def share_right(
    name: str, model: str, off: frozenset[str] = frozenset(), of: frozenset[str] | None = None, repeats: int = 2
) -> float:
    """The share of answers that pass, with the segments in `off` left out; over the samples in `of`, or all."""
    scenario = bundled(name)
    prompt = scenario.prompt
    for segment in off:
        prompt = prompt.switched(segment, False)
    able = strength_of(load_catalogue().get(model))
    shares: list[bool] = []
    for sample in scenario.samples:
        if of is None or sample.id in of:
            request = compose(prompt, sample.variables, model=model, max_tokens=scenario.max_tokens)
            seen = _seen(request, able)
            shares += [passes(answer(seen, random.Random(f"{sample.id} {i}")), sample) for i in range(repeats)]
    return statistics.fmean(shares)


def cascade_loses(name: str, small: str, big: str, of: frozenset[str], *, repeats: int) -> float:
    """How many of the samples in `of` the big model gets right and a cascade does not, on average of `repeats`.

    The small model judges too, with the standard question and threshold.
    """
    scenario, threshold = bundled(name), int(complete(LeverChoice("cascade"), bundled(name)).params["threshold"])
    lost = 0
    for sample in scenario.samples:
        if sample.id not in of:
            continue
        asked = {m: compose(scenario.prompt, sample.variables, model=m, max_tokens=999) for m in (small, big)}
        for i in range(repeats):
            draft = _reply(asked[small], f"{sample.id} {i} draft")
            verdict = _reply(judging(asked[small], draft, small, ""), f"{sample.id} {i} judge")
            passed = read_scored(verdict, truncated=False).score >= threshold
            given = draft if passed else _reply(asked[big], f"{sample.id} {i} escalated")
            lost += passes(_reply(asked[big], f"{sample.id} {i} alone"), sample) and not passes(given, sample)
    return lost / repeats


def _reply(request: Request, draw: str) -> str:
    return answer(_seen(request, strength_of(load_catalogue().get(request.model))), random.Random(draw))


def ids(name: str, prefixes: Iterable[str]) -> frozenset[str]:
    """The samples whose ids begin so."""
    return frozenset(s.id for s in bundled(name).samples if s.id.startswith(tuple(prefixes)))


def _seen(request: Request, strength: float) -> Prompt:
    """The request as the stand-in model reads it."""
    turns = [Turn(turn.role, "\n".join(b.text for b in turn.blocks)) for turn in request.messages]
    system = "\n".join(b.text for b in request.system)
    earlier = "\n".join(turn.text for turn in turns[:-1])
    return Prompt(system, earlier, turns[-1].text, strength=strength, turns=tuple(turns[:-1]))
