"""One cut, tested: would the answers change, and would they get worse? Both from the same interleaved answers."""

import msgspec

from optlab.core.commands import TestCut
from optlab.core.errors import UsageError
from optlab.core.experiment import Experiment, Variant
from optlab.core.report import Caveat
from optlab.core.scenario import Scenario
from optlab.core.study import StudyKind
from optlab.core.study_events import CutTested
from optlab.core.trim_report import CutReport
from optlab.levers import complete, stacked
from optlab.stats import fewest_items, tango_interval
from optlab.studies.benchmark import BASELINE
from optlab.studies.cut_cache import below_minimum, primary_reason, uncached_card
from optlab.studies.cut_change import by_sample, change
from optlab.studies.cut_prompts import drawn, saving, sendable
from optlab.studies.study import Lab
from optlab.studies.trim_verdict import too_few

TRIMMED = "trimmed"
FEWEST_ANSWERS = 2
"""Of each prompt to a sample: with one, the prompt's own variation is not known."""


class CutTest:
    """The scenario's prompt against a trimmed one: k answers of each to every sample that the seed draws."""

    kind: StudyKind = "cut"

    def __init__(self, command: TestCut, scenario: Scenario) -> None:
        """Raises UsageError where the numbers make no sense or the trimmed prompt asks nothing."""
        if command.answers < FEWEST_ANSWERS:
            raise UsageError(f"a change test takes at least {FEWEST_ANSWERS} answers of each, not {command.answers}")
        if command.items is not None and command.items < 1:
            raise UsageError(f"a change test takes at least 1 sample, not {command.items}")
        if not sendable(scenario, command.trimmed, scenario.samples):
            raise UsageError("without what is cut nothing is left to ask, or the conversation begins with an answer")
        self._scenario = scenario
        self._trimmed = command.trimmed
        self._levers = stacked(complete(choice, scenario) for choice in command.levers)
        items = _enough_items(scenario, command.answers) if command.items is None else command.items
        chosen = {sample.id for sample in drawn(scenario, command.connection.seed, "cut")[:items]}
        samples = tuple(sample for sample in scenario.samples if sample.id in chosen)
        asked = msgspec.structs.replace(scenario, samples=samples)
        self._experiment = Experiment(
            scenario=asked,
            variants=(Variant(BASELINE.name, self._levers), Variant(TRIMMED, self._levers, prompt=command.trimmed)),
            primary="cost_usd",
            primary_reason=primary_reason(scenario, self._levers),
            pairs=len(asked.samples) * command.answers,
            alpha=scenario.plan.alpha,
            seed=command.connection.seed,
            rate_per_minute=scenario.traffic.per_minute,
        )

    @property
    def experiments(self) -> tuple[Experiment, ...]:
        """The only one."""
        return (self._experiment,)

    def warnings(self) -> tuple[Caveat, ...]:
        """A cut below the cache's minimum, and samples too few for a verdict."""
        scenario = self._experiment.scenario
        below = below_minimum(self._scenario, self._levers, self._trimmed)
        checked = sum(bool(sample.checks) for sample in scenario.samples)
        few = too_few(checked, scenario.plan.quality_margin, scenario.plan.alpha, "checked") if checked else None
        return tuple(filter(None, (below, few)))

    async def carry_out(self, lab: Lab) -> CutTested:
        """Both verdicts from the answers that came."""
        stage = await lab.run(self._experiment, "original and trimmed")
        if stage is None or not stage.report.cards:
            return CutTested(head=lab.head(stage.report.caveats if stage else ()), report=None)
        answers = by_sample(stage.measured, BASELINE.name, TRIMMED)
        card = stage.report.cards[0]
        saved = saving(self._scenario, self._trimmed, self._levers, lab.pricer)
        told = (
            below_minimum(self._scenario, self._levers, self._trimmed),
            uncached_card(self._scenario, self._levers, saved, card.primary.estimate),
        )
        report = CutReport(
            saving=saved,
            change=change(answers, self._experiment.alpha, self._experiment.seed),
            quality=card.quality,
            card=card,
        )
        return CutTested(head=lab.head((*filter(None, told), *stage.report.caveats)), report=report)


def _enough_items(scenario: Scenario, answers: int) -> int:
    """As many samples as the planned pairs allow, and more where a verdict on quality takes more.

    So many exclude a loss of the margin also where one answer of them is lost (Tango's interval at the last look).
    """
    planned, margin, alpha = max(1, scenario.plan.pairs // answers), scenario.plan.quality_margin, scenario.plan.alpha
    if not scenario.has_checks:
        return planned
    needed = fewest_items(margin, alpha)
    while needed < len(scenario.samples) and (tango_interval(0, 1, needed, 1 - alpha).low or -1.0) <= -margin:
        needed += 1
    return max(planned, needed)
