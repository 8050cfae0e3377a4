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
    USD with the prompt's (None where no price was told), and tokens per model second since the call was sent.

    `unseen`: it thought and showed nothing of it, so that both are more.
    """

    tokens: int
    usd: float | None
    tokens_per_s: float | None
    unseen: bool = False


NONE = "-"
"""What stands for a figure that does not exist."""

FIRST = "s to first text"
IDLE = LaneFigures(NONE, (FIRST,), NONE, ("s in total",), "", False)
RATE = "tok/s overall"
"""The rate of a call that is over: its output tokens by all of its seconds, whether it streamed or not."""
THOUGHT_UP = "no text: the cap was used up by thinking (stop: max_tokens)"


def so_far(lane: Lane, ahead: CallAhead | None) -> SoFar:
    """The estimate for the text of a lane; `ahead` is what its call is going to be billed for."""
    model = load().find(ahead.model) if ahead else None
    family = model.tokenizer.family if model else "old"
    pace = lane.pace
    tokens = token_weight(lane.text, family) + token_weight(pace.thoughts, family)
    usd = None if ahead is None else ahead.prompt_usd + tokens * ahead.output_usd
    rate = tokens / pace.last_at_s if pace.last_at_s else None
    return SoFar(round(tokens), usd, rate, pace.thought_at_s is not None and not pace.thoughts)


class Stopped(msgspec.Struct, frozen=True):
    """What is known of the bill of calls that were let go of: the most they can have cost together, in USD, and how
    many they are. None: nobody told."""

    most_usd: float | None = None
    calls: int = 1

    @property
    def words(self) -> tuple[str, str]:
        """Two lines of a lane."""
        if self.most_usd is None:
            return "bill unknown", ""
        return f"at most {spell.usd(self.most_usd)}", "for both calls" if self.calls > 1 else "for this call"


def figures(
    lane: Lane, clock_s: float, provenance: str, found: SoFar | None = None, stopped: Stopped | None = None
) -> LaneFigures:
    """The figures of a lane, whose call has been on its way for `clock_s` of model time by the screen's clock, or was
    so when it was `stopped`."""
    if not lane.run_id:
        return IDLE
    if lane.run is not None:
        return _finished(lane, lane.run, provenance)
    beside = ("s, clock runs", *_bill_so_far(found)) if stopped is None else ("s until stopped", *stopped.words)
    if lane.first_visible_s is None:
        waits = _waits(lane, clock_s) if stopped is None else "stopped"
        return LaneFigures(NONE, (FIRST, waits), f"{clock_s:.1f}", beside, "", False)
    first = (FIRST, provenance, _thought(lane))
    clock_s = max(clock_s, lane.first_visible_s)
    return LaneFigures(f"{lane.first_visible_s:.2f}", first, f"{clock_s:.1f}", beside, "", False)


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
        yield f"{'≥' if found.unseen else '≈'}{found.tokens_per_s:.0f} tok/s so far"
    else:
        yield f"≈{found.tokens:,} tokens" if found.tokens else "prompt alone"
    if found.usd is not None:
        yield f"{'over ' if found.unseen else ''}≈{spell.usd(found.usd)}"


def _finished(lane: Lane, run: RunRecord, provenance: str) -> LaneFigures:
    if run.error is not None:
        return LaneFigures(NONE, ("no answer",), f"{run.e2e_s:.2f}", ("s until it failed", provenance), bill(run), True)
    if run.untimed:
        return LaneFigures(NONE, ("no time:", "a batch"), NONE, ("no time:", "a batch"), bill(run), True)
    if not wrote(run):
        first = (NONE, ("no text", provenance, _unseen(run)))
    elif run.ttft_s is None:
        first = (NONE, ("all came at once", provenance, _unseen(run)))
    else:
        first = (f"{run.ttft_s:.2f}", (FIRST, provenance, _thought(lane) or _unseen(run)))
    rate = tokens_per_s(run)
    words = ("s in total", f"{rate:.0f} {RATE}" if rate is not None else provenance, spell.usd(run.cost.total_usd))
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
    """Output tokens by the seconds of the whole run, the same for an answer that streamed and one that did not."""
    if not run.answered or run.untimed or not run.usage.output_tokens:
        return None
    return run.usage.output_tokens / run.e2e_s if run.e2e_s > 0 else None


def wrote(run: RunRecord) -> bool:
    """Whether an answer has anything to show: text, or a tool that it calls."""
    tools = any(delta.kind == "tool" for call in run.calls for delta in call.deltas)
    return bool(run.answer.strip()) or tools or run.stop_reason == "tool_use"


def silence(run: RunRecord) -> str:
    """Why a run that is over shows no text, in one line; empty where it shows some."""
    if run.error is not None:
        return run.error.sentence
    if wrote(run):
        return ""
    if run.stop_reason == "max_tokens" and run.usage.thinking_tokens:
        return THOUGHT_UP
    return f"no text (stop: {run.stop_reason or 'not told'})"
