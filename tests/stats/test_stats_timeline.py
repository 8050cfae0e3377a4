"""One stream in numbers."""

import pytest

from optlab.stats import Timeline, timeline


def stream(tokens: int, per_event: int, first: float = 0.5, rate: float = 0.012) -> list[tuple[float, int]]:
    """A constant rate, delivered in events of several tokens; an event arrives when its last token is made."""
    return [(first + (last - per_event) * rate, 4 * per_event) for last in range(per_event, tokens + 1, per_event)]


@pytest.mark.parametrize("per_event", [1, 2, 8, 16])
def test_visible_tpot_ignores_the_size_of_events(per_event: int) -> None:
    got = timeline(0.0, stream(192, per_event), 192)
    assert got.tpot_visible == pytest.approx(0.012, abs=1e-9)
    assert got.tpot == pytest.approx(0.012 * (192 - per_event) / 191)
    assert got.gap_mean == pytest.approx(0.012 * per_event)


def test_a_plain_stream() -> None:
    got = timeline(10.0, [(10.4, 0), (10.5, 4), (10.6, 0), (11.0, 4), (11.25, 8)], 9, 11.5)
    assert (got.ttft, got.e2e) == (0.5, 1.5)
    assert got.gaps == (0.5, 0.25)
    assert (got.gap_mean, got.gap_max) == (0.375, 0.5)
    assert got.tpot == pytest.approx(1.0 / 8)
    assert got.tpot_visible == pytest.approx(0.75 / (9 - 9 / 4))


def test_what_a_stream_cannot_say_is_absent() -> None:
    assert timeline(0.0, [], 0) == Timeline(None, None, None, None, None, None, ())
    assert timeline(0.0, [(0.4, 0)], 50, 2.0) == Timeline(None, 2.0, None, None, None, None, ())
    assert timeline(0.0, [(0.5, 4)], 3, 1.5) == Timeline(0.5, 1.5, 0.5, None, None, None, ())
    for tokens in (0, 1, None):
        short = timeline(0.0, [(0.5, 4), (0.75, 4)], tokens)
        assert (short.tpot, short.tpot_visible, short.gap_max, short.e2e) == (None, None, 0.25, 0.75)


def test_a_stream_that_came_in_one_piece_tells_no_time_of_a_token() -> None:
    """All bytes in one read share a stamp; 0 seconds a token would be a ratio without a logarithm."""
    whole = timeline(0.0, [(0.5, 4), (0.5, 4)], 9, 0.5)
    assert (whole.ttft, whole.e2e, whole.tpot, whole.tpot_visible, whole.gaps) == (0.5, 0.5, None, None, (0.0,))
    stopped_later = timeline(0.0, [(0.5, 4), (0.5, 4)], 9, 1.3)
    assert (stopped_later.tpot, stopped_later.tpot_visible) == (pytest.approx(0.1), None)


@pytest.mark.parametrize(
    ("sent_at", "deltas", "stopped_at"),
    [
        (1.0, [(0.9, 4)], None),
        (0.0, [(0.5, 4), (0.4, 4)], None),
        (0.0, [(0.5, 4), (0.4, 0)], 1.0),
        (0.0, [(0.5, 4)], 0.4),
    ],
)
def test_a_clock_that_steps_back_is_an_error(
    sent_at: float, deltas: list[tuple[float, int]], stopped_at: float | None
) -> None:
    with pytest.raises(ValueError, match="step back"):
        timeline(sent_at, deltas, 10, stopped_at)
