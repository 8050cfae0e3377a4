"""Arrivals replayed exactly: the same hits as the general replay, pings counted, and within 2% of the formulas."""

import math
import random
from typing import Any

import pytest

from optlab.stats import cache_hit_rate_poisson, replay_cache
from optlab.stats.arrivals import ArrivalReplay, keep_alive_poisson, replay_arrivals


def poisson(rate_per_min: float, calls: int, seed: int) -> list[float]:
    draw, now, times = random.Random(seed), 0.0, []
    for _ in range(calls):
        now += draw.expovariate(rate_per_min / 60)
        times.append(now)
    return times


def hits_of(times: list[float], ttl_s: float, first_token_s: float = 0.0) -> int:
    requests: list[dict[str, Any]] = [{"t": t, "blocks": [["prefix", 2000]]} for t in times]
    rows = replay_cache(requests, [0], ttl_s=ttl_s, first_token_s=first_token_s).rows
    return sum(read > 0 for read, _, _ in rows)


@pytest.mark.parametrize("ttl_s", [300.0, 3600.0])
@pytest.mark.parametrize("rate", [0.03, 0.2, 4.0])
@pytest.mark.parametrize("first_token_s", [0.0, 1.0])
def test_hits_are_those_of_the_general_replay(rate: float, ttl_s: float, first_token_s: float) -> None:
    times = poisson(rate, 3000, 1)
    found = replay_arrivals(times, ttl_s, first_token_s)
    assert found == ArrivalReplay(3000, hits_of(times, ttl_s, first_token_s), 0)


@pytest.mark.parametrize("rate", [0.05, 0.2, 1.0])
def test_twenty_thousand_poisson_arrivals_are_within_two_percent_of_the_formulas(rate: float) -> None:
    times = poisson(rate, 20_000, 7)
    for ttl_s in (300.0, 3600.0):
        share = replay_arrivals(times, ttl_s).hits / len(times)
        assert share == pytest.approx(cache_hit_rate_poisson(rate, ttl_s / 60), rel=0.02)
    for most in (None, 3, 11):
        found = replay_arrivals(times, 300.0, ping_every_s=270.0, most_pings=most)
        share, pings = keep_alive_poisson(rate, 5.0, 4.5, most)
        assert found.hits / len(times) == pytest.approx(share, rel=0.02)
        assert found.pings / len(times) == pytest.approx(pings, rel=0.03, abs=0.001)


@pytest.mark.parametrize("most", [None, 0, 2, 12])
def test_pings_are_calls_that_keep_the_entry(most: int | None) -> None:
    """The pings written out as calls, and all replayed together: the real calls hit just as often."""
    times = poisson(0.07, 400, 3)
    pings = []
    for before, behind in zip(times, [*times[1:], times[-1] + (most or 0) * 270.0 + 1], strict=True):
        made = [before + 270.0 * k for k in range(1, 10_000) if before + 270.0 * k < behind]
        pings += made if most is None else made[:most]
    together = sorted([(t, "call") for t in times] + [(t, "ping") for t in pings])
    requests: list[dict[str, Any]] = [{"t": t, "blocks": [["prefix", 2000]]} for t, _ in together]
    rows = replay_cache(requests, [0]).rows
    hits = sum(row[0] > 0 for row, (_, kind) in zip(rows, together, strict=True) if kind == "call")
    assert replay_arrivals(times, 300.0, ping_every_s=270.0, most_pings=most) == ArrivalReplay(400, hits, len(pings))


def test_the_method_s_examples() -> None:
    """A keep-alive costs 0.5 for a gap of 20 minutes and 1.4 for 60, reads at a tenth."""
    for minutes, pings in ((20, 4), (60, 13)):
        assert replay_arrivals([0.0, 60.0 * minutes], 300.0, 0.0, 270.0) == ArrivalReplay(2, 1, pings)
        assert 0.1 * (pings + 1) == pytest.approx({20: 0.5, 60: 1.4}[minutes])


def test_edges() -> None:
    assert replay_arrivals([]) == ArrivalReplay(0, 0, 0)
    assert replay_arrivals([0.0, 300.0]).hits == 0, "an entry exactly that old is gone"
    assert replay_arrivals([299.9, 0.0]).hits == 1, "times come in any order"
    assert replay_arrivals([0.0, 0.0, 0.5, 1.0], first_token_s=1.0).hits == 1
    for bad in ([float("nan")], [float("inf")]):
        with pytest.raises(ValueError, match="finite"):
            replay_arrivals(bad)
    with pytest.raises(ValueError, match="more often"):
        replay_arrivals([0.0], 300.0, 0.0, 300.0)
    with pytest.raises(ValueError, match="above 0"):
        keep_alive_poisson(0.0, 5.0, 4.5)


def test_pings_of_very_busy_and_very_patient_keep_alives() -> None:
    """No rate overflows, and a limit of a billion pings is a formula, not a loop."""
    assert keep_alive_poisson(1000.0, 5.0, 4.5) == (1.0, 0.0)
    hits, pings = keep_alive_poisson(0.1, 5.0, 4.5, 10**9)
    assert (hits, pings) == pytest.approx(keep_alive_poisson(0.1, 5.0, 4.5), rel=1e-12)
    assert keep_alive_poisson(0.1, 5.0, 4.5, 2)[1] == pytest.approx(math.exp(-0.45) + math.exp(-0.9), rel=1e-12)
