"""Measure a baseline: know what a call costs and takes before anything is changed."""

from optlab.core.commands import Advise
from optlab.core.metrics import BY_NAME as METRICS
from optlab.render.format import median, tail, usd
from optlab.tui.desk import Desk
from optlab.tui.guide.exercise import BaselineLook, Exercise, Look, Moment, of_report
from optlab.tui.guide.facts import output_ratio, runs_for

ENOUGH = 10
"""Answers of a baseline, as the module wants them."""


def _study(desk: Desk) -> Advise:
    return Advise(desk.source)


def _look(moment: Moment) -> Look | None:
    if not isinstance(moment, BaselineLook) or not moment.report.variants:
        return None
    report = moment.report
    baseline = report.variants[0]
    answered = baseline.runs - baseline.errors
    if answered < ENOUGH:
        return of_report(report, (), f"{answered} answers of the baseline came; the goal is {ENOUGH}.")
    e2e, cost = baseline.metrics.get("e2e"), baseline.metrics.get("cost_usd")
    figures = [f"Baseline on {baseline.model}: {answered} answers of {baseline.runs}."]
    if e2e is not None:
        figures.append(f"Whole answer, p50: {median(e2e, METRICS['e2e'])}.")
        figures.append(f"Whole answer, p90: {tail(e2e, METRICS['e2e'], 'p90')}.")
    if cost is not None:
        figures.append(f"A call costs {usd(cost.mean)} on average.")
    return of_report(report, tuple(figures))


def _lessons() -> tuple[str, ...]:
    return (
        f"The p90 of ten runs is nearly their slowest. A p90 that is bounded from above takes {runs_for(0.9)} runs, a "
        f"p99 {runs_for(0.99)}; with fewer the lab prints what is proven: at least so much.",
        "The usual proxy for the bill, input + 4 x output tokens, is off: output costs "
        f"{output_ratio()}, and a proxy knows neither models nor caches.",
        "A call that fails counts as infinitely slow. Leaving it out makes the slowest calls disappear.",
        "Measuring all of the baseline first and all of the candidate afterwards turns a drift of the service into an "
        "effect. The lab measures pairs, in random order.",
    )


BASELINE = Exercise(
    name="baseline",
    title="Measure a baseline",
    scenario="hamlet",
    todo=(
        "One short prompt with a medium answer, as it is written, no lever pulled.",
        "Guess first: how long until the whole answer is there, and what do 1,000 calls cost?",
        "Then measure: twelve answers of the baseline. A smaller model answers beside it, because the decision table "
        "above wants to know which questions are easy.",
        "Look at how far apart the fastest and the slowest of twelve equal calls are: nothing smaller than that "
        "is seen in a single call.",
    ),
    goal=f"At least {ENOUGH} answers of a baseline in a look at it alone, of this scenario or of yours.",
    rule="“Take ten runs, read p50 and p90, and count input + 4 x output tokens.”",
    lessons=_lessons,
    look=_look,
    study=_study,
    kind="advice",
)
