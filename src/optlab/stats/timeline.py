"""One streamed call in numbers: when the first text came, how fast the rest followed, how evenly."""

from collections.abc import Sequence
from itertools import pairwise
from statistics import fmean

import msgspec

from optlab.stats.arguments import require_numbers


class Timeline(msgspec.Struct, frozen=True):
    """Seconds, measured from the moment of sending; None where the stream has no such number.

    `ttft` first visible delta; `e2e` end of the stream; `tpot` (e2e - ttft) / (tokens - 1); `tpot_visible` seconds per
    token between the first and the last visible delta, right also when one event carries many tokens; `gaps` between
    visible deltas, which show stutter and are not token latency.
    """

    ttft: float | None
    e2e: float | None
    tpot: float | None
    tpot_visible: float | None
    gap_mean: float | None
    gap_max: float | None
    gaps: tuple[float, ...]


def timeline(
    sent_at: float,
    deltas: Sequence[tuple[float, int]],
    output_tokens: int | None,
    stopped_at: float | None = None,
) -> Timeline:
    """The numbers of one stream: `deltas` are (time, characters), times in seconds on one monotonic clock.

    Deltas without characters are not visible. `output_tokens` should exclude thinking; None (unknown) or fewer than 2
    leave both TPOT empty, and so does a stream that came in one piece: 0 seconds a token would be the network's, not
    the model's. Without `stopped_at` the last visible delta ends the call. TPOT is the usual definition of serving
    benchmarks; the visible one spreads the tokens over the characters: (last - first) / (n - n chars of the first delta
    / all chars).

    Raises ValueError when times step back or are not finite, or a count is negative.
    """
    times = [sent_at, *(time for time, _ in deltas), *([] if stopped_at is None else [stopped_at])]
    require_numbers("times", times)
    if any(later < earlier for earlier, later in pairwise(times)):
        raise ValueError("times must not step back")
    if (output_tokens or 0) < 0 or any(chars < 0 for _, chars in deltas):
        raise ValueError("counts must not be negative")
    visible = [(time, chars) for time, chars in deltas if chars > 0]
    if not visible:
        return Timeline(None, None if stopped_at is None else stopped_at - sent_at, None, None, None, None, ())
    first, last = visible[0][0], visible[-1][0]
    ended = last if stopped_at is None else stopped_at
    gaps = tuple(later - earlier for (earlier, _), (later, _) in pairwise(visible))
    tpot = tpot_visible = None
    if output_tokens is not None and output_tokens >= 2:
        tpot = (ended - first) / (output_tokens - 1) or None
        tpot_visible = _visible_tpot(visible, output_tokens)
    gap_mean, gap_max = (fmean(gaps), max(gaps)) if gaps else (None, None)
    return Timeline(first - sent_at, ended - sent_at, tpot, tpot_visible, gap_mean, gap_max, gaps)


def _visible_tpot(visible: Sequence[tuple[float, int]], output_tokens: int) -> float | None:
    (first, chars_first), (last, _) = visible[0], visible[-1]
    if first == last:
        return None
    in_first = output_tokens * chars_first / sum(chars for _, chars in visible)
    return (last - first) / (output_tokens - in_first)
