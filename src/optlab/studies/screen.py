"""Many levers at once: a fractional factorial on common items, then the winner confirmed against the baseline.

Every combination of the design meets every item, in random order; so each lever is judged on all runs at once. The
winner of a screening looks better than it is, because it was picked for that: the confirmation on draws of its own is
the verdict.
"""

import math
import shlex
from collections.abc import Sequence
from statistics import fmean, median

import msgspec

from optlab.core.commands import RunScreen
from optlab.core.errors import UsageError
from optlab.core.experiment import Experiment, LeverChoice, Variant
from optlab.core.metrics import BY_NAME as METRICS
from optlab.core.record import RunRecord
from optlab.core.report import Caveat
from optlab.core.scenario import Scenario
from optlab.core.screen_report import LeverEffect, PairEffect, ScreenReport, ScreenRow, Why
from optlab.core.study import StudyHead, StudyKind
from optlab.core.study_events import ScreenFinished
from optlab.core.verdict import Interval
from optlab.engine.arrivals import weighted_cost
from optlab.studies.benchmark import arrival_rate, primary_metric
from optlab.studies.screen_effects import Block, Effects, Signs, choose, effects_of
from optlab.studies.screen_plan import combinations, confirmation, default_items, parted, screened, variant_of
from optlab.studies.study import Lab, Stage

_ABOUT_VERDICTS = {"p90_open", "p99_open", "power", "too_few", "aa_noise"}

MOST_FOR_CONFIRMATION = 0.5
"""Of a budget. The confirmation mostly ends early, so a long one does not starve the screening."""

CONFIRMING_SEED = 1_000_003
"""Added to the seed for the confirmation, so that its order, salts and draws are its own."""


class ScreenStudy:
    """Two to eight levers: the screening, and the confirmation of what it chose."""

    kind: StudyKind = "screen"

    def __init__(self, command: RunScreen, scenario: Scenario) -> None:
        """Raises UsageError where levers, metric or numbers make no sense."""
        self._command = command
        self._levers = screened(command.levers, scenario)
        self._labels = {choice.name: choice.label() for choice in command.levers}  # as given, defaults left out
        self._design, variants = combinations(self._levers)
        items = default_items(len(self._design)) if command.items is None else command.items
        pairs = scenario.plan.pairs if command.pairs is None else command.pairs
        if items < 2 or pairs < 1:
            raise UsageError("a screening takes --items from 2 and --pairs from 1 on")
        primary, why = primary_metric(command.primary, variants[-1], scenario)
        rate = arrival_rate(command.rate_per_minute, scenario)
        caching = any(lever.name == "caching" for lever in self._levers)
        if caching and primary == "cost_usd" and rate is None:
            raise UsageError(
                "what caching costs depends on how often the prompt is called: say it with --rate, calls a minute"
            )
        screening, self._fresh = parted(scenario, items, command.connection.seed)
        self._experiment = Experiment(
            scenario=screening,
            variants=variants,
            primary=primary,
            primary_reason=why,
            pairs=items,
            alpha=scenario.plan.alpha / max(1, len(variants) - 1),
            seed=command.connection.seed,
            rate_per_minute=rate,
        )
        self._pairs = pairs

    @property
    def experiments(self) -> tuple[Experiment, ...]:
        """The screening, and a confirmation of every lever at once: the most that its winner can ask for."""
        every = variant_of(self._levers, [1] * len(self._levers))
        return self._experiment, self._confirming(every)

    def _confirming(self, winner: Variant) -> Experiment:
        seed = self._command.connection.seed + CONFIRMING_SEED
        return confirmation(self._experiment, self._fresh, winner, self._pairs, seed)

    def _left_usd(self, lab: Lab) -> float:
        """What of a budget is set aside for the confirmation: its share of all planned runs, at most half."""
        screening, confirming = (len(e.variants) * (e.pairs + 1) for e in self.experiments)
        return (lab.left_usd or 0.0) * min(confirming / (screening + confirming), MOST_FOR_CONFIRMATION)

    async def carry_out(self, lab: Lab) -> ScreenFinished:
        """Effects, winner and verdict, as far as the budget went."""
        stage = await lab.run(self._experiment, f"{len(self._design)} combinations", leave_usd=self._left_usd(lab))
        blocks = _blocks(stage, self._experiment) if stage else []
        if stage is None or not blocks:
            return ScreenFinished(head=_head(lab, stage), report=None)
        effects = effects_of(self._experiment, self._design, blocks)
        signs, ratio = choose(self._experiment, self._design, blocks, effects)
        winner = variant_of(self._levers, signs)
        confirmed = await lab.run(self._confirming(winner), "confirmation") if winner.levers else None
        chosen = tuple(self._labels[lever.name] for lever in winner.levers)
        runs = len(self._design) * len(blocks)
        report = ScreenReport(
            primary=self._experiment.primary,
            primary_reason=self._experiment.primary_reason,
            items=len(blocks),
            effects=_lever_effects([self._labels[lever.name] for lever in self._levers], effects, signs),
            pairs=_pair_effects(self._levers, effects),
            rows=tuple(_row(self._experiment, variant, blocks) for variant in self._experiment.variants),
            chosen=chosen,
            predicted=_saving(ratio) if winner.levers else None,
            screen_runs=runs,
            one_at_a_time=one_at_a_time(len(self._levers), runs),
            fresh_items=self._fresh is not self._experiment.scenario,
            caching=any(lever.name == "caching" for lever in self._levers),
            rate_per_minute=self._experiment.rate_per_minute,
            confirmation=None if confirmed is None else confirmed.report,
            command=_command(self._command.scenario, chosen),
        )
        return ScreenFinished(head=_head(lab, stage, _told(stage.report.caveats)), report=report)


def _head(lab: Lab, stage: Stage | None, caveats: Sequence[Caveat] = ()) -> StudyHead:
    """The head of the study; a screening that the budget cut short is told, as it does not stop the study."""
    head = lab.head(caveats)
    short = stage is not None and stage.report.status == "budget" and head.status == "finished"
    return msgspec.structs.replace(head, status="budget") if short else head


def one_at_a_time(levers: int, runs: int) -> int:
    """Runs that show each lever as sharply one by one as `runs` of a screening do, one shared baseline among them.

    An effect of a balanced two-level design of N runs has the variance 4 s^2 / N; a difference of two arms of n runs
    has 2 s^2 / n. So each of the levers and the baseline takes N / 2 runs. Box and Hunter 1961.
    """
    return math.ceil((levers + 1) * runs / 2)


def _blocks(stage: Stage, experiment: Experiment) -> list[Block]:
    """The blocks that are whole, in the order in which they started."""
    found: dict[int, dict[str, RunRecord]] = {}
    for run in stage.measured:
        found.setdefault(run.pair, {})[run.variant] = run
    return [found[pair] for pair in sorted(found) if len(found[pair]) == len(experiment.variants)]


def _told(caveats: Sequence[Caveat]) -> list[Caveat]:
    """What is doubtful about the screening. It shows no quantiles and gives no verdict, so theirs are left out."""
    return [caveat for caveat in caveats if caveat.code not in _ABOUT_VERDICTS]


def _saving(effect: float) -> float:
    """A difference of ln as the saving it means."""
    return 1 - math.exp(effect)


def _lever_effects(labels: Sequence[str], effects: Effects, signs: Signs) -> tuple[LeverEffect, ...]:
    return tuple(
        LeverEffect(
            lever=label,
            saving=_saving(effects.main[at]),
            interval=_saved(effects.intervals[at]),
            wrong_on=effects.wrong_on[at],
            wrong_off=effects.wrong_off[at],
            judged=effects.judged,
            chosen=signs[at] > 0,
            why=_why(effects, signs, at),
        )
        for at, label in enumerate(labels)
    )


def _saved(span: Interval) -> Interval:
    return Interval(None if span.high is None else _saving(span.high), None if span.low is None else _saving(span.low))


def _why(effects: Effects, signs: Signs, at: int) -> Why:
    if signs[at] > 0:
        return "helps" if effects.main[at] < 0 else "helps beside the others"
    if at in effects.spoiling:
        return "loses quality"
    if at in effects.idle:
        return "no useful effect"
    if effects.main[at] < 0:
        return "hurts beside the others"
    low = effects.intervals[at].low
    return "hurts" if low is not None and low > 0 else "not shown to help"


def _pair_effects(levers: tuple[LeverChoice, ...], effects: Effects) -> tuple[PairEffect, ...]:
    return tuple(
        PairEffect(
            pairs=tuple((levers[one].name, levers[other].name) for one, other in found.pairs),
            saving_without=_saving(effects.main[found.pairs[0][0]] - found.effect),
            saving_with=_saving(effects.main[found.pairs[0][0]] + found.effect),
            clear=found.clear,
        )
        for found in effects.interactions
    )


def _row(experiment: Experiment, variant: Variant, blocks: list[Block]) -> ScreenRow:
    runs = [block[variant.name] for block in blocks]
    read = METRICS[experiment.primary].read
    values = [value for run in runs if (value := read(run)) is not None]
    middle = median(values)
    scores = [run.score for run in runs if run.score is not None]
    return ScreenRow(
        levers=tuple(lever.name for lever in variant.levers),
        runs=len(runs),
        failed=sum(run.failed for run in runs),
        cost_usd=fmean(weighted_cost(experiment, variant, run) for run in runs),
        typical=middle if math.isfinite(middle) else None,
        passed=sum(score >= 1.0 for score in scores),
        judged=len(scores),
    )


def _command(target: str, chosen: Sequence[str]) -> str | None:
    """The command that measures the winner again."""
    levers = " ".join(f"--lever {shlex.quote(label)}" for label in chosen)
    return f"optlab run {shlex.quote(target)} {levers}" if levers else None
