"""What stands around a stream: large figures and the line below, while the call runs and after."""

import msgspec

from optlab.core.record import RunRecord
from optlab.render import format as spell
from optlab.render.snapshot import Lane


class LaneFigures(msgspec.Struct, frozen=True):
    """Large figures in seconds, each with the words beside it, and one line below. `final`: from the stopwatch.

    Until then the total is the screen's own clock, which measures nothing.
    """

    first: str
    first_words: tuple[str, ...]
    total: str
    total_words: tuple[str, ...]
    below: str
    final: bool


NONE = "-"
"""What stands for a figure that does not exist."""

IDLE = LaneFigures(NONE, ("s to first token",), NONE, ("s in total",), "", False)


def figures(lane: Lane, clock_s: float, provenance: str) -> LaneFigures:
    """The figures of a lane, whose call has been on its way for `clock_s` of model time by the screen's clock."""
    if not lane.run_id:
        return IDLE
    if lane.run is not None:
        return _finished(lane.run, provenance)
    if lane.first_visible_s is None:
        waits = "thinking" if lane.thinking else "waiting"
        return LaneFigures(NONE, ("s to first token", waits), f"{clock_s:.1f}", ("s so far", "clock runs"), "", False)
    return LaneFigures(
        f"{lane.first_visible_s:.2f}",
        ("s to first token", provenance),
        f"{max(clock_s, lane.first_visible_s):.1f}",
        ("s so far", "clock runs"),
        f"{len(lane.text):,} characters so far",
        False,
    )


def _finished(run: RunRecord, provenance: str) -> LaneFigures:
    if run.error is not None:
        return LaneFigures(
            NONE, ("no answer",), f"{run.e2e_s:.2f}", ("s until it failed", provenance), _bill(run), True
        )
    if run.untimed:
        return LaneFigures(NONE, ("no time:", "a batch"), NONE, ("no time:", "a batch"), _bill(run), True)
    if run.ttft_s is None:
        first = (NONE, ("no first token:", "came at once"))
    else:
        first = (f"{run.ttft_s:.2f}", ("s to first token", provenance))
    return LaneFigures(*first, f"{run.e2e_s:.2f}", ("s in total", provenance), _bill(run), True)


def _bill(run: RunRecord) -> str:
    tokens = f"{run.usage.prompt_tokens:,} → {run.usage.output_tokens:,} tok"
    speed = tokens_per_s(run)
    rate = f" · {speed:.0f} tok/s" if speed is not None else ""
    return f"{tokens}{rate} · {spell.usd(run.cost.total_usd)}"


def tokens_per_s(run: RunRecord) -> float | None:
    """Output tokens a second: after the first token where the answer streamed, over the whole wait where it did not."""
    if not run.answered or run.untimed or not run.usage.output_tokens:
        return None
    if run.tpot_s:
        return 1 / run.tpot_s
    return run.usage.output_tokens / run.e2e_s if run.e2e_s > 0 else None
