"""Models as judges in words: what they said, how far they can be trusted, what they cost."""

from collections.abc import Iterator

from optlab.core.plan_events import Estimate
from optlab.core.report import JudgedRate, Judging, Report
from optlab.core.scenario import JUDGE, Scenario
from optlab.core.verdict import Interval
from optlab.render import format as spell


def judging_lines(report: Report) -> list[str]:
    """A few lines a judge: its calls and bill, its rates, its agreement with itself, what labels say of it."""
    return [words for judge in report.judging for words in _lines(judge)]


def _lines(judge: Judging) -> Iterator[str]:
    failed = f", {judge.failed_calls} failed" if judge.failed_calls else ""
    unclear = f", {judge.unreadable} replies unreadable" if judge.unreadable else ""
    left = f", {judge.unjudged} answers unjudged" if judge.unjudged else ""
    yield f"{judge.model}, {judge.how}: {judge.calls} calls{failed}, {spell.usd(judge.cost_usd)}{unclear}{left}"
    for rate in judge.rates:
        yield _rate(judge, rate)
    if judge.agreement is not None:
        found = judge.agreement
        yield f"asked the same twice it said the same {found.same} of {found.asked} times ({_span(found.interval)})"
    if judge.even is not None:
        even = judge.even
        yield (
            f"of two answers of the baseline it preferred the first {even.first} times, the second {even.second}, "
            f"neither {even.ties} times"
        )
    if judge.sensitivity is not None and judge.specificity is not None:
        yield (
            f"of labelled answers it passed {judge.sensitivity:.0%} of {judge.labelled_right} right ones"
            f"{_within(judge.sensitivity_interval)} and failed {judge.specificity:.0%} of {judge.labelled_wrong} wrong "
            f"ones{_within(judge.specificity_interval)}"
        )


def _rate(judge: Judging, rate: JudgedRate) -> str:
    words = f"{rate.variant}: {rate.passed} of {rate.judged} passed"
    if judge.how == "pairwise":
        lost = rate.judged - rate.passed - rate.tied
        words = f"{rate.variant}: of {rate.judged} won {rate.passed} in both orders, lost {lost}, {rate.tied} ties"
    if rate.corrected is None or rate.interval is None:
        return words
    return f"{words}; corrected for the judge's errors {rate.corrected:.0%} ({_span(rate.interval)})"


def _within(interval: Interval | None) -> str:
    return "" if interval is None else f" ({_span(interval)})"


def _span(interval: Interval) -> str:
    return f"{interval.low or 0.0:.0%} to {1.0 if interval.high is None else interval.high:.0%}"


def judging_rows(scenario: Scenario, estimate: Estimate | None) -> tuple[tuple[str, str], ...]:
    """What a scenario's judges are and what its planned run will pay them."""
    judges = dict.fromkeys(
        f"{check.settings['model']}, {check.settings.get('how', 'verdict')}"
        for sample in scenario.samples
        for check in sample.checks
        if check.kind == JUDGE
    )
    if not judges:
        return ()
    costs = "no price is known"
    if estimate is not None:
        costs = f"{estimate.calls} calls, {spell.usd(estimate.low_usd)} to {spell.usd(estimate.high_usd)}"
    return ("judge", "; ".join(judges)), ("judging", f"{costs}, with one candidate in {scenario.plan.pairs} pairs")
