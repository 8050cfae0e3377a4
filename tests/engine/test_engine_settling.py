"""Stopping early: a card is settled only where no further pair could change its word."""

import math
import random

import pytest
from engine_builders import BASELINE, STREAMING, WIDE, experiment, run, scenario

from optlab.backends.backend import BackendInfo
from optlab.core.record import Provenance
from optlab.engine.assess import Assessment, assess

INFO = BackendInfo(Provenance.SIMULATED, 1.0, "s", "w", False)


def assessed(n: int, *, items: int, over: bool) -> Assessment:
    """n pairs in which streaming is eight times as fast to be seen and takes as long in all, give or take 2%."""
    draw = random.Random(5)
    blocks = []
    for i in range(n):
        base, candidate = (4.0 * math.exp(draw.gauss(0.0, 0.02)) for _ in range(2))
        sample, answer = f"s{i % items}", f"answer {i % items}"
        blocks.append(
            {
                "baseline": run(BASELINE, i, e2e_s=base, sample=sample, answer=answer),
                "streaming": run(STREAMING, i, e2e_s=candidate, ttft_s=0.5, sample=sample, answer=answer),
            }
        )
    made = experiment(STREAMING, primary="first_visible", pairs=400, of=scenario(items=items))
    return assess(made, INFO, blocks, [], [], 0.0, WIDE, over=over)


@pytest.mark.parametrize("items, n, settled", [(1, 20, True), (40, 40, False), (40, 42, False), (40, 43, True)])
def test_a_change_test_that_cannot_ring_yet_is_waited_for(items: int, n: int, settled: bool) -> None:
    """Stopped before, the card could only say NOT YET KNOWN; with three items answered twice the test can ring."""
    way = assessed(n, items=items, over=False)
    assert way.cards[0].primary.verdict == "better"
    assert {guard.state for guard in way.cards[0].guards if guard.blocking} == {"held"}
    assert way.settled is settled
    assert (assessed(n, items=items, over=True).cards[0].verdict == "ADOPT") is settled
