"""Everything measured of a run, declared once: name, unit, which way is good, formula, and where each is absent.

A "distribution" is one number a run; a "share" is a yes or no a run, told as k of n with a Wilson interval. Comparisons
are decided on the names of `MetricName` only. In every latency a run that failed, or needed another attempt, is
infinite and never dropped; what it took with its retries is `e2e_retries`.
"""

from collections.abc import Callable
from typing import Literal, get_args

import msgspec

from optlab.core.record import RunRecord
from optlab.core.scenario import FigureName, MetricName

Unit = Literal["s", "usd", "per_s", "share"]


class Metric(msgspec.Struct, frozen=True):
    """How one metric is named, shown and read from a run. `read` gives None where it is absent, inf where it failed.

    `better` is the direction of improvement. A share's `read` gives 1 for yes and 0 for no.
    """

    name: FigureName
    title: str
    unit: Unit
    formula: str
    absent: str
    read: Callable[[RunRecord], float | None]
    better: Literal["lower", "higher", "neither"] = "lower"

    @property
    def kind(self) -> Literal["distribution", "share"]:
        """A number a run, or a yes or no a run."""
        return "share" if self.unit == "share" else "distribution"


def _streamed(run: RunRecord, seconds: float | None) -> float | None:
    """A latency that only streamed calls have: lost, and so infinite, where such a call failed."""
    return run.latency_s(seconds) if seconds is not None or run.broke_streaming else None


def _yes(found: bool) -> float:
    return 1.0 if found else 0.0


METRICS: tuple[Metric, ...] = (
    Metric(
        "first_visible",
        "first visible",
        "s",
        "time to first token where the call streamed, end to end where it did not: what the person waits",
        "in a batch",
        lambda run: run.latency_s(run.first_visible_s),
    ),
    Metric(
        "start",
        "first event",
        "s",
        "send to the first event of any kind, which may come before any token",
        "where the call did not stream",
        lambda run: _streamed(run, run.start_s),
    ),
    Metric(
        "first_thought",
        "first thought",
        "s",
        "send to the first thinking event; never called time to first token",
        "where the call did not stream or showed no thinking",
        lambda run: None if run.first_thought_s is None else run.latency_s(run.first_thought_s),
    ),
    Metric(
        "ttft",
        "time to first token",
        "s",
        "send to the first non-empty text delta or the start of a tool call",
        "where the call did not stream",
        lambda run: _streamed(run, run.ttft_s),
    ),
    Metric(
        "e2e",
        "end to end",
        "s",
        "send to message_stop, or to the complete body",
        "in a batch",
        lambda run: run.latency_s(run.e2e_s),
    ),
    Metric(
        "e2e_retries",
        "end to end, retries too",
        "s",
        "first send to the end of the answer, failed attempts and the waits behind them included",
        "in a batch; infinite where no attempt brought an answer",
        lambda run: None if run.untimed else run.e2e_s if run.answered else float("inf"),
    ),
    Metric(
        "tpot",
        "time per token, after the first",
        "s",
        "(end to end - time to first token) / (output tokens - 1)",
        "where the call did not stream, has fewer than two tokens, or all of it came at once",
        lambda run: _streamed(run, run.tpot_s),
    ),
    Metric(
        "tpot_visible",
        "time per token",
        "s",
        "(last delta - first delta) / (output tokens - tokens of the first delta)",
        "where the call did not stream, or its text deltas did not come apart",
        lambda run: _streamed(run, run.tpot_visible_s),
    ),
    Metric(
        "gap_mean",
        "gap between deltas, mean",
        "s",
        "mean time between non-empty visible deltas: stutter, not the time of a token",
        "where the call did not stream or has fewer than two text deltas",
        lambda run: _streamed(run, run.gap_mean_s),
    ),
    Metric(
        "gap_p95",
        "gap between deltas, p95",
        "s",
        "95th percentile of the times between non-empty visible deltas of one answer",
        "where the call did not stream or has fewer than two text deltas",
        lambda run: _streamed(run, run.gap_p95_s),
    ),
    Metric(
        "gap_max",
        "longest gap between deltas",
        "s",
        "longest time between non-empty visible deltas",
        "where the call did not stream or has fewer than two text deltas",
        lambda run: _streamed(run, run.gap_max_s),
    ),
    Metric(
        "tokens_per_s",
        "tokens per second, whole call",
        "per_s",
        "output tokens of the call that answered, thinking included / (send to its end); 0 where the run failed",
        "where the answer has no output token, and in a batch",
        lambda run: None if run.untimed else 0.0 if run.failed else run.tokens_per_s,
        better="higher",
    ),
    Metric(
        "cost_usd",
        "cost",
        "usd",
        "tokens by billing class x dated price of the model that answered, all calls of the run",
        "never",
        lambda run: run.cost.total_usd,
    ),
    Metric(
        "cache_hit",
        "read the cache",
        "share",
        "runs whose prompt was read from the cache, in part or whole",
        "where the run got no answer",
        lambda run: _yes(run.usage.cache_read_tokens > 0) if run.answered else None,
        better="higher",
    ),
    Metric(
        "escalation",
        "escalated",
        "share",
        "runs that needed more than one request for an answer; repeated attempts and judges do not count",
        "never; 0 where no lever asks twice",
        lambda run: _yes(run.escalated),
    ),
    Metric(
        "truncation",
        "cut",
        "share",
        "answers that ended at max_tokens or at the end of the context window",
        "where the run got no answer",
        lambda run: _yes(run.cut) if run.answered else None,
    ),
    Metric(
        "refusal",
        "refused",
        "share",
        "answers whose stop reason is refusal: a failed check, not a failed call",
        "where the run got no answer",
        lambda run: _yes(run.stop_reason == "refusal") if run.answered else None,
    ),
    Metric(
        "goodput",
        "within every limit",
        "share",
        "runs that kept every limit of [plan] slo at once: first visible, time per token after the first, end to end",
        "where the scenario declares no limit",
        lambda run: None if run.in_time is None else _yes(run.in_time),
        better="higher",
    ),
    Metric(
        "quality",
        "passed checks",
        "share",
        "runs that passed every check of their sample fully; a run without an answer passes none",
        "where the sample has no check, or only a judge that compares two answers",
        lambda run: None if run.alone.score is None else _yes(run.alone.score >= 1.0),
        better="higher",
    ),
)

BY_NAME: dict[FigureName, Metric] = {metric.name: metric for metric in METRICS}

DECIDABLE: tuple[MetricName, ...] = get_args(MetricName)
"""The metrics for which there is a method to decide, in the order in which reports tell them."""

STREAMED_ONLY: tuple[MetricName, ...] = ("ttft", "tpot", "tpot_visible")
"""The metrics that a plain call does not have; a baseline is a plain call, so nothing is decided on them."""
