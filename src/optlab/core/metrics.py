"""The metrics of a run, declared once: name, title, unit, formula, and where each is absent. Lower is better in all."""

from collections.abc import Callable
from typing import Literal

import msgspec

from optlab.core.record import RunRecord
from optlab.core.scenario import MetricName


class Metric(msgspec.Struct, frozen=True):
    """How one metric is named, shown and read from a run. `read` gives None where it is absent, inf where it failed."""

    name: MetricName
    title: str
    unit: Literal["s", "usd"]
    formula: str
    absent: str
    read: Callable[[RunRecord], float | None]


METRICS: tuple[Metric, ...] = (
    Metric(
        "first_visible",
        "first visible",
        "s",
        "time to first token where the call streamed, end to end where it did not: what the person waits",
        "never",
        lambda run: run.latency_s(run.first_visible_s),
    ),
    Metric(
        "ttft",
        "time to first token",
        "s",
        "send to the first non-empty text delta or the start of a tool call",
        "where the call did not stream",
        lambda run: run.latency_s(run.ttft_s) if run.ttft_s is not None or run.broke_streaming else None,
    ),
    Metric(
        "e2e",
        "end to end",
        "s",
        "send to message_stop, or to the complete body",
        "never",
        lambda run: run.latency_s(run.e2e_s),
    ),
    Metric(
        "tpot",
        "time per token, after the first",
        "s",
        "(end to end - time to first token) / (output tokens - 1)",
        "where the call did not stream or has fewer than two tokens",
        lambda run: None if run.failed else run.tpot_s,
    ),
    Metric(
        "tpot_visible",
        "time per token",
        "s",
        "(last delta - first delta) / (output tokens - tokens of the first delta)",
        "where the call did not stream or has fewer than two text deltas",
        lambda run: None if run.failed else run.tpot_visible_s,
    ),
    Metric(
        "cost_usd",
        "cost",
        "usd",
        "tokens by billing class x dated price of the model that answered, all calls of the run",
        "never",
        lambda run: run.cost.total_usd,
    ),
)

BY_NAME: dict[MetricName, Metric] = {metric.name: metric for metric in METRICS}
