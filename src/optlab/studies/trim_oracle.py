"""Is a prompt still good without some pieces? Asked sample by sample, until the answers say so or say no.

The question is about quality alone, and checks judge each answer for itself, so the original's answers are asked for
twice and used in every test; only latency would need both prompts side by side. Samples that the original did not get
right twice are not asked, and how often the second answer loses what the first had is how often chance does. Between
"loses nothing" and "loses the margin" Wald's sequential test decides with an error of one in twenty a side; what it
settles is voted on again by the search, and the final prompt is verified on samples that no test saw. A test that asked
for the whole proof of non-inferiority every time would need all of 60 samples, and more than twice the calls, for
verdicts that the verification gives anyway (benchmarks/README.md has the rates).
"""

import math
import random
from collections.abc import Mapping, Sequence

import msgspec

from optlab.core.errors import BadRequestError
from optlab.core.experiment import Experiment, LeverChoice, Variant
from optlab.core.prompt import Prompt
from optlab.core.scenario import Sample, Scenario
from optlab.engine.assess import Block
from optlab.studies.benchmark import BASELINE
from optlab.studies.study import Lab

ERROR = 0.05
"""How often a test may err on either side."""
LEAST_NOISE = 0.02
"""Answers that get lost by chance alone, at least: never so few that one of them would prove a loss."""
MOST_NOISE = 0.3

CANDIDATE = "trimmed"


class Trial(msgspec.Struct, frozen=True):
    """One test: what was cut, the loss of every sample that counted (baseline score - score, at least 0), the verdict.

    `tried` is the part of the cut that the test was about. `good` is None where it was ended from outside.
    """

    cut: frozenset[str]
    tried: frozenset[str]
    losses: Mapping[str, float]
    good: bool | None

    @property
    def lost(self) -> float:
        """The sum of the losses, in whole answers."""
        return math.fsum(self.losses.values())


class Oracle:
    """Tests of prompts on the search half of a scenario's samples, `leave_usd` of the budget untouched."""

    def __init__(self, scenario: Scenario, levers: tuple[LeverChoice, ...], seed: int) -> None:
        self._scenario = scenario
        self._levers = levers
        self._seed = seed
        self._scores: dict[str, list[float]] = {}
        self._chance = (0.0, 0)
        self.trials: list[Trial] = []
        self.calls = 0
        self.leave_usd = 0.0

    @property
    def baseline(self) -> Experiment:
        """The original's answers: every sample twice."""
        once = self._experiment(Variant(BASELINE.name, self._levers), self._scenario.samples)
        return msgspec.structs.replace(once, pairs=2 * once.pairs)

    def _experiment(self, variant: Variant, samples: Sequence[Sample]) -> Experiment:
        return Experiment(
            scenario=msgspec.structs.replace(self._scenario, samples=tuple(samples)),
            variants=(variant,),
            primary="cost_usd",
            primary_reason="no verdict is asked for",
            pairs=len(samples),
            alpha=self._scenario.plan.alpha,
            seed=self._seed,
            warm_up=False,
            in_order=True,
        )

    async def ask_baseline(self, lab: Lab) -> float | None:
        """Ask the original prompt; mean USD of a call, None where that was cut short."""

        def note(block: Block) -> bool:
            for run in block.values():
                if run.score is not None:
                    self._scores.setdefault(run.sample, []).append(run.score)
            return False

        stage = await lab.run(self.baseline, "the prompt as it is", enough=note, leave_usd=self.leave_usd)
        if stage is None or len(stage.measured) < self.baseline.pairs or not self._scores:
            return None
        again = [max(0.0, scores[0] - scores[-1]) for scores in self._scores.values() if scores[0] > 0.0]
        self._chance = (math.fsum(again), len(again))
        return math.fsum(run.paid_usd for run in stage.measured) / len(stage.measured)

    @property
    def answerable(self) -> list[Sample]:
        """The samples that can be lost: the original got something of them right, both times."""
        return [sample for sample in self._scenario.samples if self._worth(sample.id) > 0.0]

    def _worth(self, sample: str) -> float:
        return min(self._scores.get(sample, [0.0]))

    @property
    def noise(self) -> float:
        """How often chance alone loses an answer: among the original's second ones, and in tests that found no loss.

        A test that found none but is nearer to one of the margin says nothing of chance.
        """
        likely = max(LEAST_NOISE, self._chance[0] / max(1, self._chance[1])) + self._scenario.plan.quality_margin / 2
        good = [trial for trial in self.trials if trial.good and trial.lost <= likely * len(trial.losses)]
        lost = self._chance[0] + math.fsum(trial.lost for trial in good)
        answers = self._chance[1] + sum(len(trial.losses) for trial in good)
        return min(MOST_NOISE, max(LEAST_NOISE, (lost + 0.5) / (answers + 1)))

    async def test(
        self,
        lab: Lab,
        prompt: Prompt,
        cut: frozenset[str],
        tried: frozenset[str],
        title: str,
        *,
        accuse: bool,
        most_calls: int,
    ) -> Trial:
        """One test of a prompt, at most that many calls long.

        To `accuse` is to ask those samples first that got lost before when any of `tried` was cut: blame shows there
        soonest. Where nothing is to blame this changes no chance of an error, for every answer is a new one.
        """
        samples = self._ordered(tried if accuse else frozenset())
        walk = Walk(self.noise, self._scenario.plan.quality_margin)
        losses: dict[str, float] = {}

        def enough(block: Block) -> bool:
            for run in block.values():
                self.calls += 1
                if run.score is not None:
                    losses[run.sample] = max(0.0, self._worth(run.sample) - run.score)
                    walk.add(losses[run.sample])
            return walk.decided is not None

        experiment = self._experiment(Variant(CANDIDATE, self._levers, prompt=prompt), samples[: max(1, most_calls)])
        try:
            stage = await lab.run(experiment, title, enough=enough, leave_usd=self.leave_usd)
            whole = stage is not None and stage.report.status in ("finished", "decided") and bool(losses)
            trial = Trial(cut, tried, losses, walk.verdict if whole else None)
        except BadRequestError:  # the API took the original, so it is the cut that it refuses
            trial = Trial(cut, tried, losses, False)
        self.trials.append(trial)
        return trial

    def _ordered(self, suspects: frozenset[str]) -> list[Sample]:
        samples = self.answerable
        random.Random(f"{self._seed}:{len(self.trials)}:order").shuffle(samples)
        accused = [trial for trial in self.trials if trial.cut & suspects]
        return sorted(samples, key=lambda sample: -sum(trial.losses.get(sample.id, 0.0) for trial in accused))


class Walk:
    """Wald's sequential test of losses in [0, 1]: a mean of `noise`, or of `noise + margin`.

    A loss between 0 and 1 counts as that part of a loss, which by convexity keeps both bounds. A. Wald 1945.
    """

    def __init__(self, noise: float, margin: float) -> None:
        worse = min(noise + margin, (1.0 + noise) / 2.0)
        self._loss = math.log(worse / noise)
        self._kept = math.log((1.0 - worse) / (1.0 - noise))
        self._bound = math.log((1.0 - ERROR) / ERROR)
        self.log_odds = 0.0
        self.decided: bool | None = None

    def add(self, loss: float) -> None:
        """One more answer."""
        self.log_odds += loss * self._loss + (1.0 - loss) * self._kept
        if self.decided is None and abs(self.log_odds) >= self._bound:
            self.decided = self.log_odds < 0.0

    @property
    def verdict(self) -> bool:
        """Whether nothing is lost: as decided, else what the answers so far speak for."""
        return self.log_odds < 0.0 if self.decided is None else self.decided
