"""What advice rests on: runs of a baseline, of a smaller model where there are any, and an earlier baseline."""

import math
from collections.abc import Sequence
from statistics import fmean

import msgspec

from optlab.catalogue import Rates, estimate_tokens, load
from optlab.core.experiment import Experiment, Variant
from optlab.core.record import RunRecord
from optlab.core.request import Request
from optlab.core.scenario import Scenario
from optlab.engine.guessing import SAMPLES_LOOKED_AT
from optlab.engine.pricing import Pricer
from optlab.engine.requests import prepare
from optlab.stats import quantile


class Earlier(msgspec.Struct, frozen=True):
    """Every kept baseline of a scenario as it once was, the newest run's first; `run_id` is that run."""

    run_id: str
    scenario: Scenario
    runs: tuple[RunRecord, ...]


class Evidence(msgspec.Struct, frozen=True):
    """The baseline's measured runs that got an answer, and what stands beside them.

    `target` is the scenario as commands name it, `rate_per_minute` its declared arrivals, `patience_s` how long an
    answer may take and `high_usd` the bill of 1,000 calls above which money is a symptom. `kept` are baselines of
    earlier runs of the scenario exactly as it is now; they count for quality alone.
    """

    scenario: Scenario
    target: str
    runs: tuple[RunRecord, ...]
    pricer: Pricer
    rate_per_minute: float | None
    patience_s: float
    high_usd: float
    small: tuple[RunRecord, ...] = ()
    small_model: str | None = None
    earlier: Earlier | None = None
    kept: tuple[RunRecord, ...] = ()

    @property
    def cost_usd(self) -> float:
        """Mean bill of a call, in USD."""
        return fmean(run.cost.total_usd for run in self.runs)

    @property
    def prompt_tokens(self) -> float:
        """Mean tokens of a prompt."""
        return fmean(run.usage.prompt_tokens for run in self.runs)

    @property
    def output_tokens(self) -> float:
        """Mean tokens of an answer."""
        return fmean(run.usage.output_tokens for run in self.runs)

    @property
    def rates(self) -> Rates:
        """Prices of the model for such a prompt, USD per million tokens."""
        return self.pricer.rates(self.scenario.model, round(self.prompt_tokens))

    @property
    def streamed(self) -> bool:
        """Whether the baseline streams already."""
        return any(call.streamed for run in self.runs for call in run.calls)

    def seconds(self, metric: str, runs: Sequence[RunRecord] | None = None) -> float:
        """The median of a latency, in seconds; +inf where most runs failed."""
        chosen = self.runs if runs is None else runs
        return quantile(
            [wait for run in chosen if (wait := run.latency_s(getattr(run, f"{metric}_s"))) is not None], 0.5
        )


def runs_of(variant: Variant | None, runs: Sequence[RunRecord]) -> tuple[RunRecord, ...]:
    """The measured runs of a variant that got an answer."""
    name = variant.name if variant else None
    return tuple(run for run in runs if run.variant == name and run.phase == "measured" and run.answered)


def smaller_variant(experiment: Experiment) -> Variant | None:
    """The variant that is nothing but a smaller model, where an experiment has one."""
    return next((v for v in experiment.variants if [c.name for c in v.levers] == ["smaller_model"]), None)


def stable_tokens(evidence: Evidence) -> float:
    """Tokens at the beginning of every prompt that are the same in all of them.

    Measured prompt tokens, shared out by the offline estimate of their blocks. With one sample nobody knows what of the
    question varies, so only what stands before it counts.
    """
    scenario = evidence.scenario
    requests, shared = _stable_parts(scenario)
    stable = sum(tokens(text, scenario.model) for text in requests[0].texts()[:shared])
    whole = fmean(sum(tokens(text, scenario.model) for text in request.texts()) for request in requests)
    return evidence.prompt_tokens * min(1.0, stable / whole) if whole else 0.0


def stable_end(evidence: Evidence) -> str:
    """The segment that ends what is the same in all prompts; empty where an automatic breakpoint stands there anyway.

    Where it does not, that one marks less than is stable, or something that varies.
    """
    requests, shared = _stable_parts(evidence.scenario)
    first = requests[0]
    if not shared or shared == len(first.tools) + len(first.system):
        return ""
    return first.parts[shared - 1].segment or ""


def _stable_parts(scenario: Scenario) -> tuple[list[Request], int]:
    """The prompts of the samples, and how many of their parts are the same at the beginning of all of them."""
    requests = [prepare(scenario, sample) for sample in scenario.samples[:SAMPLES_LOOKED_AT]]
    texts = [_before_question(request) if len(requests) == 1 else request.texts() for request in requests]
    shared = 0
    for blocks in zip(*texts, strict=False):
        if len(set(blocks)) > 1:
            break
        shared += 1
    return requests, shared


def _before_question(request: Request) -> tuple[str, ...]:
    last = len(request.messages[-1].blocks)
    return request.texts()[:-last]


def tokens(text: str, model: str) -> int:
    """Estimated tokens of a text in the tokenizer of a model (the older family where the model is unknown)."""
    known = load().find(model)
    return estimate_tokens(text, known.tokenizer.family if known else "old")


def passed(runs: Sequence[RunRecord]) -> tuple[int, int]:
    """(runs that passed every check, runs that were checked)."""
    scores = [run.score for run in runs if run.score is not None]
    return sum(score >= 1.0 for score in scores), len(scores)


def finite(value: float) -> float | None:
    """The value, or None where it is infinite."""
    return value if math.isfinite(value) else None
