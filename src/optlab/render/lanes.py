"""What stands around a stream: large figures and the words beside them, while the call runs and after."""

from collections.abc import Iterator

import msgspec

from optlab.catalogue import load, token_weight
from optlab.core.plan_events import CallAhead
from optlab.core.record import RunRecord
from optlab.core.usage import Usage
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


class SoFar(msgspec.Struct, frozen=True):
    """What has come of an answer, by the offline estimate: output tokens, thinking that was shown among them, their
    USD with the prompt's (None where no price was told), and visible tokens per model second.

    `unseen`: it thought and showed nothing of it, so that what is billed is more.
    """

    tokens: int
    usd: float | None
    tokens_per_s: float | None
    unseen: bool = False


NONE = "-"
"""What stands for a figure that does not exist."""

FIRST = "s to first text"
IDLE = LaneFigures(NONE, (FIRST,), NONE, ("s in total",), "", False)
LEAST_SPAN_S = 0.3
"""Seconds of text before a rate is told: before, one piece more or less makes it another one."""


def so_far(lane: Lane, ahead: CallAhead | None) -> SoFar:
    """The estimate for the text of a lane; `ahead` is what its call is going to be billed for."""
    model = load().find(ahead.model) if ahead else None
    family = model.tokenizer.family if model else "old"
    pace = lane.pace
    visible = token_weight(lane.text, family)
    tokens = visible + token_weight(pace.thoughts, family)
    usd = None if ahead is None else ahead.prompt_usd + tokens * ahead.output_usd
    rate = None
    if lane.first_visible_s is not None and pace.last_at_s is not None:
        span_s = pace.last_at_s - lane.first_visible_s
        if span_s >= LEAST_SPAN_S:
            rate = visible * (1 - pace.opening / len(lane.text)) / span_s
    return SoFar(round(tokens), usd, rate, pace.thought_at_s is not None and not pace.thoughts)


def figures(lane: Lane, clock_s: float, provenance: str, found: SoFar | None = None) -> LaneFigures:
    """The figures of a lane, whose call has been on its way for `clock_s` of model time by the screen's clock."""
    if not lane.run_id:
        return IDLE
    if lane.run is not None:
        return _finished(lane, lane.run, provenance)
    if lane.first_visible_s is None:
        return LaneFigures(
            NONE, (FIRST, _waits(lane, clock_s)), f"{clock_s:.1f}", ("s, clock runs", *_bill_so_far(found)), "", False
        )
    return LaneFigures(
        f"{lane.first_visible_s:.2f}",
        (FIRST, provenance, _thought(lane)),
        f"{max(clock_s, lane.first_visible_s):.1f}",
        ("s, clock runs", *_bill_so_far(found)),
        "",
        False,
    )


def _waits(lane: Lane, clock_s: float) -> str:
    """What a call without text is at, thinking with its own clock."""
    begun = lane.pace.thought_at_s
    return "waiting" if begun is None or not lane.thinking else f"thinking {max(0.0, clock_s - begun):.1f} s"


def _thought(lane: Lane) -> str:
    return "" if lane.thought_s is None else f"thought {lane.thought_s:.1f} s"


def _bill_so_far(found: SoFar | None) -> Iterator[str]:
    """Speed and dollars as text arrives, marked as the estimates that they are."""
    if found is None:
        return
    if found.tokens_per_s is not None:
        yield f"≈{found.tokens_per_s:.0f} tokens/s"
    else:
        yield f"≈{found.tokens:,} tokens" if found.tokens else "prompt alone"
    if found.usd is not None:
        yield f"{'over ' if found.unseen else ''}≈{spell.usd(found.usd)}"


def _finished(lane: Lane, run: RunRecord, provenance: str) -> LaneFigures:
    if run.error is not None:
        return LaneFigures(NONE, ("no answer",), f"{run.e2e_s:.2f}", ("s until it failed", provenance), bill(run), True)
    if run.untimed:
        return LaneFigures(NONE, ("no time:", "a batch"), NONE, ("no time:", "a batch"), bill(run), True)
    if run.ttft_s is None:
        first = (NONE, ("all came at once", provenance, _unseen(run)))
    else:
        first = (f"{run.ttft_s:.2f}", (FIRST, provenance, _thought(lane) or _unseen(run)))
    rate = tokens_per_s(run)
    words = ("s in total", f"{rate:.0f} tokens/s" if rate is not None else provenance, spell.usd(run.cost.total_usd))
    return LaneFigures(*first, f"{run.e2e_s:.2f}", words, bill(run), True)


def _unseen(run: RunRecord) -> str:
    """Thinking that shows in the bill alone."""
    return f"thought {run.usage.thinking_tokens:,} tok" if run.usage.thinking_tokens else ""


def bill(run: RunRecord) -> str:
    """What the API billed, by class of token: billed $0.00225: 18 in + 149 out (92 thinking)."""
    used = run.usage
    counts = " + ".join(f"{count:,} {name}" for count, name in _classes(used) if count) or "nothing"
    thinking = f" ({used.thinking_tokens:,} thinking)" if used.thinking_tokens else ""
    return f"billed {spell.usd(run.cost.total_usd)}: {counts}{thinking}"


def _classes(used: Usage) -> tuple[tuple[int, str], ...]:
    return (
        (used.input_tokens, "in"),
        (used.cache_write_tokens, "written"),
        (used.cache_read_tokens, "read"),
        (used.output_tokens, "out"),
    )


def tokens_per_s(run: RunRecord) -> float | None:
    """Output tokens a second: after the first token where the answer streamed, over the whole wait where it did not."""
    if not run.answered or run.untimed or not run.usage.output_tokens:
        return None
    if run.tpot_s:
        return 1 / run.tpot_s
    return run.usage.output_tokens / run.e2e_s if run.e2e_s > 0 else None
