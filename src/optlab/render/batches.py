"""Submitted batches in words: how many requests, how it ended, after how long, for how much."""

from optlab.core.batch import BatchOutcome
from optlab.core.report import Report
from optlab.render import format as spell


def batch_lines(report: Report) -> list[str]:
    """One line a batch that was submitted, or was to be."""
    return [f"{spell.line(outcome.variant)}: {batch_words(outcome)}" for outcome in report.batches]


def batch_words(outcome: BatchOutcome) -> str:
    """What became of one batch."""
    what = f"batch of {outcome.requests}"
    note = f" ({spell.line(outcome.note)})" if outcome.note else ""
    waited, bill = spell.duration(outcome.waited_s), spell.usd(outcome.cost_usd)
    if outcome.state == "not sent":
        billed = f"; it may be billed all the same, {bill} at most" if outcome.cost_usd else ""
        return f"{what}: not sent{note}{billed}"
    if outcome.state == "waiting":
        return f"{what}: waiting for {waited}"
    if outcome.state == "given up":
        return f"{what}: given up after {waited}{note}; it is billed {bill} at most"
    counts = {
        "answered": outcome.succeeded,
        "failed": outcome.errored,
        "canceled": outcome.canceled,
        "expired": outcome.expired,
    }
    told = ", ".join(f"{count} {name}" for name, count in counts.items() if count)
    return f"{what}: ended after {waited}, {told or 'nothing answered'}{note}; billed {bill} at batch prices"
