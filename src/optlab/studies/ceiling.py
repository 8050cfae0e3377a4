"""Which max_tokens a sample of answers supports, with the risk that the sample proves.

A limit is no instruction: answers do not get shorter, they are cut. So all that a limit saves is the text it cuts off,
and where no answer reaches it, it saves nothing. Method: tolerance limits by rank (Wilks 1941).
"""

import math
from collections.abc import Sequence
from pathlib import Path
from statistics import median, quantiles

import msgspec

from optlab.core.ceiling_report import CapName, CapRow, CeilingReport, LengthBin
from optlab.core.commands import FindCeiling, MeasureCeiling
from optlab.core.errors import UsageError
from optlab.core.experiment import Experiment
from optlab.core.scenario import Scenario
from optlab.core.study import StudyKind
from optlab.core.study_events import CeilingMeasured
from optlab.engine.pricing import Pricer
from optlab.engine.scenarios import load
from optlab.stats import answers_for_cap, proven_cap, truncation_bound
from optlab.studies.benchmark import BASELINE
from optlab.studies.lengths_file import Length, read_lengths
from optlab.studies.study import Lab

CONFIDENCE = 0.95
MODULE_FACTOR = 1.2
MOST_BINS = 12
_TOLD = {"failed", "retried", "quota"}
"""Caveats that bear on lengths; those about times and verdicts do not."""
STEPS = (1, 2, 5, 10, 20, 25, 50, 100, 200, 250, 500, 1000, 2000, 2500, 5000, 10_000, 20_000, 25_000, 50_000)


class Frame(msgspec.Struct, frozen=True):
    """What is known beside the lengths.

    `target` is the scenario as commands name it (None: a file alone), `present` the limit in force, `usd_per_token` the
    price of an output token, `thinking` that lengths hold thinking.
    """

    source: str
    epsilon: float
    target: str | None = None
    present: int | None = None
    model: str | None = None
    usd_per_token: float | None = None
    thinking: bool = False
    items: int | None = None


def ceiling_of_file(command: FindCeiling, pricer: Pricer) -> CeilingReport:
    """The report on the lengths in a file; no call is made.

    Raises UsageError where the file, the scenario or the share makes no sense, or the model has no price.
    """
    _require_share(command.epsilon)
    answers = read_lengths(Path(command.lengths), command.label)
    scenario = load(command.scenario) if command.scenario is not None else None
    model = command.model or (scenario.model if scenario else None)
    frame = Frame(
        source=command.label,
        epsilon=command.epsilon,
        target=command.scenario,
        present=scenario.max_tokens if scenario else None,
        model=model,
        usd_per_token=pricer.rates(model, 0).output / 1e6 if model else None,
    )
    return ceiling(answers, frame)


class CeilingStudy:
    """The baseline alone, its answers measured for their lengths."""

    kind: StudyKind = "ceiling"

    def __init__(self, command: MeasureCeiling, scenario: Scenario) -> None:
        """Raises UsageError where the share or the number of answers makes no sense."""
        _require_share(command.epsilon)
        answers = answers_for_cap(command.epsilon, CONFIDENCE) if command.answers is None else command.answers
        if answers < 1:
            raise UsageError(f"--answers is at least 1, not {answers}")
        self._epsilon = command.epsilon
        self._target = command.scenario
        self._experiment = Experiment(
            scenario=scenario,
            variants=(BASELINE,),
            primary="cost_usd",
            primary_reason="no verdict is asked for",
            pairs=answers,
            alpha=scenario.plan.alpha,
            seed=command.connection.seed,
        )

    @property
    def experiments(self) -> tuple[Experiment, ...]:
        """The only one."""
        return (self._experiment,)

    async def carry_out(self, lab: Lab) -> CeilingMeasured:
        """The answers and what they prove; no report where none came."""
        stage = await lab.run(self._experiment, "lengths of answers")
        runs = [run for run in stage.measured if run.answered] if stage else []
        if not runs:
            return CeilingMeasured(head=lab.head(), report=None)
        scenario = self._experiment.scenario
        answers = [Length(run.calls[-1].usage.output_tokens, run.stop_reason) for run in runs]
        written = sum(answer.output_tokens for answer in answers)
        paid = sum(run.calls[-1].cost.output_usd for run in runs)
        frame = Frame(
            source=scenario.name,
            epsilon=self._epsilon,
            target=self._target,
            present=scenario.max_tokens,
            model=scenario.model,
            usd_per_token=paid / written if written else None,
            thinking=any(run.usage.thinking_tokens or run.first_thought_s is not None for run in runs),
            items=len({run.sample for run in runs}),
        )
        told = [caveat for caveat in stage.report.caveats if caveat.code in _TOLD] if stage else []
        return CeilingMeasured(head=lab.head(told), report=ceiling(answers, frame))


def _require_share(epsilon: float) -> None:
    if not 0 < epsilon < 1:
        raise UsageError(f"--epsilon is a share of answers between 0 and 1, not {epsilon:g}")


def ceiling(answers: Sequence[Length], frame: Frame) -> CeilingReport:
    """The report on these answers. Raises ValueError on none, or where epsilon is outside (0, 1)."""
    lengths = [answer.output_tokens for answer in answers]
    censored = [answer.censored for answer in answers]
    largest, cut = max(lengths), sum(censored)
    recommended = proven_cap(lengths, censored, frame.epsilon, CONFIDENCE)
    tested = recommended if recommended is not None else None if cut else largest
    if tested is not None and frame.present is not None and tested >= frame.present:
        tested = None  # the lever lowers a limit, it never raises one
    return CeilingReport(
        source=frame.source,
        answers=len(answers),
        censored=cut,
        epsilon=frame.epsilon,
        confidence=CONFIDENCE,
        median=median(lengths),
        largest=largest,
        recommended=recommended,
        answers_needed=None if recommended is not None or cut else answers_for_cap(frame.epsilon, CONFIDENCE),
        rows=_rows(answers, frame, recommended),
        bins=length_bins(answers),
        command=f"optlab run {frame.target or 'SCENARIO'} --lever max_tokens:cap={tested}" if tested else None,
        model=frame.model,
        present_cap=frame.present,
        thinking=frame.thinking,
        items=frame.items,
    )


def _rows(answers: Sequence[Length], frame: Frame, recommended: int | None) -> tuple[CapRow, ...]:
    lengths = [answer.output_tokens for answer in answers]
    caps: list[tuple[CapName, int | None]] = [
        ("proven", recommended),
        ("largest", max(lengths)),
        ("module", math.ceil(MODULE_FACTOR * quantiles(lengths, n=10)[-1]) if len(lengths) > 1 else None),
        ("present", frame.present),
    ]
    return tuple(_row(name, cap, answers, frame) for name, cap in caps if cap is not None)


def _row(name: CapName, cap: int, answers: Sequence[Length], frame: Frame) -> CapRow:
    # How long a censored answer would have been, nobody knows: it counts as cut by every limit.
    cut = sum(answer.censored or answer.output_tokens > cap for answer in answers)
    lost = sum(max(0, answer.output_tokens - cap) for answer in answers)
    total = sum(answer.output_tokens for answer in answers)
    return CapRow(
        name=name,
        cap=cap,
        cut=cut,
        bound=truncation_bound(len(answers), cut, CONFIDENCE),
        saved_share=lost / total if total else 0.0,
        saved_usd_per_1000=None if frame.usd_per_token is None else 1000 * lost / len(answers) * frame.usd_per_token,
    )


def length_bins(answers: Sequence[Length]) -> tuple[LengthBin, ...]:
    """The answers in at most a dozen bins of one round width, empty ones between included; none is a ValueError."""
    low, high = (pick(answer.output_tokens for answer in answers) for pick in (min, max))
    width = next((step for step in STEPS if high // step - low // step < MOST_BINS), high - low + 1)
    bins = []
    for number in range(low // width, high // width + 1):
        first = number * width
        inside = [answer for answer in answers if first <= answer.output_tokens < first + width]
        bins.append(LengthBin(first, first + width - 1, len(inside), sum(answer.censored for answer in inside)))
    return tuple(bins)
